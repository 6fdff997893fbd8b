package doctest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// session is the terminal a document's commands run in.
type session struct {
	checkout  string
	directory string // where the last cd led
	pwd       string // the file in which the shell leaves its directory
}

func newBlock(t *testing.T, document string, line int, info string) *block {
	t.Helper()
	b := &block{place: fmt.Sprintf("%s:%d", document, line), options: map[string]string{}}
	for i, word := range strings.Fields(info) {
		if i == 0 {
			b.language = word
			continue
		}
		name, value, ok := strings.Cut(word, "=")
		if !ok || name != "file" && name != "save" && name != "in" || name == "in" && value != "checkout" {
			t.Fatalf("%s: what does %q mean?", b.place, word)
		}
		b.options[name] = value
	}
	return b
}

func newSession(t *testing.T) *session {
	t.Helper()
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	top := t.TempDir()
	s := &session{checkout: checkout, directory: filepath.Join(top, "work"), pwd: filepath.Join(top, "pwd")}
	if err := os.Mkdir(s.directory, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(checkout, filepath.Join(s.directory, "thalweg")); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *session) save(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(s.directory, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// console runs the commands of a block and compares what they print.
func (s *session) console(t *testing.T, b *block) {
	t.Helper()
	commands := strings.Split("\n"+b.text, "\n$ ")
	if commands[0] != "" {
		t.Fatalf("%s: it does not begin with a command", b.place)
	}
	for _, c := range commands[1:] {
		command, want, _ := strings.Cut(c, "\n")
		want = strings.TrimSuffix(want, "\n")
		got, err := s.run(command, b.options["in"] == "checkout")
		got = strings.TrimSuffix(got, "\n")
		if err != nil && !strings.Contains(want, "exit status") {
			t.Fatalf("%s: %s: %v\n%s", b.place, command, err, got)
		}
		if want != "" && !pattern(want).MatchString(got) {
			t.Errorf("%s: %s printed:\n%s\nnot:\n%s", b.place, command, got, want)
		}
	}
}

// limit is how long a command may take; the first one compiles the engine.
const limit = 6 * time.Minute

func (s *session) run(command string, inCheckout bool) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if target, ok := strings.CutPrefix(command, "make "); ok {
		command = "make --dry-run " + target
	}
	c := exec.CommandContext(ctx, "sh", "-c", command)
	// Without the paths of directories the build cache knows the engine wherever it
	// is seen from.
	c.Dir, c.Env = s.checkout, append(os.Environ(), "GOFLAGS=-trimpath")
	c.WaitDelay = time.Second
	if !inCheckout {
		c.Args[2] += "\nstatus=$?; pwd > '" + s.pwd + "'; exit $status"
		c.Dir = s.directory
		// What the module needs is in the module cache, as this module needs it too.
		c.Env = append(c.Env, "PWD="+s.directory, "GOWORK=off", "GOPROXY=off", "GONOSUMDB=*", "GOFLAGS=-mod=mod -trimpath")
	}
	out, err := c.CombinedOutput()
	if where, err := os.ReadFile(s.pwd); err == nil && !inCheckout {
		s.directory = strings.TrimSuffix(string(where), "\n")
	}
	return string(out), err
}

// pattern makes a regular expression of expected output.
func pattern(want string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for i, line := range strings.Split(want, "\n") {
		if line == "…" {
			b.WriteString(`(\n?.*)*`)
			continue
		}
		if i > 0 {
			b.WriteString(`\n`)
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*"))
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String())
}

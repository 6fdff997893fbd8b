package jobtest_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/internal/jobtest"
)

// binaries is the directory of what was built; TestMain removes it.
var binaries string

// wordcount builds the example once and returns its file.
var wordcount = sync.OnceValues(func() (string, error) {
	var err error
	if binaries, err = os.MkdirTemp("", "wordcount"); err != nil {
		return "", err
	}
	if err := os.Chmod(binaries, 0o755); err != nil { // nobody may run it, too
		return "", err
	}
	binary := filepath.Join(binaries, "wordcount")
	out, err := exec.Command("go", "build", "-o", binary, "github.com/thalweg/thalweg/examples/wordcount").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
})

// run runs the example and returns its exit code and what it said.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return runAs(t, nil, args...)
}

// runAs is run as another user, if there is one.
func runAs(t *testing.T, user *syscall.Credential, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	binary, err := wordcount()
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	c := exec.CommandContext(jobtest.Deadline(t), binary, args...)
	c.Stdout, c.Stderr = &o, &e
	c.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	err = c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}

// texts are inputs for which tr, sort and uniq say what the words are. tr reads
// bytes and stops at none but NUL, which is left out.
func texts(r *rand.Rand) map[string][]byte {
	ascii, utf8, garbage := &bytes.Buffer{}, &bytes.Buffer{}, &bytes.Buffer{}
	for _, line := range randomLines(r) {
		fmt.Fprintln(utf8, line)
		for range r.IntN(12) {
			fmt.Fprint(ascii, []string{"Newton", "newton", "a,b", `"quoted"`, "it's", "x"}[r.IntN(6)], []string{" ", "\t\v", "\r\n", "\f ", "\n\n"}[r.IntN(5)])
		}
	}
	for range 50000 {
		garbage.WriteByte(byte(1 + r.IntN(255)))
	}
	return map[string][]byte{
		"ascii": ascii.Bytes(), "utf-8": utf8.Bytes(), "garbage": garbage.Bytes(),
		"no final newline": []byte("one two\nthree two"), "empty": nil, "white space": []byte(" \n\t\n"), "one word": []byte("word"),
	}
}

// oracle counts words with the tools of the system.
func oracle(t *testing.T, path string) []string {
	t.Helper()
	c := exec.CommandContext(jobtest.Deadline(t), "sh", "-c", `tr -s '[:space:]' '\n' <"$0" | sort | uniq -c`, path)
	c.Env = append(os.Environ(), "LC_ALL=C")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		number, word, _ := strings.Cut(strings.TrimLeft(strings.TrimSuffix(line, "\n"), " "), " ")
		if word != "" {
			lines = append(lines, fmt.Sprintf("%q %s", word, number))
		}
	}
	slices.Sort(lines)
	return lines
}

// counts reads the output of the example.
func counts(t *testing.T, dir string) []string {
	t.Helper()
	var lines []string
	for _, name := range jobtest.Names(t, dir) {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		_ = f.Close()
		if err != nil {
			t.Fatal(name, err)
		}
		for _, row := range rows {
			lines = append(lines, fmt.Sprintf("%q %s", row[0], row[1]))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestWordcountAgreesWithSortAndUniq(t *testing.T) {
	seed := jobtest.Seed(t)
	for name, text := range texts(jobtest.Random(seed)) {
		path := filepath.Join(t.TempDir(), "text")
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		want := oracle(t, path)
		for _, processes := range []int{1, 3} {
			for _, parallelism := range []int{1, 2, 7} {
				dir := filepath.Join(t.TempDir(), "out")
				code, _, stderr := run(t, "--input", path, "--output", dir,
					"--processes", strconv.Itoa(processes), "--parallelism", strconv.Itoa(parallelism))
				if code != 0 || stderr != "" {
					t.Fatalf("%s: exit code %d: %s", name, code, stderr)
				}
				if d := jobtest.Difference(counts(t, dir), want); d != "" {
					t.Errorf("%s, %d processes, %d subtasks: %s", name, processes, parallelism, d)
				}
				if names := jobtest.Names(t, dir); len(names) != parallelism {
					t.Errorf("%s: the output holds %v", name, names)
				}
			}
		}
	}
}

func TestWordcountSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	if err := os.MkdirAll(full, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"--input", missing}, 1, []string{"word count:", missing, "no such file", "wordcount/main.go:"}},
		{[]string{"--input", missing, "--processes", "3"}, 1, []string{missing, "no such file"}},
		{[]string{"--output", full}, 1, []string{full, "not empty", "file.Overwrite", "wordcount/main.go:"}},
		{[]string{"--inptu", "x"}, 2, []string{"--inptu", `did you mean "input"`}},
		{[]string{"--parallelism", "none"}, 2, []string{"--parallelism none"}},
		{[]string{"walk"}, 2, []string{`unknown command "walk"`}},
	} {
		code, stdout, stderr := run(t, c.args...)
		if code != c.code || stdout != "" {
			t.Errorf("%v: exit code %d, want %d; printed %q", c.args, code, c.code, stdout)
		}
		for _, part := range c.want {
			if !strings.Contains(stderr, part) {
				t.Errorf("%v: standard error does not say %q: %s", c.args, part, stderr)
			}
		}
	}
	if names := jobtest.Names(t, full); len(names) != 1 {
		t.Errorf("the refused directory holds %v", names)
	}
}

func TestWordcountWithoutRights(t *testing.T) {
	var nobody *syscall.Credential // root may read everything
	if os.Geteuid() == 0 {
		nobody = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	parent := t.TempDir()
	for _, open := range []string{parent, filepath.Dir(parent)} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(parent, "secret")
	if err := os.Mkdir(dir, 0o300); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--input", dir}, {"--input", filepath.Join(dir, "*")}, {"--input", dir, "--processes", "3"}} {
		code, stdout, stderr := runAs(t, nobody, args...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, dir) || !strings.Contains(stderr, "permission denied") {
			t.Errorf("%v: exit code %d, printed %q, %q", args, code, stdout, stderr)
		}
	}
}

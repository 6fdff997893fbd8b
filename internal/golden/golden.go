// Package golden runs tests that are written as text: commands, and below each
// what it must answer. Floor 0. For tests.
//
// A file is a list of cases, with blank lines between them:
//
//	# A comment.
//	command
//	with as many lines as it needs
//	----
//	the answer, up to a blank line
//
// An answer that has blank lines itself stands between doubled rules:
//
//	command
//	----
//	----
//	first
//
//	second
//	----
//	----
//
// With the flag -rewrite, the answers in the files become those that were given.
// Read the difference before you keep it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "replace the answers in golden files by those given now")

// Command is the question of a case.
type Command struct {
	Place string   // file and line, for messages
	Lines []string // at least one
}

// Run runs the cases of every file that matches pattern, a subtest for each file.
// start is called for each file and returns what answers its commands, in order.
func Run(t *testing.T, pattern string, start func(t *testing.T) func(Command) string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		t.Run(name, func(t *testing.T) { runFile(t, path, start(t)) })
	}
}

func runFile(t *testing.T, path string, answer func(Command) string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parse(path, string(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.cases {
		c := &f.cases[i]
		got := strings.TrimRight(answer(c.command), "\n")
		if got == c.answer {
			continue
		}
		if *rewrite {
			c.answer = got
			continue
		}
		t.Errorf("%s: %s\nanswers:\n%s\nnot:\n%s\n%s", c.command.Place, c.command.Lines[0],
			indent(got), indent(c.answer), difference(got, c.answer))
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(f.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }

// difference shows the first line that is not as it should be.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return "the first difference:\n  - " + b + "\n  + " + a
		}
	}
	return ""
}

// Package exampletest runs example programs the way their users do and reads what
// they write. Floor 8. For tests.
//
//	var program = exampletest.Program{Name: "distinct", Build: build}
//
//	func TestMain(m *testing.M) { program.Main(m) }
package exampletest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
)

// Program is a program under test. It has an argument "output" for where it writes.
type Program struct {
	Name  string
	Build thalweg.Build

	// Headers is whether the first line of each file it writes names the columns.
	Headers bool
}

// Everywhere are ways to run a program that must lead to the same result: in one
// subtask, in several, in several processes.
var Everywhere = [][]thalweg.Option{
	{thalweg.WithParallelism(1)},
	{thalweg.WithParallelism(5)},
	{thalweg.WithProcesses(2), thalweg.WithParallelism(3)},
}

// Main is for TestMain. It makes the test's binary a worker where it was started
// as one, and runs the tests otherwise; it does not return.
func (p Program) Main(m *testing.M) {
	thalweg.Serve(p.Name, p.Build)
	os.Exit(m.Run())
}

// Run runs the program with its output in a new directory, which is removed when
// the test has ended, and returns the path of the output. A job that fails ends
// the test, and so does one that leaves anything beside its output.
func (p Program) Run(t *testing.T, arguments map[string]string, options ...thalweg.Option) string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "output")
	if err := p.Try(t, output, arguments, options...); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(output))
	if err != nil || len(left) != 1 {
		t.Fatalf("the job has left %v (%v)", left, err)
	}
	return output
}

// Try runs the program and returns the job's error. Without an output the argument
// is not given.
func (p Program) Try(t *testing.T, output string, arguments map[string]string, options ...thalweg.Option) error {
	t.Helper()
	_, err := thalweg.Run(t.Context(), p.Build, p.options(output, arguments, options)...)
	return err
}

// options returns all options of a run.
func (p Program) options(output string, arguments map[string]string, options []thalweg.Option) []thalweg.Option {
	all := append(slices.Clone(options), thalweg.WithName(p.Name))
	if output != "" {
		all = append(all, thalweg.WithArgument("output", output))
	}
	for name, value := range arguments {
		all = append(all, thalweg.WithArgument(name, value))
	}
	return all
}

// Rows runs the program as Run does and returns the lines of the files that it
// writes, without headers, sorted.
func (p Program) Rows(t *testing.T, arguments map[string]string, options ...thalweg.Option) []string {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(p.Run(t, arguments, options...), "part-*.csv"))
	if err != nil || len(parts) == 0 {
		t.Fatal("no output", err)
	}
	var rows []string
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if p.Headers {
			lines = lines[1:]
		}
		rows = append(rows, lines...)
	}
	slices.Sort(rows)
	return rows
}

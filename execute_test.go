package thalweg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// halves is a source that rejects every other number.
type halves struct {
	connect.Source[int64]
}

func (h halves) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[int64], error) {
	r, err := h.Source.Open(c, p)
	return &halvesReader{r, c}, err
}

type halvesReader struct {
	connect.Reader[int64]
	c connect.ReaderContext
}

func (r *halvesReader) Read(rows []int64) (int, error) {
	n, err := r.Reader.Read(rows[:1])
	if n == 1 && rows[0]%2 == 1 {
		n = 0
		if rejected := r.c.Quarantine(connect.Rejected{Origin: "numbers", Offset: rows[0], Cause: fmt.Sprintf("%d is odd", rows[0])}); rejected != nil {
			err = rejected
		}
	}
	return n, err
}

// build is a program whose arguments say how it goes wrong.
func build(env *Environment) error {
	how := env.Arg("how", "well", "well, panic, build, or an output that is there")
	n := env.ArgInt("n", 4, "how many numbers")
	_ = env.ArgBool("quiet", false)
	_ = env.ArgDuration("pause", time.Second, "unused")
	if how == "build" {
		return errors.New("no such table")
	}
	g := env.Graph()
	numbers := skin.Source[int64](g, halves{memory.Sequence(0, int64(n), 0)}, -1)
	numbers.SetName("numbers")
	mapped := skin.Add[int64](g, skin.Node{Kind: "map", Factory: step.Map(step.Plain(func(x int64) int64 {
		if how == "panic" {
			panic("user code has a bug")
		}
		return x
	}))}, numbers.Input)
	skin.Sink(mapped, memory.Discard[int64](), false)
	return nil
}

func TestExitCodesAndOutputTellHowAProgramEnded(t *testing.T) {
	for _, c := range []struct {
		line   string
		code   int
		stdout []string
		stderr []string
	}{
		{line: "--n 0", code: 0},
		{line: "--n 1 --parallelism 1", code: 0},
		{line: "--n 4", code: 0, stderr: []string{"rejected pieces of input: 2", "numbers: numbers at byte 1: 1 is odd"}},
		{line: "--how panic", code: exitFailure, stderr: []string{"prog: ", `operator "map"`, "record 0", "panic: user code has a bug", "execute_test.go"}},
		{line: "--how build", code: exitFailure, stderr: []string{"prog: no such table\n"}},
		{line: "--n many", code: exitUsage, stderr: []string{"--n many: not a valid int"}},
		{line: "--hwo panic", code: exitUsage, stderr: []string{`prog: unknown option --hwo; did you mean "how"?`}},
		{line: "explian", code: exitUsage, stderr: []string{`did you mean "explain"?`}},
		{line: "explain", code: 0, stdout: []string{"prog: 3 operators", "numbers: source", "map", "sink (discard)"}},
		{line: "explain --format json", code: 0, stdout: []string{`"job": "prog"`, `"how": "well"`}},
		{line: "explain --format=dot --parallelism 7", code: 0, stdout: []string{`digraph "prog"`, "×7"}},
		{line: "explain --format html", code: 0, stdout: []string{"<!DOCTYPE html>", "numbers"}},
		{line: "explain --set numbers.rows=1e9 --set memory=1GiB", code: 0, stdout: []string{"supposed: numbers.rows = 1.00 G; memory = 1.00 GiB", "1.00 G rows (supposed)"}},
		{line: "explain --set nothing.rows=3", code: exitUsage, stderr: []string{"--set there is no fact nothing.rows: the operators are numbers, map"}},
		{line: "explain --flip", code: 0, stdout: []string{"prog: 3 operators"}},
		{line: "explain --flip perhaps", code: exitUsage, stderr: []string{"--flip is a switch"}},
		{line: "explain --analyze --n 4", code: 0, stdout: []string{"ran ", "actual 2 rows"}},
		{line: "explain --analyze --how panic", code: exitFailure, stdout: []string{"prog: 3 operators"}, stderr: []string{"user code has a bug"}},
		{line: "explain --analyze --set numbers.rows=1", code: exitUsage, stderr: []string{"leave one of them out"}},
		{line: "explain --diff nowhere.json", code: exitFailure, stderr: []string{"nowhere.json"}},
		{line: "--flip", code: exitUsage, stderr: []string{"--flip is an option of explain"}},
		{line: "--optimizer perhaps", code: exitUsage, stderr: []string{"--optimizer perhaps: on or off"}},
		{line: "--optimizer off --n 1", code: 0},
		{line: "explain --optimizer off", code: 0, stdout: []string{"prog: 3 operators", "the optimizer is off"}},
		{line: "explain --how build", code: exitFailure, stderr: []string{"no such table"}},
		{line: "explain --n many", code: exitUsage, stderr: []string{"not a valid int"}},
		{line: "--help", code: 0, stdout: []string{
			"prog\n\nUsage:", "Arguments of this program:", "--how", "well, panic, build", `(default "well")`, `(default "4")`,
			"--quiet", `(default "1s")`, "Options of every program:", "--parallelism", "--processes", "--format", "(default ",
		}},
		{line: "explain -h --how build", code: 0, stdout: []string{"--how", "--n"}},
	} {
		var stdout, stderr strings.Builder
		code := execute("prog", build, strings.Fields(c.line), &stdout, &stderr)
		if code != c.code {
			t.Errorf("%q: exit code %d, not %d\n%s", c.line, code, c.code, &stderr)
		}
		for _, want := range c.stdout {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%q: no %q in:\n%s", c.line, want, &stdout)
			}
		}
		for _, want := range c.stderr {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%q: no %q in:\n%s", c.line, want, &stderr)
			}
		}
		if c.stdout == nil && stdout.Len() > 0 || c.stderr == nil && stderr.Len() > 0 {
			t.Errorf("%q: prints more than it should:\n%s%s", c.line, &stdout, &stderr)
		}
	}
}

func TestAProgramThatCannotBeBuiltShowsItsHelp(t *testing.T) {
	var stdout strings.Builder
	code := execute("prog", func(env *Environment) error {
		if env.Arg("table", "", "what to read") == "" {
			return errors.New("there is no table")
		}
		return nil
	}, []string{"--help"}, &stdout, io.Discard)
	if code != 0 || !strings.Contains(stdout.String(), "what to read") {
		t.Errorf("%d: %s", code, &stdout)
	}
}

func TestAnInterruptedProgramSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Run(ctx, build, WithName("prog"))
	var stderr strings.Builder
	if code := report(ctx, "prog", err, &stderr); code != exitCancelled || stderr.String() != "prog: cancelled\n" {
		t.Errorf("exit code %d, %q, after %v", code, &stderr, err)
	}
}

func TestEveryLineOfAnErrorNamesTheProgram(t *testing.T) {
	var stderr strings.Builder
	report(context.Background(), "prog", errors.Join(errors.New("one"), errors.New("two")), &stderr)
	if stderr.String() != "prog: one\nprog: two\n" {
		t.Errorf("%q", &stderr)
	}
}

func TestTheQuarantineReportSaysWhatItLeavesOut(t *testing.T) {
	sample := connect.Rejected{Operator: "csv", Origin: "a.csv", Offset: 12, Cause: "no number"}
	for _, c := range []struct {
		result Result
		want   string
	}{
		{Result{}, ""},
		{Result{Quarantined: 1, Samples: []connect.Rejected{sample}},
			"rejected pieces of input: 1\n  csv: a.csv at byte 12: no number\n"},
		{Result{Quarantined: 5, Samples: []connect.Rejected{sample, sample}},
			"rejected pieces of input: 5\n  csv: a.csv at byte 12: no number\n  csv: a.csv at byte 12: no number\n  and 3 more\n"},
	} {
		var b strings.Builder
		reportQuarantine(&c.result, &b)
		if b.String() != c.want {
			t.Errorf("got:\n%snot:\n%s", &b, c.want)
		}
	}
}

// A plan that was kept is compared with the one of now, and with another one.
func TestPlansAreCompared(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, parallelism := range []string{"2", "3"} {
		var stdout, stderr strings.Builder
		if code := execute("prog", build, []string{"explain", "--format", "json", "--parallelism", parallelism}, &stdout, &stderr); code != 0 {
			t.Fatal(stderr.String())
		}
		files = append(files, filepath.Join(dir, parallelism+".json"))
		if err := os.WriteFile(files[len(files)-1], []byte(stdout.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"explain", "--parallelism", "3", "--diff", files[0]}, {"explain", "--diff", files[0], files[1]}} {
		var stdout, stderr strings.Builder
		if code := execute("prog", build, args, &stdout, &stderr); code != 0 {
			t.Fatal(stderr.String())
		}
		if !strings.Contains(stdout.String(), "numbers") {
			t.Errorf("%v: %s", args, &stdout)
		}
	}
}

// What a run has made is in the plan of the next one; a file that is no history refuses
// the job.
func TestARunIsRememberedForThePlanOfTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.json")
	chooses := func(env *Environment) error {
		numbers := skin.Source[int64](env.Graph(), halves{memory.Sequence(0, 8, 0)}, -1)
		numbers.SetName("numbers")
		way := plan.Strategy{Name: "only", Factory: step.Map(step.Plain(func(x int64) int64 { return x })), First: -1}
		kept := skin.Add[int64](env.Graph(), skin.Node{Kind: "map", Strategies: []plan.Strategy{way}}, numbers.Input)
		skin.Sink(kept, memory.Discard[int64](), false)
		return nil
	}
	var stdout, stderr strings.Builder
	if code := execute("prog", chooses, []string{"--history", path}, &stdout, &stderr); code != 0 {
		t.Fatal(stderr.String())
	}
	if code := execute("prog", chooses, []string{"explain", "--history", path}, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "4 rows × 8 B (measured)") {
		t.Errorf("%s%s", &stdout, &stderr)
	}
	if err := os.WriteFile(path, []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code := execute("prog", chooses, []string{"--history", path}, &stdout, &stderr); code != exitFailure || !strings.Contains(stderr.String(), "no history") {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
}

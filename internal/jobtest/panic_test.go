package jobtest_test

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/internal/operator"
)

// unlucky is the record that user functions do not survive.
const unlucky = 4242

// explode is on the stack of every panic that these tests cause.
func explode(n int64) { panic(fmt.Sprint("no ", n)) }

// chance panics for the unlucky record if this is the operator chosen.
func chance(on bool) func(int64) {
	return func(n int64) {
		if on && n == unlucky {
			explode(n)
		}
	}
}

// panics has every kind of user function; the argument in says which fails.
var panics = jobtest.Register(&jobtest.Program{
	Name: "panics",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		in, dir := env.Arg("in", ""), env.Arg("dir", "")
		test := func(kind string) func(int64) { return chance(in == kind) }
		n := batch.Sequence(env, 0, 10000)
		mapped, filtered, flat, picked := test("map"), test("filter"), test("flatMap"), test("partitioner")
		n = batch.Map(n, func(n int64) int64 { mapped(n); return n }).Named("my map")
		n = n.Filter(func(n int64) bool { filtered(n); return true }).Named("my filter")
		n = batch.FlatMap(n, func(n int64, emit func(int64)) { flat(n); emit(n) }).Named("my flatMap")
		n = batch.MapRich(n, func(*thalweg.Context) (func(int64) int64, error) {
			switch in {
			case "open":
				explode(0)
			case "open error":
				return nil, errors.New("cannot open")
			}
			return identity, nil
		}).Named("my open")
		n = batch.Map(n, identity).Named("my partitioner")
		n = batch.PartitionCustom(n, itself, func(key int64, n int) int { picked(key); return int(key) % n })
		n = batch.MapPartition(n, func(rows iter.Seq[int64], emit func(int64)) {
			for n := range rows {
				test("mapPartition")(n)
				emit(n)
			}
		}).Named("my mapPartition")
		if in == "key" {
			n = batch.GroupByFunc(n, func(n int64) int64 { test("key")(n); return n }).Reduce(func(a, _ int64) int64 { return a }).Named("my key")
		}
		if in == "compare" {
			n = n.Top(20000, func(a, b int64) int { test("compare")(a); return cmp.Compare(a, b) }).Named("my compare")
		}
		if in == "reduce" {
			n = batch.GroupByFunc(n, func(n int64) int64 { return n / 2 }).Reduce(func(a, b int64) int64 { test("reduce")(max(a, b) - 1); return a }).Named("my reduce")
		}
		if in == "fold" {
			n = batch.Fold(batch.GroupByFunc(n, func(n int64) int64 { return n }), func() int64 { return 0 },
				func(_, n int64) int64 { test("fold")(n); return n }).Named("my fold")
		}
		if in == "close" {
			n = batch.MapRich(n, func(ctx *thalweg.Context) (func(int64) int64, error) {
				ctx.OnClose(func() error { explode(1); return nil })
				return identity, nil
			}).Named("my close")
		}
		jobtest.Keep(out, "rows", n)
		batch.WriteText(n, dir).Named("my sink")
		if in == "sink" {
			batch.Write(n, badSink{}).Named("my bad sink")
		}
		if in == "source" {
			jobtest.Keep(out, "bad", batch.Read(env, badSource{}).Named("my source"))
		}
		return nil
	},
})

// badSource fails in the middle, badSink at a record.
type badSource struct{}

func (badSource) String() string { return "bad source" }
func (badSource) Bounded() bool  { return true }
func (badSource) Splits(connect.SplitContext) ([]connect.Split, error) {
	return []connect.Split{{ID: "only"}}, nil
}
func (badSource) Open(connect.ReaderContext, connect.Split) (connect.Reader[int64], error) {
	return &badReader{}, nil
}

type badReader struct{ n int }

func (r *badReader) Read(rows []int64) (int, error) {
	if r.n++; r.n > 3 {
		return 0, errors.New("the source is broken")
	}
	return 1, nil
}
func (*badReader) Close() error { return nil }

type badSink struct{}

func (badSink) String() string                                              { return "bad sink" }
func (s badSink) Open(connect.WriterContext) (connect.Writer[int64], error) { return s, nil }
func (badSink) Flush() error                                                { return nil }
func (badSink) Close(bool) error                                            { return nil }
func (badSink) Write(rows []int64) error {
	for _, n := range rows {
		if n == unlucky {
			return errors.New("the sink is broken")
		}
	}
	return nil
}

func TestAFailureNamesOperatorLineSubtaskAndRecord(t *testing.T) {
	for _, c := range []struct {
		in       string
		record   string // as the error shows it; empty: there is none
		text     string
		operator string // where it is not that of in
	}{
		{in: "map", record: "4242", text: "no 4242"},
		{in: "filter", record: "4242", text: "no 4242"},
		{in: "flatMap", record: "4242", text: "no 4242"},
		{in: "open", text: "no 0"},
		{in: "open error", text: "cannot open", operator: "my open"},
		{in: "partitioner", record: "4242", text: "no 4242"},
		{in: "mapPartition", record: "4242", text: "no 4242"},
		{in: "key", record: "4242", text: "no 4242"},
		{in: "compare", text: "no 4242"},
		{in: "reduce", text: "no 4242"},
		{in: "fold", record: "4242", text: "no 4242"},
		{in: "close", text: "no 1"},
		{in: "sink", text: "the sink is broken", operator: "my bad sink"},
		{in: "source", text: "the source is broken"},
	} {
		for _, way := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
			t.Run(fmt.Sprint(c.in, " in ", way.Processes), func(t *testing.T) {
				check := jobtest.Watch(t)
				dir := filepath.Join(t.TempDir(), "out")
				got, _, err := panics.RunOn(jobtest.Deadline(t), way, thalweg.WithArgument("in", c.in), thalweg.WithArgument("dir", dir))
				if err == nil {
					t.Fatal("the job went well")
				}
				name := c.operator
				if name == "" {
					name = "my " + c.in
				}
				want := regexp.MustCompile(fmt.Sprintf(`operator "(%s)" \(jobtest/panic_test\.go:\d+\), subtask \d of %d`, name, way.Parallelism))
				for _, part := range []string{want.FindString(err.Error()), c.text} {
					if part == "" || !strings.Contains(err.Error(), part) {
						t.Errorf("%v\ndoes not say %s and %q", err, want, c.text)
					}
				}
				var f *operator.Failure
				if !errors.As(err, &f) {
					t.Fatalf("%T is no Failure: %v", err, err)
				}
				named := c.record == "" || regexp.MustCompile(`record \d+ `+c.record+`: `).MatchString(err.Error())
				stack := !strings.HasPrefix(c.text, "no ") || strings.Contains(f.Stack, "jobtest_test.explode(")
				if !named || !stack {
					t.Errorf("record %s named: %v; user's function on the stack: %v, want both: %v\n%s", c.record, named, stack, err, f.Stack)
				}
				if len(got["rows"]) > 0 {
					t.Errorf("%d records were collected", len(got["rows"]))
				}
				if names := jobtest.Names(t, dir); len(names) > 0 {
					t.Errorf("output is left: %v", names)
				}
				check()
			})
		}
	}
}

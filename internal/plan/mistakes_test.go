package plan_test

import (
	"context"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/socket"
	"github.com/thalweg/thalweg/internal/golden"
	"github.com/thalweg/thalweg/internal/plan"
)

// A command is the program and argument values: name=value. The answer is all that
// is wrong with the program.
func TestMistakesOfProgramsNameTheirLines(t *testing.T) {
	golden.Run(t, "testdata/mistakes/*.txt", func(t *testing.T) func(golden.Command) string {
		return func(c golden.Command) string {
			name, values, _ := strings.Cut(c.Lines[0], " ")
			build := wrong[name]
			if build == nil {
				t.Fatalf("%s: no program %q", c.Place, name)
			}
			var options []thalweg.Option
			for _, v := range strings.Fields(values) {
				argument, value, _ := strings.Cut(v, "=")
				options = append(options, thalweg.WithArgument(argument, value))
			}
			if _, err := plan.Compile(graphOf(t, name, build, options...), plan.Options{}); err != nil {
				return err.Error()
			}
			return "nothing is wrong"
		}
	})
}

var wrong = map[string]program{
	"records": wrongRecords, "numbers": wrongNumbers, "aggregates": wrongAggregates, "names": wrongNames,
	"keys": wrongKeys, "arguments": wrongArguments, "endless": wrongEndless,
	"functions": wrongFunctions,
	"empty":     func(*thalweg.Environment) {},
}

type opaque struct {
	Name string
	Done chan bool
}

type nested struct{ Inner []opaque }

func wrongRecords(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	batch.Discard(batch.Map(source, func(word) opaque { return opaque{} }))
	batch.Discard(batch.FlatMap(source, func(word, func(nested)) {}))
	batch.Discard(batch.Map(source, func(word) func() { return nil }))
}

func wrongNumbers(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}}).WithParallelism(0)
	batch.Discard(source).WithParallelism(-1)
	batch.Discard(batch.Map(source, same).WithParallelism(100000))
	batch.Print(source).WithParallelism(2)
	batch.Discard(source.First(-1))
	batch.Split(source, 0, func(word) int { return 0 })
	batch.Discard(source.Top(-2, nil))
}

func wrongAggregates(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	groups := batch.GroupBy(source, text)
	batch.Discard(groups.Aggregate(agg.Sum(count), agg.Max(count)))
	batch.Discard(groups.Aggregate())
	batch.Discard(source.Aggregate(agg.Min(count), agg.Count(count)))
}

func wrongNames(env *thalweg.Environment) {
	a, b := batch.FromSlice(env, []word{{"a", 1}}), batch.FromSlice(env, []word{{"b", 1}})
	both := batch.Union(a, b).Named("both")
	both.WithParallelism(2)
	both.WithBroadcastSet(batch.AsBroadcastSet(a))
	batch.Discard(batch.Map(both, same).Quarantine())
}

func wrongKeys(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	batch.Discard(batch.PartitionByHash(source, func(*word) *[]chan int { return nil }))
	batch.Discard(batch.GroupBy(source, func(*word) *int64 { return nil }).First(1))
}

func wrongArguments(env *thalweg.Environment) {
	_ = env.ArgInt("level", 3)
	_ = env.Arg("level", "low")
	_ = env.Arg("Level", "low")
	_ = env.Arg("", "low")
	_ = env.Arg("parallelism", "2")
	_ = env.ArgBool("quiet", false)
	_ = env.ArgDuration("pause", 0)
	batch.Discard(batch.FromSlice(env, []word{{"a", 1}}))
}

func wrongEndless(env *thalweg.Environment) {
	batch.Discard(batch.Read(env, socket.Read("localhost:1")))
}

func wrongFunctions(env *thalweg.Environment) {
	numbers := batch.Sequence(env, 0, 10)
	id := func(n *int64) *int64 { return n }
	batch.Discard(batch.Map[int64, int64](numbers, nil))
	batch.Discard(numbers.Filter(nil))
	batch.Discard(batch.GroupBy(numbers, id).Reduce(nil))
	batch.Discard(batch.Fold(batch.GroupBy(numbers, id), nil, func(a, b int64) int64 { return a + b }))
	batch.Discard(batch.PartitionCustom(numbers, id, nil))
	batch.Discard(batch.Split(numbers, 2, nil)[0])
}

func TestRecordsOfAnotherEnvironmentAreRefused(t *testing.T) {
	g := graphOf(t, "foreign", func(env *thalweg.Environment) {
		foreign := recordsOfAnotherProgram()
		batch.Discard(batch.Union(batch.Sequence(env, 0, 10), foreign))
	})
	err := g.Err()
	if err == nil || !strings.HasPrefix(err.Error(), "program/foreign.go:3: the records of elsewhere (plan/mistakes_test.go:") ||
		!strings.HasSuffix(err.Error(), "were made in another environment") {
		t.Errorf("got %v", err)
	}
}

func recordsOfAnotherProgram() (records *batch.DataSet[int64]) {
	_, _ = thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		for range 10 { // numbers that the program at hand does not have
			records = batch.Sequence(env, 0, 10)
		}
		return errBuilt
	})
	return records.Named("elsewhere")
}

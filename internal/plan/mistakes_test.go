package plan_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/socket"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/golden"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
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
	"functions": wrongFunctions, "hints": wrongHints, "orders": wrongOrders, "sides": wrongSides, "samples": wrongSamples, "files": wrongFiles,
	"facts": wrongFacts, "estimates": wrongEstimates, "projections": wrongProjections,
	"policies": wrongPolicies, "loops": wrongLoops, "partitions": wrongPartitions, "histories": wrongHistories, "alignments": wrongAlignments,
	"empty": func(*thalweg.Environment) {},
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

func wrongHints(env *thalweg.Environment) {
	l, r := batch.FromSlice(env, []word{{"a", 1}}), batch.FromSlice(env, []word{{"b", 1}})
	on := batch.On(text, text)
	left := func(w word, _ batch.Optional[word]) word { return w }
	right := func(_ batch.Optional[word], w word) word { return w }
	full := func(a, b batch.Optional[word]) word { return a.Value }
	batch.Discard(batch.LeftJoin(l, r, on, left, batch.BroadcastFirst))
	batch.Discard(batch.RightJoin(l, r, on, right, batch.SecondIsTiny))
	batch.Discard(batch.FullJoin(l, r, on, full, batch.BroadcastFirst, batch.BroadcastSecond))
	batch.Discard(batch.SemiJoin(l, r, on, batch.BroadcastFirst))
	batch.Discard(batch.AntiJoin(l, r, on, batch.SecondIsHuge))
	batch.Discard(batch.Join(l, r, on, func(a, _ word) word { return a }, batch.JoinHint{}))
	batch.Discard(batch.Cross(l, r, func(a, _ word) word { return a }, batch.CrossHint{}))
	batch.Discard(batch.ReduceBy(batch.GroupBy(l, text), func(a, _ word) word { return a }, batch.CombineHint{}))
}

func wrongOrders(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	batch.Discard(batch.Sort(source))
	batch.Discard(batch.SortPartition(source, batch.Order[word]{}))
	batch.Discard(batch.PartitionByRange(source))
	batch.Discard(batch.Sort(source, batch.By[word](nil)))
	batch.Discard(batch.Sort(source, batch.Asc[word, string](nil)))
	batch.Discard(batch.Sort(source, batch.DescFunc[word, string](nil)))
	batch.Discard(batch.MinBy(source))
	batch.Discard(batch.MaxOf(batch.GroupBy(source, text)))
	batch.Discard(batch.FirstOf(batch.SortGroups(batch.GroupBy(source, text)), 1))
	batch.Discard(batch.FirstOf(batch.SortGroups(batch.GroupBy(source, text), batch.Asc(count)), -1))
	batch.Discard(batch.GroupBy(source, text).First(-3))
}

func wrongSides(env *thalweg.Environment) {
	l, r := batch.FromSlice(env, []word{{"a", 1}}), batch.FromSlice(env, []word{{"b", 1}})
	pair := func(a, _ word) word { return a }
	batch.Discard(batch.Join(l, r, batch.On[word, word](text, nil), pair))
	batch.Discard(batch.SemiJoin(l, r, batch.On[word, word](nil, count)))
	batch.Discard(batch.Join(l, r, batch.OnFunc(func(w word) string { return w.Text }, (func(word) string)(nil)), pair))
	batch.Discard(batch.Join(l, r, batch.Keys[word, word, string]{}, pair))
	batch.Discard(batch.Join[word, word, string, word](l, r, batch.On(text, text), nil))
	batch.Discard(batch.CoGroup[word, word, string, word](l, r, batch.On[word, word](text, nil), nil))
	batch.Discard(batch.Cross[word, word, word](l, r, nil))
	batch.Discard(batch.PartitionByHash[word, string](l, nil))
	batch.Discard(batch.DistinctBy[word, string](l, nil))
	batch.Discard(batch.GroupByFunc[word, string](l, nil).Reduce(pair))
}

func wrongPolicies(env *thalweg.Environment) {
	words := stream.FromSlice(env, []word{{"a", 1}})
	all := words.Window()
	other := words.Window(policy.Count(2)).Every(policy.Punctuation(func(string) bool { return true }))
	none := words.Every(policy.FullStream())
	negative := words.Window(policy.Time(-1)).Every(policy.Count(2))
	twice := words.Window(policy.Tumbling()).Every(policy.Count(2)).Every(policy.Count(3))
	alone := words.Window(policy.Tumbling())
	local := stream.KeyBy(words, text).WindowBy(policy.Count(2)).Local()
	missing := words.Window(policy.Punctuation[word](nil))
	for _, w := range []*stream.Windows[word]{all, other, none, negative, twice, alone, local, missing} {
		stream.Discard(stream.GroupBy[word, string](w, nil).Reduce(nil).Flatten())
	}
	keyed := stream.KeyBy(words, text)
	kinds := []*stream.Windowed[word, string]{keyed.Window(window.Session(time.Second)), stream.KeyBy(words, text).Window(window.Tumbling(time.Second))}
	stream.Discard(stream.AggregateWindows(kinds, agg.Sum(count))[1])
	ints := window.AfterRecord(func(int) bool { return true })
	stream.Discard(keyed.Window(window.CountSliding(3, 4)).Aggregate(agg.Sum(count)))
	stream.Discard(keyed.Window(window.Global()).Trigger(ints).Evict(policy.Tumbling()).EvictAfter(policy.Count(0)).Aggregate(agg.Sum(count)))
	both := stream.WindowBoth(keyed, keyed, window.CountSliding(3, 1)).Trigger(window.AfterRecord(func(word) bool { return true }))
	stream.Discard(stream.JoinWindow(both, func(a, _ word) word { return a }))
}

func wrongLoops(env *thalweg.Environment) {
	words := stream.FromSlice(env, []word{{"a", 1}})
	type words2 = *stream.DataStream[word]
	stream.Discard(stream.Iterate[word, word](words, nil))
	stream.Discard(stream.Iterate(words, func(all words2) (words2, words2) { return nil, all }))
	timed := stream.AssignTime(words, eventtime.OfFunc(func(word) time.Time { return time.Unix(1, 0) }))
	stream.Discard(stream.Iterate(timed, func(all words2) (back, out words2) { return words, all }))
}

func wrongPartitions(env *thalweg.Environment) {
	numbers := stream.Sequence(env, 0, 10, 1)
	endless := stream.Map(stream.ReadSocket(env, "localhost:1"), func(string) int64 { return 0 })
	id := func(n *int64) *int64 { return n }
	stream.Discard(stream.KeyBy(stream.Union(numbers, endless), id).WholePartitions().Reduce(nil))
	whole := stream.KeyBy(numbers, id).WholePartitions()
	stream.Discard(stream.SortPartitions(whole))
	stream.Discard(whole.Aggregate())
}

func wrongHistories(env *thalweg.Environment) {
	end := func([]connect.Split) (int, error) { return 0, nil }
	next := func(int) connect.Source[string] { return socket.Read("localhost:1") }
	stream.Discard(stream.Read(env, connect.Then(next(0), end, next)))
	stream.Discard(stream.Read(env, connect.Then(nil, end, next)))
}

func wrongAlignments(env *thalweg.Environment) {
	timed := eventtime.OfFunc(func(int64) time.Time { return time.Unix(1, 0) })
	numbers := stream.Sequence(env, 0, 10, 1)
	stream.Discard(stream.AssignTime(numbers, timed.Align("", time.Second)))
	stream.Discard(stream.AssignTime(numbers, timed.Align("a", 0)))
	stream.Discard(stream.AssignTime(numbers.Rebalance(), timed.Align("a", time.Second)))
	stream.Discard(stream.AssignTime(numbers, timed.Align("a", time.Second)))
	stream.Discard(stream.AssignTime(numbers, timed.Align("b", time.Second)))
}

func wrongSamples(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	batch.Discard(batch.Sample(source, 1.5, 1))
	batch.Discard(batch.Sample(source, math.NaN(), 1))
	batch.Discard(batch.SampleWithReplacement(source, -1, 1))
	batch.Discard(batch.SampleWithReplacement(source, math.Inf(1), 1))
	batch.Discard(batch.SampleSize(source, -1, 1))
	batch.Discard(batch.SampleSizeWithReplacement(source, -2, 1))
	batch.Discard(batch.Summarize(batch.Sequence(env, 0, 10)))
}

func wrongFacts(env *thalweg.Environment) {
	source, numbers := batch.FromSlice(env, []word{{"a", 1}}), batch.Sequence(env, 0, 10)
	id := func(n *int64) *int64 { return n }
	on := batch.On(text, text)
	pair := func(a, _ word) word { return a }
	batch.Discard(batch.Forward(source, text, text))
	batch.Discard(batch.Forward(source.Filter(frequent), text, text))
	batch.Discard(batch.Forward(batch.Union(source, source), text, text))
	batch.Discard(batch.Forward(batch.Map(source, same), id, count))
	batch.Discard(batch.Forward(batch.Map(source, same), text, nil))
	batch.Discard(batch.Forward(batch.Map(source, same), text, func(w *word) *string { s := w.Text; return &s }))
	batch.Discard(batch.Forward(batch.Join(source, source, on, pair), text, text))
	batch.Discard(batch.ForwardFirst(batch.Map(source, same), text, text))
	batch.Discard(batch.ForwardSecond(batch.Join(source, source, on, pair), id, count))
	batch.Discard(batch.ForwardFirst(batch.SemiJoin(source, source, on), text, text))
	batch.Discard(batch.ForwardSecond(batch.LeftJoin(source, source, on, func(a word, _ batch.Optional[word]) word { return a }), text, text))
	batch.Discard(batch.ForwardFirst(batch.RightJoin(source, source, on, func(_ batch.Optional[word], a word) word { return a }), text, text))
	full := batch.FullJoin(source, source, on, func(a, _ batch.Optional[word]) word { return a.Value })
	batch.Discard(batch.ForwardFirst(full, text, text))
	batch.Discard(batch.ForwardSecond(full, text, text))
	batch.Discard(batch.ForwardSecond(batch.Cross(source, numbers, func(w word, _ int64) word { return w }), text, text))
	batch.Discard(batch.Forward(batch.Fields(source, batch.Copy(text, text)), text, text))
}

func wrongEstimates(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	on := batch.On(text, text)
	batch.Discard(source.Hint(batch.Rows(0)))
	batch.Discard(source.Hint(batch.Rows(-5), batch.Width(8)))
	batch.Discard(source.Hint(batch.Size(0)))
	batch.Discard(source.Hint(batch.Width(math.MaxInt64)))
	batch.Discard(source.Filter(frequent).Hint(batch.Selectivity(math.NaN())))
	batch.Discard(source.Filter(frequent).Hint(batch.Selectivity(math.Inf(1))))
	batch.Discard(source.Filter(frequent).Hint(batch.Selectivity(1.5)))
	batch.Discard(batch.SemiJoin(source, source, on).Hint(batch.Selectivity(2)))
	batch.Discard(batch.Map(source, same).Hint(batch.Selectivity(0.5)))
	batch.Discard(source.Hint(batch.Selectivity(0.5)))
	batch.Discard(batch.DistinctBy(source, text).Hint(batch.Selectivity(0.5)))
	batch.Discard(batch.Map(source, same).Hint(batch.Rows(10), batch.Size(100), batch.Width(10)))
	batch.Discard(source.Filter(frequent).Hint(batch.Hint{}))
	batch.Discard(batch.Union(source, source).Hint(batch.Rows(1)))
	batch.Discard(batch.Split(source, 2, func(word) int { return 1 })[1].Hint(batch.Rows(1)))
	batch.Discard(source.Quarantine().Hint(batch.Rows(1)))
	batch.Discard(batch.HintDistinct(batch.Union(source, source), text, 1))
	batch.Discard(batch.HintDistinct(batch.Map(source, same), text, 0))
	batch.Discard(batch.HintDistinct[word, string](batch.Map(source, same), nil, 5))
	batch.Discard(batch.HintDistinct(batch.Map(source, same).Hint(batch.Rows(4)), text, 5))
}

func wrongProjections(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}})
	all := func(w *word) *word { return w }
	batch.Discard(batch.Fields[word, word](source))
	batch.Discard(batch.Fields(source, batch.Copy(text, text), batch.Copy(count, count), batch.Copy(text, text)))
	batch.Discard(batch.Fields(source, batch.Copy(all, all), batch.Copy(count, count)))
	batch.Discard(batch.Fields(source, batch.Copy(text, func(w *word) *string { s := w.Text; return &s })))
	batch.Discard(batch.Fields(source, batch.Field[word, word]{}))
}

func wrongFiles(env *thalweg.Environment) {
	env.CacheFile("words", "testdata/no such file")
	env.CacheFile("", "testdata/mistakes/mistakes.txt")
	env.CacheFile("folder", "testdata")
	env.CacheFile("folder", "testdata")
	batch.Discard(batch.FromSlice(env, []word{{"a", 1}}))
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

package jobtest_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
)

// depth is a measurement, and what has been measured so far.
type depth struct{ ID, CM, Least, Most, Sum, N int64 }

func depthCM(d *depth) *int64 { return &d.CM }

const depths = 4000

func randomDepths(seed uint64) []depth {
	r := jobtest.Random(seed)
	all := make([]depth, depths)
	for i := range all {
		cm := r.Int64N(500) - 250
		all[i] = depth{int64(i), cm, cm, cm, cm, 0}
	}
	return all
}

// way is how a record went: from which subtask to which.
type way struct {
	ID       int64
	From, To int
}

func leaving(d *stream.DataStream[depth], n int) *stream.DataStream[way] {
	return stream.MapRich(d.Rebalance(), func(c *thalweg.Context) (func(depth) way, error) {
		return func(d depth) way { return way{d.ID, c.Subtask(), -1} }, nil
	}).WithParallelism(n)
}

func arriving(d *stream.DataStream[way], n int) *stream.DataStream[way] {
	return stream.MapRich(d, func(c *thalweg.Context) (func(way) way, error) {
		return func(w way) way { return way{w.ID, w.From, c.Subtask()} }, nil
	}).WithParallelism(n)
}

var rescaled = [][2]int{{2, 6}, {2, 5}, {6, 2}, {5, 3}, {3, 3}, {1, 4}, {4, 1}}

// wholeStreams distributes streams, and takes all of a stream together.
var wholeStreams = jobtest.Register(&jobtest.Program{
	Name: "whole streams",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		all := stream.FromSlice(env, randomDepths(out.Seed)).WithParallelism(1)
		for _, n := range rescaled {
			jobtest.KeepStream(out, fmt.Sprint("rescale ", n), arriving(stream.Rescale(leaving(all, n[0])), n[1]))
		}
		jobtest.KeepStream(out, "shuffle", arriving(stream.Shuffle(leaving(all, 3)), 5))

		together := stream.KeyAll(all)
		least, most, sum, n := func(d *depth) *int64 { return &d.Least }, func(d *depth) *int64 { return &d.Most },
			func(d *depth) *int64 { return &d.Sum }, func(d *depth) *int64 { return &d.N }
		jobtest.KeepStream(out, "rolling", together.Aggregate(agg.Min(least), agg.Max(most), agg.Sum(sum), agg.Count(n)))
		jobtest.KeepStream(out, "least by", together.Aggregate(agg.MinBy(depthCM)))
		jobtest.KeepStream(out, "most by", together.Aggregate(agg.MaxBy(depthCM)))
		jobtest.KeepStream(out, "whole", together.WholePartitions().Aggregate(agg.Min(least), agg.Max(most), agg.Sum(sum), agg.Count(n)))
		jobtest.KeepStream(out, "numbers", stream.MapSubtasks(all.Rebalance(), func(records iter.Seq[depth], emit func(int)) {
			number := 0
			for range records {
				number++
			}
			emit(number)
		}).WithParallelism(4))

		rules := stream.FromSlice(env, []int64{3, 5, 8})
		both := stream.Connect(stream.PartitionByHash(all, depthCM), rules.Broadcast())
		jobtest.KeepStream(out, "rules", stream.CoFlatMapRich(both, func(c *thalweg.Context) (func(depth, func(string)), func(int64, func(string)), error) {
			return func(depth, func(string)) {}, func(rule int64, emit func(string)) { emit(fmt.Sprint(rule, " in ", c.Subtask())) }, nil
		}).WithParallelism(3))
		return nil
	},
	Judge: judgeWholeStreams,
})

func judgeWholeStreams(t testing.TB, seed uint64, got map[string][]string, _ *thalweg.Result) {
	for _, n := range rescaled {
		name := fmt.Sprint("rescale ", n)
		loads := waysOf(t, name, got[name], func(w way) bool {
			if n[1] >= n[0] {
				return w.From*n[1]/n[0] <= w.To && w.To < (w.From+1)*n[1]/n[0]
			}
			return w.From*n[1]/n[0] == w.To
		})
		if len(loads) > n[1] {
			t.Errorf("%s: %v", name, loads)
		}
	}
	loads := waysOf(t, "shuffle", got["shuffle"], func(way) bool { return true })
	for to := range 5 {
		if n := loads[to]; n < depths/5*3/4 || n > depths/5*5/4 {
			t.Errorf("shuffle: %v", loads)
			break
		}
	}

	var rolling, leastBy, mostBy []depth
	sofar, least, most := depth{}, depth{}, depth{}
	for i, d := range randomDepths(seed) {
		if i == 0 {
			sofar, least, most = d, d, d
			sofar.Sum = 0
		}
		if d.CM < least.CM {
			least = d
		}
		if d.CM > most.CM {
			most = d
		}
		sofar.Least, sofar.Most = least.CM, most.CM
		sofar.Sum += d.CM
		sofar.N++
		rolling, leastBy, mostBy = append(rolling, sofar), append(leastBy, least), append(mostBy, most)
	}
	for name, want := range map[string][]string{
		"rolling": jobtest.Lines(rolling), "least by": jobtest.Lines(leastBy), "most by": jobtest.Lines(mostBy),
		"whole": jobtest.Lines(rolling[len(rolling)-1:]),
		"rules": {"3 in 0", "3 in 1", "3 in 2", "5 in 0", "5 in 1", "5 in 2", "8 in 0", "8 in 1", "8 in 2"},
	} {
		if !slices.Equal(got[name], want) {
			t.Errorf("seed %d: %s: got %d records, want %d: %.300q, want %.300q", seed, name, len(got[name]), len(want), got[name], want)
		}
	}
	total := 0
	for _, row := range got["numbers"] {
		var n int
		if _, err := fmt.Sscan(row, &n); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if len(got["numbers"]) != 4 || total != depths {
		t.Errorf("the subtasks have %v records, want 4 with %d together", got["numbers"], depths)
	}
}

// waysOf checks that every record has come once, on a way that may is true of, and counts
// those of each receiver.
func waysOf(t testing.TB, name string, rows []string, may func(way) bool) map[int]int {
	loads, seen := map[int]int{}, map[int64]bool{}
	for _, row := range rows {
		var w way
		if _, err := fmt.Sscanf(row, "{ID:%d From:%d To:%d}", &w.ID, &w.From, &w.To); err != nil {
			t.Fatal(row, err)
		}
		if seen[w.ID] || !may(w) {
			t.Errorf("%s: %+v", name, w)
		}
		seen[w.ID] = true
		loads[w.To]++
	}
	if len(seen) != depths {
		t.Errorf("%s: %d records, want %d", name, len(seen), depths)
	}
	return loads
}

func TestStreamsGoWhereTheyAreSentAndAreTakenAsAWhole(t *testing.T) { jobtest.Check(t, wholeStreams) }

func TestSubtasksOfAnEndlessStreamAreNeverComplete(t *testing.T) {
	_, err := thalweg.Run(t.Context(), func(env *thalweg.Environment) error {
		lines := stream.ReadSocket(env, "localhost:1")
		stream.Discard(stream.MapSubtasks(lines, func(iter.Seq[string], func(string)) {}))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "this input has no end") {
		t.Error(err)
	}
}

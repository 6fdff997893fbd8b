package jobtest_test

import (
	"fmt"
	"maps"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// weigh joins every number with the sum and the size of the set: all of the set
// must be there before the first record is.
func weigh(d *batch.DataSet[int64], set *batch.BroadcastSet[int64]) *batch.DataSet[[3]int64] {
	return batch.MapRich(d, func(ctx *thalweg.Context) (func(int64) [3]int64, error) {
		var sum int64
		for _, n := range set.Rows(ctx) {
			sum += n
		}
		size := int64(len(set.Rows(ctx)))
		return func(n int64) [3]int64 { return [3]int64{n, sum, size} }, nil
	}).WithBroadcastSet(set)
}

const members = 20000

var broadcastSets = jobtest.Register(&jobtest.Program{
	Name: "broadcast sets",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		numbers := batch.Sequence(env, 0, members)
		apart := batch.Sequence(env, 5, 3000)
		jobtest.Keep(out, "apart", weigh(numbers, batch.AsBroadcastSet(apart)))
		jobtest.Keep(out, "empty", weigh(batch.Sequence(env, 5, 3000), batch.AsBroadcastSet(batch.FromSlice[int64](env, nil))))

		// The set and the main input come from one source, which must not wait for
		// a reader that waits for the set.
		odd := numbers.Filter(func(n int64) bool { return n%2 == 1 })
		jobtest.Keep(out, "diamond", weigh(numbers, batch.AsBroadcastSet(odd)))
		jobtest.Keep(out, "itself", weigh(numbers, batch.AsBroadcastSet(numbers)).Filter(func(r [3]int64) bool { return r[0]%100 == 0 }))
		sum := numbers.Reduce(func(a, b int64) int64 { return a + b })
		jobtest.Keep(out, "late", weigh(batch.Map(numbers, func(n int64) int64 { return -n }), batch.AsBroadcastSet(sum)))

		// Two sets, one of them on top of another operator with a set.
		apart = batch.Sequence(env, 5, 3000)
		first, second := batch.AsBroadcastSet(odd), batch.AsBroadcastSet(batch.Map(weigh(apart, batch.AsBroadcastSet(sum)), func(r [3]int64) int64 { return r[0] }))
		both := apart.FilterRich(func(ctx *thalweg.Context) (func(int64) bool, error) {
			few := len(first.Rows(ctx)) == members/2 && len(second.Rows(ctx)) == 2995
			return func(n int64) bool { return few && n < 9 }, nil
		}).WithBroadcastSet(first).WithBroadcastSet(second)
		jobtest.Keep(out, "two", both)
		return nil
	},
	Want: func(uint64) map[string][]string {
		var apart, odd, all int64
		want := map[string][]string{"two": {"5", "6", "7", "8"}}
		for n := int64(5); n < 3000; n++ {
			apart += n
			want["empty"] = append(want["empty"], fmt.Sprint([3]int64{n, 0, 0}))
		}
		for n := range int64(members) {
			all += n
			odd += n * (n % 2)
		}
		for n := range int64(members) {
			want["apart"] = append(want["apart"], fmt.Sprint([3]int64{n, apart, 2995}))
			want["diamond"] = append(want["diamond"], fmt.Sprint([3]int64{n, odd, members / 2}))
			want["late"] = append(want["late"], fmt.Sprint([3]int64{-n, all, 1}))
			if n%100 == 0 {
				want["itself"] = append(want["itself"], fmt.Sprint([3]int64{n, all, members}))
			}
		}
		return want
	},
})

// crossedSets has two sources that each wait for the reader of the other one,
// unless the planner makes room for what has to wait.
var crossedSets = jobtest.Register(&jobtest.Program{
	Name: "crossed sets",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		a, b := batch.Sequence(env, 0, members), batch.Sequence(env, 0, members)
		jobtest.Keep(out, "a", weigh(a, batch.AsBroadcastSet(b)))
		jobtest.Keep(out, "b", weigh(b, batch.AsBroadcastSet(a)))
		return nil
	},
	Want: func(uint64) map[string][]string {
		var rows []string
		for n := range members {
			rows = append(rows, fmt.Sprint([3]int64{int64(n), members * (members - 1) / 2, members}))
		}
		return map[string][]string{"a": rows, "b": rows}
	},
})

func TestSetsMayCross(t *testing.T) { jobtest.Check(t, crossedSets) }

func TestBroadcastSets(t *testing.T) { jobtest.Check(t, broadcastSets) }

var accumulators = jobtest.Register(&jobtest.Program{
	Name: "accumulators",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		counted := batch.MapRich(batch.Sequence(env, 0, members), func(ctx *thalweg.Context) (func(int64) int64, error) {
			all, opened, digits := ctx.Counter("all"), ctx.Counter("opened"), ctx.Histogram("digits")
			opened.Add(1)
			ctx.OnClose(func() error { ctx.Counter("closed").Add(1); return nil })
			return func(n int64) int64 {
				all.Add(1)
				digits.Add(n % 10)
				return n
			}, nil
		})
		few := counted.Rebalance().FilterRich(func(ctx *thalweg.Context) (func(int64) bool, error) {
			return func(n int64) bool {
				if n%7 == 0 {
					ctx.Counter("all").Add(1)
					ctx.Histogram("sevens").Add(-n % 2)
				}
				return n%7 == 0
			}, nil
		})
		batch.Discard(few)
		return nil
	},
	Judge: func(t testing.TB, _ uint64, _ map[string][]string, r *thalweg.Result) {
		parallelism := int64(r.Operators[1].Parallelism)
		sevens := int64(members/7 + 1)
		want := map[string]int64{"all": members + sevens, "opened": parallelism, "closed": parallelism}
		if !maps.Equal(r.Counters, want) {
			t.Errorf("counters %v, want %v", r.Counters, want)
		}
		for digit := range int64(10) {
			if n := r.Histograms["digits"][digit]; n != members/10 {
				t.Errorf("digit %d was counted %d times, want %d", digit, n, members/10)
			}
		}
		if h := r.Histograms["sevens"]; len(h) != 2 || h[0] != sevens/2 || h[-1] != sevens/2 {
			t.Errorf("the histogram of sevens is %v", h)
		}
		if in, out := r.Operators[1].RecordsIn, r.Operators[2].RecordsOut; in != members || out != sevens {
			t.Errorf("figures: %d records in, %d out, want %d and %d", in, out, members, sevens)
		}
	},
})

func TestAccumulatorsAddUp(t *testing.T) { jobtest.Check(t, accumulators) }

// All subtasks of a process read the same rows, which are accounted for once.
func TestABroadcastSetIsThereOnce(t *testing.T) {
	const rows, parallelism = 100_000, 4
	places := make(chan *int64, parallelism)
	build := func(env *thalweg.Environment) error {
		set := batch.AsBroadcastSet(batch.Sequence(env, 0, rows))
		d := batch.MapRich(batch.Sequence(env, 0, 1000), func(ctx *thalweg.Context) (func(int64) int64, error) {
			places <- &set.Rows(ctx)[0]
			return func(n int64) int64 { return n }, nil
		}).WithBroadcastSet(set).Named("reader")
		batch.Collect(d, new([]int64))
		return nil
	}
	r, err := thalweg.Run(jobtest.Deadline(t), build, thalweg.WithParallelism(parallelism))
	if err != nil {
		t.Fatal(err)
	}
	first := <-places
	for range parallelism - 1 {
		if place := <-places; place != first {
			t.Error("two subtasks have sets of their own")
		}
	}
	for _, o := range r.Operators {
		if o.Name != "reader" {
			continue
		}
		// A slice that grows exists twice for a moment.
		if o.MemoryPeak < 8*rows || o.MemoryPeak >= parallelism*8*rows {
			t.Errorf("the set of %d bytes takes %d", 8*rows, o.MemoryPeak)
		}
		if o.Memory != 0 {
			t.Errorf("%d bytes are in use at the end", o.Memory)
		}
	}
}

package sim_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/sim"
)

// wide is a record of 1 KiB: batches are small and channels soon full.
type wide struct {
	Key, Value int64
	Subtask    int64
	_          [125]int64
}

func key(w *wide) *int64 { return &w.Key }

// outcome is what matters of a record.
type outcome struct{ Key, Value int64 }

// scenario is a program and the result it must have.
type scenario struct {
	name  string
	build func(env *thalweg.Environment, h *sim.Host, got *[]outcome)
	want  func() []outcome
}

const rows = 350

// wides are the records all scenarios begin with.
func wides(env *thalweg.Environment) *batch.DataSet[wide] {
	return batch.Map(batch.Sequence(env, 0, rows), func(x int64) wide { return wide{Key: x % 13, Value: x} })
}

func outcomes(d *batch.DataSet[wide]) *batch.DataSet[outcome] {
	return batch.Map(d, func(w wide) outcome { return outcome{w.Key, w.Value} })
}

func add(n int64) func(wide) wide {
	return func(w wide) wide { w.Value += n; return w }
}

// expect makes the result from one number of the source at a time.
func expect(of func(x int64) []int64) func() []outcome {
	return func() (all []outcome) {
		for x := range int64(rows) {
			for _, value := range of(x) {
				all = append(all, outcome{x % 13, value})
			}
		}
		return all
	}
}

// slow takes virtual time for some of the records.
func slow(h *sim.Host) func(wide) wide {
	return func(w wide) wide {
		if w.Value%64 == 0 {
			h.Sleep(3 * time.Millisecond)
		}
		return w
	}
}

var scenarios = []scenario{
	{
		name: "rebalance and hash",
		build: func(env *thalweg.Environment, h *sim.Host, got *[]outcome) {
			dealt := batch.Map(wides(env).Rebalance(), add(1))
			hashed := batch.Map(batch.PartitionByHash(dealt, key), add(1))
			batch.Collect(outcomes(hashed), got)
		},
		want: expect(func(x int64) []int64 { return []int64{x + 2} }),
	},
	{
		name: "split and union",
		build: func(env *thalweg.Environment, h *sim.Host, got *[]outcome) {
			parts := batch.Split(wides(env), 3, func(w wide) int { return int(w.Value % 3) })
			far := batch.Map(parts[1].Rebalance(), add(1000))
			all := batch.Union(parts[0], far, batch.PartitionByHash(parts[2], key), parts[0].Rebalance())
			batch.Collect(outcomes(batch.Map(all, add(0))), got)
		},
		want: expect(func(x int64) []int64 {
			return map[int64][]int64{0: {x, x}, 1: {x + 1000}, 2: {x}}[x%3]
		}),
	},
	{
		name: "diamond of a broadcast set",
		build: func(env *thalweg.Environment, h *sim.Host, got *[]outcome) {
			source := wides(env)
			small := batch.AsBroadcastSet(batch.Map(source, func(w wide) int64 { return w.Value }).Filter(func(x int64) bool { return x < 40 }))
			sums := batch.MapRich(source.Rebalance(), func(ctx *thalweg.Context) (func(wide) wide, error) {
				sum := int64(0)
				for _, x := range small.Rows(ctx) {
					sum += x
				}
				return add(sum), nil
			}).WithBroadcastSet(small)
			batch.Collect(outcomes(sums), got)
		},
		want: expect(func(x int64) []int64 { return []int64{x + 40*39/2} }),
	},
	{
		name: "two sources, each a broadcast set beside the other",
		build: func(env *thalweg.Environment, h *sim.Host, got *[]outcome) {
			a, b := wides(env), wides(env)
			setA, setB := batch.AsBroadcastSet(a), batch.AsBroadcastSet(b)
			batch.Collect(outcomes(batch.Union(
				batch.Map(a, add(1)).WithBroadcastSet(setB),
				batch.Map(b, add(2)).WithBroadcastSet(setA))), got)
		},
		want: expect(func(x int64) []int64 { return []int64{x + 1, x + 2} }),
	},
	{
		name: "slow consumer beside a fast one",
		build: func(env *thalweg.Environment, h *sim.Host, got *[]outcome) {
			source := wides(env)
			fast := batch.Map(source.Rebalance(), add(0))
			late := batch.Map(batch.PartitionByHash(source, key), slow(h))
			batch.Collect(outcomes(batch.Union(fast, late.Rebalance())), got)
		},
		want: expect(func(x int64) []int64 { return []int64{x, x} }),
	},
	{
		name: "broadcast, one subtask and custom",
		build: func(env *thalweg.Environment, h *sim.Host, got *[]outcome) {
			picked := batch.PartitionCustom(wides(env), key, func(k int64, n int) int { return int(k) % n })
			one := batch.Map(batch.Map(picked, slow(h)).Global(), add(1))
			here := batch.MapRich(one.Broadcast(), func(ctx *thalweg.Context) (func(wide) wide, error) {
				return func(w wide) wide { w.Subtask = int64(ctx.Subtask()); return w }, nil
			})
			batch.Collect(outcomes(here.Filter(func(w wide) bool { return w.Subtask == 0 })), got)
		},
		want: expect(func(x int64) []int64 { return []int64{x + 1} }),
	},
	{
		name: "a limit that leaves its producers unread",
		build: func(env *thalweg.Environment, h *sim.Host, got *[]outcome) {
			first := batch.Map(wides(env).Rebalance(), add(0)).First(5)
			count := batch.Map(first, func(wide) outcome { return outcome{1, 1} })
			batch.Collect(count, got)
		},
		want: func() []outcome { return slices.Repeat([]outcome{{1, 1}}, 5) },
	},
}

// simulate runs a scenario on a machine and compares its result.
func simulate(t *testing.T, s scenario, seed uint64, options ...thalweg.Option) *sim.Host {
	t.Helper()
	h := sim.New(seed)
	var got []outcome
	var err error
	simErr := h.Run(func() {
		_, err = thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			s.build(env, h, &got)
			return nil
		}, append(options, thalweg.OnHost(h))...)
	})
	if simErr != nil {
		t.Fatal(simErr)
	}
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	want := s.want()
	order := func(a, b outcome) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value)) }
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if !slices.Equal(got, want) {
		t.Fatalf("seed %d: %d records, not %d, or other ones", seed, len(got), len(want))
	}
	return h
}

// How many runs each scenario has at each parallelism, and where they begin: a
// failure is repeated with -sim.first and its seed.
var (
	seeds = flag.Uint64("sim.seeds", 60, "number of seeds")
	first = flag.Uint64("sim.first", 0, "the first seed")
)

func TestJobsGiveTheirResultUnderEverySchedule(t *testing.T) {
	for _, s := range scenarios {
		for _, parallelism := range []int{1, 2, 3, 7} {
			t.Run(fmt.Sprintf("%s, %d subtasks", s.name, parallelism), func(t *testing.T) {
				t.Parallel()
				for seed := *first; seed < *first+*seeds; seed++ {
					simulate(t, s, seed, thalweg.WithParallelism(parallelism))
					if seed%4 == 0 {
						simulate(t, s, seed, thalweg.WithParallelism(parallelism), thalweg.WithoutChaining())
					}
				}
			})
		}
	}
}

func TestOneSeedIsOneRunOfAJob(t *testing.T) {
	for _, s := range scenarios {
		want := simulate(t, s, 17, thalweg.WithParallelism(3)).Trace()
		for range 20 {
			if got := simulate(t, s, 17, thalweg.WithParallelism(3)).Trace(); got != want {
				t.Fatalf("%s: one seed gave %s and %s", s.name, want, got)
			}
		}
	}
}

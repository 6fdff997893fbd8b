package jobtest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// walk is a number on its way to 1, as in Collatz's conjecture.
type walk struct {
	Start, At int64
	Steps     int64
	Luggage   string
}

func walkAt(w *walk) *int64 { return &w.At }

func stepOf(w walk) walk {
	if w.At%2 == 0 {
		w.At /= 2
	} else {
		w.At = 3*w.At + 1
	}
	w.Steps++
	return w
}

func walks(n int64) (all []walk) {
	for i := range n {
		all = append(all, walk{Start: i + 1, At: i + 1, Luggage: strings.Repeat("x", int(i%50))})
	}
	return all
}

// collatz walks numbers in a loop that sends them to other subtasks in each step, and in
// another one, in which they stay where they are, and half of the steps are calls; in a
// third one there are more and more records.
var collatz = jobtest.Register(&jobtest.Program{
	Name: "loops",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		arrived := func(w walk) bool { return w.At == 1 }
		under := func(w walk) bool { return w.At != 1 }
		text := func(w walk) string { return fmt.Sprint(w.Start, " ", w.Steps, " ", len(w.Luggage)) }
		in := stream.FromSlice(env, walks(500))
		far := stream.Iterate(in, func(all *stream.DataStream[walk]) (back, done *stream.DataStream[walk]) {
			next := stream.Map(stream.PartitionByHash(all.Filter(under), walkAt), stepOf)
			return next.Filter(under), stream.Union(next, all).Filter(arrived)
		})
		jobtest.KeepStream(out, "far", stream.Map(far, text))
		near := stream.Iterate(stream.FromSlice(env, walks(60)), func(all *stream.DataStream[walk]) (back, done *stream.DataStream[walk]) {
			called := stream.Async(all.Filter(under), func(_ context.Context, w walk) (walk, error) { return stepOf(w), nil })
			next := stream.Map(called.Filter(under), stepOf)
			return next.Filter(under), stream.Union(next, all, called).Filter(arrived)
		})
		jobtest.KeepStream(out, "near", stream.Map(near, text))
		leaves := stream.Iterate(stream.FromSlice(env, walks(10)), func(all *stream.DataStream[walk]) (back, done *stream.DataStream[walk]) {
			split := stream.FlatMap(all.Rebalance(), func(w walk, emit func(walk)) {
				for range 2 {
					emit(walk{w.Start, w.At, w.Steps + 1, w.Luggage})
				}
			})
			const depth = 11
			return split.Filter(func(w walk) bool { return w.Steps < depth }), split.Filter(func(w walk) bool { return w.Steps == depth })
		})
		one := stream.KeyByFunc(stream.Map(leaves, func(walk) int64 { return 1 }), func(int64) int { return 0 })
		sum := one.Reduce(func(a, b int64) int64 { return a + b })
		jobtest.KeepStream(out, "leaves", sum.Filter(func(n int64) bool { return n >= 10<<11 }))
		return nil
	},
	Want: func(uint64) map[string][]string {
		want := func(n int64) []string {
			var rows []string
			for _, w := range walks(n) {
				for w.At != 1 {
					w = stepOf(w)
				}
				rows = append(rows, fmt.Sprint(w.Start, " ", w.Steps, " ", len(w.Luggage)))
			}
			return jobtest.Lines(rows)
		}
		return map[string][]string{"far": want(500), "near": want(60), "leaves": {fmt.Sprint(10 << 11)}}
	},
})

func TestLoops(t *testing.T) { jobtest.Check(t, collatz) }

// collected has clicks of event time go round: each user's are counted when event time
// ends, which is when the loop is at rest, and the counts go round once more.
var collected = jobtest.Register(&jobtest.Program{
	Name: "loops with event time",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		counts := stream.Iterate(timedClicks(env, out), func(all *stream.DataStream[click]) (back *stream.DataStream[click], done *stream.DataStream[click]) {
			counted := stream.Process(stream.KeyBy(all, clickUser), func(ctx *stream.KeyedContext[string, click]) (stream.Handler[click], error) {
				clicks := state.NewValue[int64](ctx, "clicks")
				return stream.Handler[click]{
					Record: func(c click) {
						switch {
						case c.ID < 0: // a count: 3 times round
							ctx.Emit(click{c.User, c.Millis, c.ID - 1_000_000})
						case c.ID%3 == 0: // once round
							ctx.Emit(click{c.User, c.Millis, c.ID + 1})
						default:
							clicks.Set(clicks.Get() + 1)
							ctx.SetTimer(time.UnixMilli(1_800_000_000_000))
						}
					},
					Timer: func(time.Time) { ctx.Emit(click{ctx.Key(), 0, -clicks.Get()}) },
				}, nil
			})
			return counted.Filter(func(c click) bool { return c.ID > -3_000_000 }), counted.Filter(func(c click) bool { return c.ID <= -3_000_000 })
		})
		jobtest.KeepStream(out, "counts", stream.Map(counts, func(c click) string { return fmt.Sprint(c.User, -c.ID-3_000_000) }))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		counts := map[string]int64{}
		for _, c := range randomClicks(jobtest.Random(seed), 5000) {
			counts[c.User]++
		}
		var rows []string
		for user, n := range counts {
			rows = append(rows, fmt.Sprint(user, n))
		}
		return map[string][]string{"counts": jobtest.Lines(rows)}
	},
})

func TestLoopsWithEventTime(t *testing.T) { jobtest.Check(t, collected) }

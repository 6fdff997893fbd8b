package step

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// tally is the record of the benchmarks.
type tally[K any] struct {
	Key   K
	Count int64
}

func tallyKey[K any](r *tally[K]) *K       { return &r.Key }
func tallyCount[K any](r *tally[K]) *int64 { return &r.Count }

func tallies[K any](keys []K) []tally[K] {
	rows := make([]tally[K], len(keys))
	for i, k := range keys {
		rows[i] = tally[K]{k, 1}
	}
	return rows
}

func randomInts(n, keys int) []int64 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(r.IntN(keys)) * 7919
	}
	return out
}

// benchmarkSteps runs operators over batches of rows, all keys known, and a loop
// written by hand over a Go map.
func benchmarkSteps[K comparable](b *testing.B, rows []tally[K]) {
	type row = tally[K]
	key, typ := keyOf(b, tallyKey[K]), typeOf[row](b)
	p, err := agg.Compile(agg.Sum(tallyCount[K]))
	if err != nil {
		b.Fatal(err)
	}
	add := Plain(func(a, b row) row { a.Count += b.Count; return a })
	const batch = 512
	run := func(name string, in operator.Collector[row]) {
		b.Run(name, func(b *testing.B) {
			for i := 0; i < len(rows); i += batch {
				if err := in.Collect(rows[i : i+batch]); err != nil {
					b.Fatal(err)
				}
			}
			for i := 0; b.Loop(); i += batch {
				if err := in.Collect(rows[i&(len(rows)-1):][:batch]); err != nil {
					b.Fatal(err)
				}
			}
			perRecord(b, batch)
		})
	}
	b.Run("map", func(b *testing.B) {
		m := map[K]int64{}
		for _, r := range rows {
			m[r.Key] += r.Count
		}
		for i := 0; b.Loop(); i += batch {
			for _, r := range rows[i&(len(rows)-1):][:batch] {
				m[r.Key] += r.Count
			}
		}
		perRecord(b, batch)
	})
	run("aggregate", silent[row, row](b, Aggregate(key, p)))
	run("combine", silent[row, Group[K, agg.Partial[row]]](b, CombineAggregate(key, p)))
	run("reduce", silent[row, row](b, Reduce(key, typ, add)))
	run("rolling", silent[row, row](b, RollingAggregate(key, p)))
	run("distinct", silent[row, row](b, Distinct(key)))
	run("window", silent[row, window.Result[row]](b, WindowAggregate(key, window.Tumbling(1), false, p)))
}

func BenchmarkKeyedWords(b *testing.B) { benchmarkSteps(b, tallies(zipfWords(1<<20, 50_000))) }

func BenchmarkKeyedInts(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkSteps(b, tallies(randomInts(1<<20, n))) })
	}
}

// BenchmarkWordCount is the whole life of a small job: combiner, final, results.
func BenchmarkWordCount(b *testing.B) {
	type row = tally[string]
	rows := tallies(zipfWords(1<<20, 50_000))
	key := keyOf(b, tallyKey[string])
	p, err := agg.Compile(agg.Sum(tallyCount[string]))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("map", func(b *testing.B) {
		for b.Loop() {
			m := map[string]int64{}
			for _, r := range rows {
				m[r.Key] += r.Count
			}
		}
		perRecord(b, len(rows))
	})
	b.Run("combine and final", func(b *testing.B) {
		for b.Loop() {
			final := newRig[Group[string, agg.Partial[row]], row](b, FinalAggregate(key, p))
			combine := newRig[row, Group[string, agg.Partial[row]]](b, CombineAggregate(key, p))
			combine.body.(*combineAggregateStep[row, string, row]).out.out = final.in
			if combine.feed(rows, 512) != nil || combine.finish() != nil || final.finish() != nil {
				b.Fatal("failed")
			}
		}
		perRecord(b, len(rows))
	})
}

func BenchmarkTop(b *testing.B) {
	rows := tallies(randomInts(1<<20, 1<<40))
	in := silent[tally[int64], tally[int64]](b, Top(100, typeOf[tally[int64]](b), func(a, b tally[int64]) int { return cmp.Compare(a.Key, b.Key) }))
	for i := 0; b.Loop(); i += 512 {
		if err := in.Collect(rows[i&(len(rows)-1):][:512]); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b, 512)
}

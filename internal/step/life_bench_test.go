package step

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
)

// BenchmarkLife is the whole life of a keyed operator, from an empty table to its
// results, beside a program written by hand over a Go map. The last number of
// groups takes several GiB.
func BenchmarkLife(b *testing.B) {
	for _, groups := range []int{100, 100_000, 5_000_000, 50_000_000} {
		b.Run(fmt.Sprint(groups), func(b *testing.B) {
			if groups > 5_000_000 && testing.Short() {
				b.Skip("takes several GiB")
			}
			benchmarkLife(b, tallies(randomInts(max(1<<22, 2*groups), groups)))
		})
	}
}

func benchmarkLife(b *testing.B, rows []tally[int64]) {
	type row = tally[int64]
	key := keyOf(b, tallyKey[int64])
	p, err := agg.Compile(agg.Sum(tallyCount[int64]))
	if err != nil {
		b.Fatal(err)
	}
	size := operator.BatchSize[row]()
	b.Run("sum/map", func(b *testing.B) {
		out := &nothing[row]{}
		for b.Loop() {
			m := map[int64]int64{}
			for i := range rows {
				m[rows[i].Key] += rows[i].Count
			}
			e := newEmitter[row](out)
			for k, n := range m {
				if e.add(row{k, n}) != nil {
					b.Fatal("failed")
				}
			}
		}
		perRecord(b, len(rows))
	})
	b.Run("distinct/map", func(b *testing.B) {
		out := &nothing[row]{}
		for b.Loop() {
			m := map[int64]struct{}{}
			e := newEmitter[row](out)
			for i := range rows {
				if _, ok := m[rows[i].Key]; !ok {
					m[rows[i].Key] = struct{}{}
					if e.add(rows[i]) != nil {
						b.Fatal("failed")
					}
				}
			}
		}
		perRecord(b, len(rows))
	})
	life := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
			perRecord(b, len(rows))
		})
	}
	life("sum/aggregate", func() error { return live[row, row](b, Aggregate(key, p), rows, size) })
	life("distinct/distinct", func() error { return live[row, row](b, Distinct(key), rows, size) })
	life("sum/combine and final", func() error {
		final, end := wired[Group[int64, agg.Partial[row]], row](b, FinalAggregate(key, p), &nothing[row]{})
		combine, flush := wired[row](b, CombineAggregate(key, p), final)
		if err := feed(combine, rows, size); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
		return end()
	})
}

// wired returns the input of an opened operator that sends to out, and what ends
// it.
func wired[I, O any](t testing.TB, f operator.Factory, out operator.Collector[O]) (operator.Collector[I], func() error) {
	t.Helper()
	ctx := operator.NewContext(operator.Spec{Job: context.Background(), Host: &handClock{now: time.Unix(0, 0)}})
	inst, err := f(operator.Wiring{Context: ctx, Outputs: []any{out}})
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := inst.Body.(operator.Opener); ok {
		if err := o.Open(); err != nil {
			t.Fatal(err)
		}
	}
	return inst.Inputs[0].(operator.Collector[I]), inst.Body.(operator.Finisher).Finish
}

func feed[I any](in operator.Collector[I], rows []I, batch int) error {
	for i := 0; i < len(rows); i += batch {
		if err := in.Collect(rows[i:min(i+batch, len(rows))]); err != nil {
			return err
		}
	}
	return nil
}

// live feeds rows to a new operator whose output, of type O, is dropped, and ends
// it.
func live[I, O any](t testing.TB, f operator.Factory, rows []I, batch int) error {
	in, end := wired[I, O](t, f, &nothing[O]{})
	if err := feed(in, rows, batch); err != nil {
		return err
	}
	return end()
}

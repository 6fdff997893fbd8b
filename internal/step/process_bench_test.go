package step

import (
	"context"
	"fmt"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/types"
)

// sold is a record of the tests of process operators.
type sold struct {
	Shop  string
	Item  int64
	Price int64
}

// BenchmarkProcess shows what a record costs beside what its function does: with numbers
// and with strings as keys, and with a value, a string and a list as state.
func BenchmarkProcess(b *testing.B) {
	byItem, err := types.KeyOf(func(s *sold) *int64 { return &s.Item })
	if err != nil {
		b.Fatal(err)
	}
	byShop, err := types.KeyOf(func(s *sold) *string { return &s.Shop })
	if err != nil {
		b.Fatal(err)
	}
	b.Run("number/value", func(b *testing.B) {
		benchmarkProcess(b, Process(byItem, func(c *KeyedContext[int64, int64]) (Handler[sold], error) {
			sum := state.NewValue[int64](c, "sum")
			return Handler[sold]{Record: func(s sold) { sum.Set(sum.Get() + s.Price) }}, nil
		}, nil))
	})
	b.Run("string/value", func(b *testing.B) {
		benchmarkProcess(b, Process(byShop, func(c *KeyedContext[string, int64]) (Handler[sold], error) {
			sum := state.NewValue[int64](c, "sum")
			return Handler[sold]{Record: func(s sold) { sum.Set(sum.Get() + s.Price) }}, nil
		}, nil))
	})
	b.Run("number/string", func(b *testing.B) {
		benchmarkProcess(b, Process(byItem, func(c *KeyedContext[int64, int64]) (Handler[sold], error) {
			last := state.NewValue[string](c, "last")
			return Handler[sold]{Record: func(s sold) { last.Set(s.Shop) }}, nil
		}, nil))
	})
	b.Run("number/list", func(b *testing.B) {
		benchmarkProcess(b, Process(byItem, func(c *KeyedContext[int64, int64]) (Handler[sold], error) {
			list := state.NewList[int64](c, "list")
			return Handler[sold]{Record: func(s sold) {
				if list.Len() == 16 {
					list.Clear()
				}
				list.Add(s.Price)
			}}, nil
		}, nil))
	})
}

func benchmarkProcess(b *testing.B, f operator.Factory) {
	const keys, batch = 10_000, 500
	rows := make([]sold, 50*batch)
	for i := range rows {
		n := i * 7919 % keys
		rows[i] = sold{fmt.Sprint("shop ", n), int64(n), int64(i)}
	}
	ctx := operator.NewContext(operator.Spec{Job: context.Background(), Host: host.New(), Parallelism: 1})
	inst, err := f(operator.Wiring{Context: ctx, Outputs: []any{discard[int64]{}}})
	if err != nil {
		b.Fatal(err)
	}
	if err := inst.Body.(operator.Opener).Open(); err != nil {
		b.Fatal(err)
	}
	in := inst.Inputs[0].(operator.Collector[sold])
	for at := 0; at < len(rows); at += batch { // all keys are known then
		if err := in.Collect(rows[at : at+batch]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		at := i % len(rows)
		if err := in.Collect(rows[at : at+batch]); err != nil {
			b.Fatal(err)
		}
	}
}

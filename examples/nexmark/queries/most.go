package queries

import (
	"time"

	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// most passes on, of the records with a key, those with the highest value. of returns
// the value of a record and the end of its window, which is the same for all with a
// key, in milliseconds.
func most[T any, K comparable](k *stream.Keyed[T, K], of func(T) (value, end int64)) *stream.DataStream[T] {
	return stream.Process(k, func(ctx *stream.KeyedContext[K, T]) (stream.Handler[T], error) {
		best := state.NewValue[[]T](ctx, "best")
		return stream.Handler[T]{
			Record: func(record T) {
				value, end := of(record)
				list := best.Get()
				if len(list) == 0 {
					ctx.SetTimer(at(end))
				} else if so, _ := of(list[0]); value < so {
					return
				} else if value > so {
					list = list[:0]
				}
				best.Set(append(list, record))
			},
			Timer: func(end time.Time) {
				for _, record := range best.Get() {
					ctx.EmitAt(record, before(end))
				}
				best.Clear()
			},
		}, nil
	})
}

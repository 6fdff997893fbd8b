package queries

import (
	"cmp"
	"slices"
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// inOrder calls f for the items that are sold at a moment, those of one key together,
// in the order of the moments; items of a moment are in the order of their auctions'
// numbers. so is what f has made of the items before, at first the zero value.
func inOrder[K comparable, S, O any](k *stream.Keyed[rows.WinningBid, K], f func(so *S, sold []rows.WinningBid, emit func(O))) *stream.DataStream[O] {
	return stream.Process(k, func(ctx *stream.KeyedContext[K, O]) (stream.Handler[rows.WinningBid], error) {
		waiting := state.NewValue[[]rows.WinningBid](ctx, "waiting")
		so := state.NewValue[S](ctx, "so")
		return stream.Handler[rows.WinningBid]{
			Record: func(w rows.WinningBid) {
				waiting.Set(append(waiting.Get(), w))
				ctx.SetTimer(at(w.Expires + 1))
			},
			Timer: func(now time.Time) {
				var sold []rows.WinningBid
				keep(waiting, func(w rows.WinningBid) bool {
					due := at(w.Expires + 1).Equal(now)
					if due {
						sold = append(sold, w)
					}
					return !due
				})
				slices.SortFunc(sold, func(a, b rows.WinningBid) int { return cmp.Compare(a.ID, b.ID) })
				value := so.Get()
				f(&value, sold, func(answer O) { ctx.EmitAt(answer, before(now)) })
				so.Set(value)
			},
		}, nil
	})
}

// keep takes values from a list for which f returns false.
func keep[T any](list *state.Value[[]T], f func(T) bool) {
	kept := list.Get()[:0]
	for _, v := range list.Get() {
		if f(v) {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		list.Clear()
		return
	}
	list.Set(kept)
}

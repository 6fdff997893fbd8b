package queries

import (
	"slices"
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

const day = 24 * 60 * 60 * second

// dayOf is what is known of a day that has not ended.
type dayOf[S any] struct {
	Start int64
	So    S
}

// daily takes the bids of each key and day together, with add, from the zero value on,
// and has end emit rows when the day has ended. With merge, what end is given has all
// days before, too: merge puts a day to what there was.
func daily[K comparable, S, O any](k *stream.Keyed[events.Bid, K], add func(*S, events.Bid), merge func(so *S, today S), end func(key K, day string, so *S, emit func(O))) *stream.DataStream[O] {
	return stream.Process(k, func(ctx *stream.KeyedContext[K, O]) (stream.Handler[events.Bid], error) {
		days := state.NewValue[[]dayOf[S]](ctx, "days") // two around midnight if bids come out of order, else one
		ended := state.NewValue[S](ctx, "ended")
		return stream.Handler[events.Bid]{
			Record: func(b events.Bid) {
				start := start(b.Time, day)
				list := days.Get()
				i := slices.IndexFunc(list, func(d dayOf[S]) bool { return d.Start == start })
				if i < 0 {
					i = len(list)
					list = append(list, dayOf[S]{Start: start})
					days.Set(list)
					ctx.SetTimer(at(start + day))
				}
				add(&list[i].So, b)
			},
			Timer: func(now time.Time) {
				keep(days, func(d dayOf[S]) bool {
					if !at(d.Start + day).Equal(now) {
						return true
					}
					so := d.So
					if merge != nil {
						all := ended.Get()
						merge(&all, d.So)
						ended.Set(all)
						so = all
					}
					end(ctx.Key(), at(d.Start).Format(time.DateOnly), &so, func(answer O) { ctx.EmitAt(answer, before(now)) })
					return false
				})
			},
		}, nil
	})
}

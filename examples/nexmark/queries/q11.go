package queries

import (
	"slices"
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// Q11 counts the bids in the sessions of bidders.
//
// A bidder has a list of sessions, in order, which is longer than one only while bids
// come out of order. A bid joins the sessions it is near to.
func Q11(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Session] {
	return stream.Process(stream.KeyBy(bidsOf(all), bidder), func(ctx *stream.KeyedContext[int64, rows.Session]) (stream.Handler[events.Bid], error) {
		sessions := state.NewValue[[]rows.Session](ctx, "sessions")
		return stream.Handler[events.Bid]{
			Record: func(b events.Bid) {
				joined := rows.Session{Bidder: b.Bidder, Bids: 1, Start: b.Time, End: b.Time + tenSeconds}
				list := sessions.Get()
				first := 0
				for first < len(list) && list[first].End < joined.Start {
					first++
				}
				last := first
				for ; last < len(list) && list[last].Start <= joined.End; last++ {
					near := list[last]
					joined.Bids += near.Bids
					joined.Start, joined.End = min(joined.Start, near.Start), max(joined.End, near.End)
					ctx.DeleteTimer(at(near.End + 1))
				}
				sessions.Set(slices.Replace(list, first, last, joined))
				ctx.SetTimer(at(joined.End + 1))
			},
			Timer: func(now time.Time) {
				keep(sessions, func(s rows.Session) bool {
					over := at(s.End + 1).Equal(now)
					if over {
						ctx.EmitAt(s, before(now))
					}
					return !over
				})
			},
		}, nil
	})
}

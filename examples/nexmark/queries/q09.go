package queries

import (
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// Q9 joins auctions with their highest bids when they close.
//
// Bids that come before their auction are kept until event time has passed them: if
// the auction has not come by then, it was opened later, or is closed.
func Q9(all *stream.DataStream[events.Event]) *stream.DataStream[rows.WinningBid] {
	auctions := stream.KeyBy(auctionsOf(all), id)
	bids := stream.KeyBy(bidsOf(all), auction)

	return stream.CoProcess(auctions, bids, func(ctx *stream.KeyedContext[int64, rows.WinningBid]) (stream.Handler2[events.Auction, events.Bid], error) {
		open := state.NewValue[events.Auction](ctx, "auction")
		highest := state.NewValue[events.Bid](ctx, "highest")
		early := state.NewValue[[]events.Bid](ctx, "early")
		offer := func(a events.Auction, b events.Bid) {
			if b.Time < a.Time || b.Time > a.Expires {
				return
			}
			if h, ok := highest.Lookup(); !ok || higher(b, h) < 0 {
				highest.Set(b)
			}
		}
		return stream.Handler2[events.Auction, events.Bid]{
			First: func(a events.Auction) {
				open.Set(a)
				for _, b := range early.Get() {
					offer(a, b)
				}
				early.Clear()
				ctx.SetTimer(at(a.Expires + 1))
			},
			Second: func(b events.Bid) {
				if a, ok := open.Lookup(); ok {
					offer(a, b)
					return
				}
				early.Set(append(early.Get(), b))
				ctx.SetTimer(at(b.Time + 1))
			},
			Timer: func(now time.Time) {
				a, ok := open.Lookup()
				switch {
				case !ok:
					keep(early, func(b events.Bid) bool { return at(b.Time + 1).After(now) })
				case now.Equal(at(a.Expires + 1)):
					if b, ok := highest.Lookup(); ok {
						ctx.EmitAt(rows.WinningBid{Auction: a, Of: a.ID, Bidder: b.Bidder, Price: b.Price, BidTime: b.Time, BidExtra: b.Extra}, before(now))
					}
					open.Clear()
					highest.Clear()
				}
			},
		}, nil
	})
}

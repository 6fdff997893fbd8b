package queries

import (
	"cmp"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q18 finds the last bid of each bidder for each auction.
func Q18(all *stream.DataStream[events.Event]) *stream.DataStream[rows.LastBid] {
	type key struct{ Bidder, Auction int64 }
	type last struct {
		Bid  events.Bid
		Some bool
	}
	add := func(l *last, b events.Bid) {
		if !l.Some || later(b, l.Bid) < 0 {
			*l = last{b, true}
		}
	}
	keyed := stream.KeyByFunc(bidsOf(all), func(b events.Bid) key { return key{b.Bidder, b.Auction} })
	return daily(keyed, add, func(l *last, today last) { add(l, today.Bid) }, func(_ key, day string, l *last, emit func(rows.LastBid)) {
		emit(rows.LastBid{Bid: l.Bid, Day: day})
	})
}

// later orders bids of one bidder for one auction, the last one first.
func later(a, b events.Bid) int {
	return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(b.Price, a.Price), cmp.Compare(a.Extra, b.Extra))
}

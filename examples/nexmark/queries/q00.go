package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q0 passes bids on.
func Q0(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Bid] {
	return stream.Map(bidsOf(all), plain)
}

func plain(b events.Bid) rows.Bid {
	return rows.Bid{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Time: b.Time, Extra: b.Extra}
}

package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q1 converts the prices of bids.
func Q1(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Euro] {
	return stream.Map(bidsOf(all), func(b events.Bid) rows.Euro {
		return rows.Euro{Auction: b.Auction, Bidder: b.Bidder, Price: euros(b.Price), Time: b.Time, Extra: b.Extra}
	})
}

package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q2 selects bids for some auctions.
func Q2(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Selected] {
	some := bidsOf(all).Filter(func(b events.Bid) bool { return b.Auction%123 == 0 })
	return stream.Map(some, func(b events.Bid) rows.Selected { return rows.Selected{Auction: b.Auction, Price: b.Price} })
}

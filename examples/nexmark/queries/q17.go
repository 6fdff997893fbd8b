package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q17 reports on the bids of each day and auction.
func Q17(all *stream.DataStream[events.Event]) *stream.DataStream[rows.AuctionDay] {
	add := func(d *rows.AuctionDay, b events.Bid) {
		if d.Total == 0 {
			d.Min = b.Price
		}
		d.Total++
		switch level(b.Price) {
		case 1:
			d.Rank1++
		case 2:
			d.Rank2++
		case 3:
			d.Rank3++
		}
		d.Min, d.Max, d.Sum = min(d.Min, b.Price), max(d.Max, b.Price), d.Sum+b.Price
	}
	return daily(stream.KeyBy(bidsOf(all), auction), add, nil, func(auction int64, day string, d *rows.AuctionDay, emit func(rows.AuctionDay)) {
		d.Auction, d.Day, d.Average = auction, day, d.Sum/d.Total
		emit(*d)
	})
}

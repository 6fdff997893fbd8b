package queries

import (
	"strings"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q14 computes of some bids what can be computed of a bid.
func Q14(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Calculated] {
	return stream.FlatMap(bidsOf(all), func(b events.Bid, emit func(rows.Calculated)) {
		price := euros(b.Price)
		if price <= 1_000_000_000 || price >= 50_000_000_000 {
			return
		}
		emit(rows.Calculated{
			Auction: b.Auction, Bidder: b.Bidder, Price: price, TimeType: timeType(b.Time), Time: b.Time,
			Extra: b.Extra, Counts: int64(strings.Count(b.Extra, "c")),
		})
	})
}

func timeType(t int64) string {
	switch hour := at(t).Hour(); {
	case hour == 7 || hour == 19:
		return "otherTime"
	case hour > 7 && hour < 19:
		return "dayTime"
	}
	return "nightTime"
}

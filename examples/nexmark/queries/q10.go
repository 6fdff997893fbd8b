package queries

import (
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q10 logs bids with what files of them are divided by.
func Q10(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Logged] {
	return stream.Map(bidsOf(all), func(b events.Bid) rows.Logged {
		return rows.Logged{
			Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Time: b.Time, Extra: b.Extra,
			Day: at(b.Time).Format(time.DateOnly), Minute: minuteOf(b.Time),
		}
	})
}

func minuteOf(t int64) string { return at(t).Format("15:04") }

package queries

import (
	"strings"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q22 takes a bid's URL apart.
func Q22(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Directories] {
	return stream.Map(bidsOf(all), func(b events.Bid) rows.Directories {
		d := rows.Directories{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Channel: b.Channel}
		part := 0
		for text := range strings.SplitSeq(b.URL, "/") {
			switch part {
			case 3:
				d.Dir1 = text
			case 4:
				d.Dir2 = text
			case 5:
				d.Dir3 = text
			}
			part++
		}
		return d
	})
}

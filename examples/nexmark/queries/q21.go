package queries

import (
	"strings"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q21 adds the number of its channel to a bid.
func Q21(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Identified] {
	return stream.FlatMap(bidsOf(all), func(b events.Bid, emit func(rows.Identified)) {
		if id, ok := channelID(b); ok {
			emit(rows.Identified{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Channel: b.Channel, ChannelID: id})
		}
	})
}

func channelID(b events.Bid) (id string, ok bool) {
	switch strings.ToLower(b.Channel) {
	case "apple":
		return "0", true
	case "google":
		return "1", true
	case "facebook":
		return "2", true
	case "baidu":
		return "3", true
	}
	_, rest, ok := strings.Cut(b.URL, "&channel_id=")
	id, _, _ = strings.Cut(rest, "&")
	return id, ok
}

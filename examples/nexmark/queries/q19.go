package queries

import (
	"slices"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// ranks is how many bids of an auction are shown.
const ranks = 10

// Q19 finds the highest bids for each auction.
func Q19(all *stream.DataStream[events.Event]) *stream.DataStream[rows.TopBid] {
	type top struct{ Bids []events.Bid } // the highest first
	add := func(t *top, b events.Bid) {
		i, _ := slices.BinarySearchFunc(t.Bids, b, higher)
		if i < ranks {
			t.Bids = slices.Insert(t.Bids[:min(len(t.Bids), ranks-1)], i, b)
		}
	}
	merge := func(t *top, today top) {
		for _, b := range today.Bids {
			add(t, b)
		}
	}
	return daily(stream.KeyBy(bidsOf(all), auction), add, merge, func(_ int64, day string, t *top, emit func(rows.TopBid)) {
		for i, b := range t.Bids {
			emit(rows.TopBid{Bid: b, Rank: int64(i + 1), Day: day})
		}
	})
}

package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
)

// report is what bids amount to: how many they are, and by whom and for what they were
// made, for each level of price.
type report struct {
	Last              int64 // the time of the last bid
	Bids              rows.Levels
	Bidders, Auctions map[int64]uint8 // at which levels there were some: bit 1 to 3
}

// level is how high a price is: 1 to 3.
func level(price int64) int {
	switch {
	case price < 10_000:
		return 1
	case price < 1_000_000:
		return 2
	}
	return 3
}

func (r *report) add(b events.Bid) {
	if r.Bidders == nil {
		r.Bidders, r.Auctions = map[int64]uint8{}, map[int64]uint8{}
	}
	r.Last = max(r.Last, b.Time)
	at := uint8(1) << level(b.Price)
	count(&r.Bids, at)
	r.Bidders[b.Bidder] |= at
	r.Auctions[b.Auction] |= at
}

// count counts something that is at the levels whose bits are set.
func count(l *rows.Levels, levels uint8) {
	l.Total++
	l.Rank1 += int64(levels >> 1 & 1)
	l.Rank2 += int64(levels >> 2 & 1)
	l.Rank3 += int64(levels >> 3 & 1)
}

func (r *report) statistics() rows.Statistics {
	return rows.StatisticsOf(r.Bids, levelsOf(r.Bidders), levelsOf(r.Auctions))
}

func levelsOf(some map[int64]uint8) (l rows.Levels) {
	for _, levels := range some {
		count(&l, levels)
	}
	return l
}

package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q7 finds the highest bids of each window: first those for each auction, in all
// subtasks, then those of all.
func Q7(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Bid] {
	type key struct{ Auction, Start int64 }
	price := func(b rows.Bid) (price, end int64) { return b.Price, start(b.Time, tenSeconds) + tenSeconds }

	ofAuctions := most(stream.KeyByFunc(Q0(all), func(b rows.Bid) key { return key{b.Auction, start(b.Time, tenSeconds)} }), price)
	return most(stream.KeyByFunc(ofAuctions, func(b rows.Bid) int64 { return start(b.Time, tenSeconds) }), price)
}

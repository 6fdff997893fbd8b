package queries

import (
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// Q5 finds the auctions with the most bids: it counts each auction's in windows, and
// then compares the counts of a window.
func Q5(all *stream.DataStream[events.Event]) *stream.DataStream[rows.HotItem] {
	items := stream.Map(bidsOf(all), func(b events.Bid) rows.HotItem { return rows.HotItem{Auction: b.Auction} })
	counts := stream.KeyBy(items, func(i *rows.HotItem) *int64 { return &i.Auction }).
		Window(window.Sliding(10*time.Second, 2*time.Second)).
		Aggregate(agg.Count(func(i *rows.HotItem) *int64 { return &i.Num }))
	dated := stream.Map(counts, func(r window.Result[rows.HotItem]) rows.HotItem {
		r.Value.End = r.End.UnixMilli()
		return r.Value
	})
	end := func(i *rows.HotItem) *int64 { return &i.End }

	return most(stream.KeyBy(dated, end), func(i rows.HotItem) (num, end int64) { return i.Num, i.End })
}

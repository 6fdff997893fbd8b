package queries

import (
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// Q11 counts the bids in the sessions of bidders.
func Q11(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Session] {
	return countBids(bidders(all).Window(window.Session(10 * time.Second)))
}

// bidders are bids of which only the bidder matters.
func bidders(all *stream.DataStream[events.Event]) *stream.Keyed[rows.Session, int64] {
	bids := stream.Map(bidsOf(all), func(b events.Bid) rows.Session { return rows.Session{Bidder: b.Bidder} })
	return stream.KeyBy(bids, func(s *rows.Session) *int64 { return &s.Bidder })
}

// countBids counts the bids of each bidder in windows.
func countBids(bids *stream.Windowed[rows.Session, int64]) *stream.DataStream[rows.Session] {
	counts := bids.Aggregate(agg.Count(func(s *rows.Session) *int64 { return &s.Bids }))
	return stream.Map(counts, func(r window.Result[rows.Session]) rows.Session {
		s := r.Value
		s.Start, s.End = r.Start.UnixMilli(), r.End.UnixMilli()
		return s
	})
}

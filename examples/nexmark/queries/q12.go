package queries

import (
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// Q12 counts the bids of bidders in windows of the engine's clock.
func Q12(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Session] {
	bids := stream.Map(bidsOf(all), func(b events.Bid) rows.Session { return rows.Session{Bidder: b.Bidder} })
	counts := stream.KeyBy(bids, func(s *rows.Session) *int64 { return &s.Bidder }).
		Window(window.Tumbling(10 * time.Second)).ByClock().
		Aggregate(agg.Count(func(s *rows.Session) *int64 { return &s.Bids }))

	return stream.Map(counts, func(r window.Result[rows.Session]) rows.Session {
		s := r.Value
		s.Start, s.End = r.Start.UnixMilli(), r.End.UnixMilli()
		return s
	})
}

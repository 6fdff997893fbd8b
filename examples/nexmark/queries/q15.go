package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q15 reports on the bids of each day.
func Q15(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Day] {
	everything := stream.KeyByFunc(bidsOf(all), func(events.Bid) bool { return true })

	return daily(everything, (*report).add, nil, func(_ bool, day string, r *report, emit func(rows.Day)) {
		emit(rows.Day{Day: day, Statistics: r.statistics()})
	})
}

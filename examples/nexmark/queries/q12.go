package queries

import (
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// Q12 counts the bids of bidders in windows of the engine's clock.
func Q12(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Session] {
	return countBids(bidders(all).Window(window.Tumbling(10 * time.Second)).ByClock())
}

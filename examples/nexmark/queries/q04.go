package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// Q4 averages the prices of the items that are sold, by category.
func Q4(all *stream.DataStream[events.Event]) *stream.DataStream[rows.CategoryAverage] {
	type average struct{ Sum, Items int64 }
	category := func(w *rows.WinningBid) *int64 { return &w.Category }

	return inOrder(stream.KeyBy(Q9(all), category), func(so *average, sold []rows.WinningBid, emit func(rows.CategoryAverage)) {
		for _, w := range sold {
			so.Sum += w.Price
			so.Items++
		}
		emit(rows.CategoryAverage{ID: sold[0].Category, Final: so.Sum / so.Items, Time: sold[0].Expires})
	})
}

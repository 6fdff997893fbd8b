package queries

import (
	"slices"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// lastItems is how many items of a seller count.
const lastItems = 10

// Q6 averages the prices of the last items that each seller has sold.
func Q6(all *stream.DataStream[events.Event]) *stream.DataStream[rows.SellerAverage] {
	seller := func(w *rows.WinningBid) *int64 { return &w.Seller }

	return inOrder(stream.KeyBy(Q9(all), seller), func(prices *[]int64, sold []rows.WinningBid, emit func(rows.SellerAverage)) {
		for _, w := range sold {
			*prices = append(*prices, w.Price)
			if len(*prices) > lastItems {
				*prices = slices.Delete(*prices, 0, 1)
			}
			var sum int64
			for _, p := range *prices {
				sum += p
			}
			emit(rows.SellerAverage{Seller: w.Seller, Average: sum / int64(len(*prices)), Auction: w.ID, Time: w.Expires})
		}
	})
}

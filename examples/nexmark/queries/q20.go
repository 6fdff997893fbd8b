package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// Q20 joins bids with their auctions, of category 10.
//
// Bids that come before their auction wait for it. Of auctions in other categories no
// more is remembered than that they have come.
func Q20(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Expanded] {
	auctions := stream.KeyBy(auctionsOf(all), id)
	bids := stream.KeyBy(bidsOf(all), auction)

	return stream.CoProcess(auctions, bids, func(ctx *stream.KeyedContext[int64, rows.Expanded]) (stream.Handler2[events.Auction, events.Bid], error) {
		known := state.NewValue[events.Auction](ctx, "auction")
		early := state.NewValue[[]events.Bid](ctx, "early")
		emit := func(a events.Auction, b events.Bid) {
			if a.Category == 10 {
				ctx.Emit(expand(a, b))
			}
		}
		return stream.Handler2[events.Auction, events.Bid]{
			First: func(a events.Auction) {
				if a.Category != 10 {
					a = events.Auction{}
				}
				known.Set(a)
				for _, b := range early.Get() {
					emit(a, b)
				}
				early.Clear()
			},
			Second: func(b events.Bid) {
				if a, ok := known.Lookup(); ok {
					emit(a, b)
					return
				}
				early.Set(append(early.Get(), b))
			},
		}, nil
	})
}

func expand(a events.Auction, b events.Bid) rows.Expanded {
	return rows.Expanded{
		Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Channel: b.Channel, URL: b.URL, BidTime: b.Time, BidExtra: b.Extra,
		Item: a.Item, Description: a.Description, InitialBid: a.InitialBid, Reserve: a.Reserve, AuctionTime: a.Time,
		Expires: a.Expires, Seller: a.Seller, Category: a.Category, AuctionExtra: a.Extra,
	}
}

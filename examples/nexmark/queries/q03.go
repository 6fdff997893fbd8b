package queries

import (
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// Q3 joins people with their auctions: who sells in category 10 in three states?
//
// A person comes once, perhaps after the first auctions. Of people elsewhere no more
// than that is remembered.
func Q3(all *stream.DataStream[events.Event]) *stream.DataStream[rows.Suggestion] {
	people := stream.KeyBy(peopleOf(all), person)
	auctions := stream.KeyBy(auctionsOf(all).Filter(func(a events.Auction) bool { return a.Category == 10 }), seller)

	return stream.CoProcess(people, auctions, func(ctx *stream.KeyedContext[int64, rows.Suggestion]) (stream.Handler2[events.Person, events.Auction], error) {
		known := state.NewValue[rows.Suggestion](ctx, "person") // without an ID
		early := state.NewValue[[]int64](ctx, "auctions")
		return stream.Handler2[events.Person, events.Auction]{
			First: func(p events.Person) {
				s := rows.Suggestion{}
				if p.State == "OR" || p.State == "ID" || p.State == "CA" {
					s = rows.Suggestion{Name: p.Name, City: p.City, State: p.State}
					for _, s.ID = range early.Get() {
						ctx.Emit(s)
					}
				}
				known.Set(s)
				early.Clear()
			},
			Second: func(a events.Auction) {
				s, ok := known.Lookup()
				s.ID = a.ID
				switch {
				case !ok:
					early.Set(append(early.Get(), a.ID))
				case s.State != "":
					ctx.Emit(s)
				}
			},
		}, nil
	})
}

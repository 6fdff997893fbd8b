package queries

import (
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// Q8 joins people who have just come with the auctions they have opened in the same
// window.
func Q8(all *stream.DataStream[events.Event]) *stream.DataStream[rows.NewUser] {
	type key struct{ Person, Start int64 }
	people := stream.KeyByFunc(peopleOf(all), func(p events.Person) key { return key{p.ID, start(p.Time, tenSeconds)} })
	auctions := stream.KeyByFunc(auctionsOf(all), func(a events.Auction) key { return key{a.Seller, start(a.Time, tenSeconds)} })

	return stream.CoProcess(people, auctions, func(ctx *stream.KeyedContext[key, rows.NewUser]) (stream.Handler2[events.Person, events.Auction], error) {
		name := state.NewValue[string](ctx, "name")
		sells := state.NewValue[bool](ctx, "sells")
		end := func() time.Time { return at(ctx.Key().Start + tenSeconds) }
		return stream.Handler2[events.Person, events.Auction]{
			First: func(p events.Person) {
				name.Set(p.Name)
				ctx.SetTimer(end())
			},
			Second: func(events.Auction) {
				sells.Set(true)
				ctx.SetTimer(end())
			},
			Timer: func(end time.Time) {
				if name, ok := name.Lookup(); ok && sells.Get() {
					ctx.EmitAt(rows.NewUser{ID: ctx.Key().Person, Name: name, Start: ctx.Key().Start}, before(end))
				}
				name.Clear()
				sells.Clear()
			},
		}, nil
	})
}

package queries

import (
	"strconv"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// side is a row of the table that bids are joined with.
type side struct {
	Key   int64
	Value string
}

func sideTable() []side {
	table := make([]side, rows.SideRows)
	for i := range table {
		table[i] = side{int64(i), strconv.Itoa(i)}
	}
	return table
}

// Q13 joins bids with a table that has an end. Bids that come before their row wait.
func Q13(env *thalweg.Environment, all *stream.DataStream[events.Event]) *stream.DataStream[rows.Enriched] {
	table := stream.KeyBy(stream.FromSlice(env, sideTable()).Named("side table"), func(s *side) *int64 { return &s.Key })
	bids := stream.KeyByFunc(bidsOf(all), func(b events.Bid) int64 { return b.Auction % rows.SideRows })

	return stream.CoProcess(table, bids, func(ctx *stream.KeyedContext[int64, rows.Enriched]) (stream.Handler2[side, events.Bid], error) {
		value := state.NewValue[string](ctx, "value")
		early := state.NewValue[[]events.Bid](ctx, "early")
		emit := func(b events.Bid, value string) {
			ctx.Emit(rows.Enriched{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Time: b.Time, Value: value})
		}
		return stream.Handler2[side, events.Bid]{
			First: func(s side) {
				value.Set(s.Value)
				for _, b := range early.Get() {
					emit(b, s.Value)
				}
				early.Clear()
			},
			Second: func(b events.Bid) {
				if v, ok := value.Lookup(); ok {
					emit(b, v)
					return
				}
				early.Set(append(early.Get(), b))
			},
		}, nil
	})
}

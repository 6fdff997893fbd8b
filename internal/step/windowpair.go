package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// Either is a record of one of two inputs: the other is nil.
type Either[A, B any] struct {
	First  *A
	Second *B
}

// CoFiring is what a window of two streams gives to a function: its key, and the records
// it has of each, or has got since its last firing if a firing takes them away, in the
// order of their coming. Records belong to the window.
type CoFiring[A, B, K any] struct {
	Key    K
	First  []A
	Second []B
	window.Window
	window.Pane
}

// bothSides is the contents of a window of two streams.
type bothSides[A, B any] struct {
	First  []A
	Second []B
}

// TriggeredCoGroup gives the records of both inputs of each key and firing of a window to
// a function; see triggered. Both are divided by the same keys. Outputs 1 and 2 have the
// records of the first and the second input that no window takes.
func TriggeredCoGroup[A, B any, K comparable, O any](first *types.Key[A, K], second *types.Key[B, K], windows Windows[Either[A, B]], rows1 *types.Type[A], rows2 *types.Type[B], open Open[func(CoFiring[A, B, K], func(O))]) operator.Factory {
	type both = bothSides[A, B]
	opened := func(ctx *operator.Context) (contents[Either[A, B], K, both, O], error) {
		f, err := open(ctx)
		arena := &types.Arena{}
		return contents[Either[A, B], K, both, O]{
			put: func(a *both, r *Either[A, B], _ int64) int {
				if r.First != nil {
					return keepRow(&a.First, r.First, rows1, arena)
				}
				return keepRow(&a.Second, r.Second, rows2, arena)
			},
			join: func(a, from *both) {
				a.First = append(a.First, from.First...)
				a.Second = append(a.Second, from.Second...)
			},
			fire: func(key *K, fired windowing.Fired[both], emit func(O)) {
				f(CoFiring[A, B, K]{
					Key: *key, First: fired.Value.First, Second: fired.Value.Second, Window: WindowOf(fired.Span), Pane: fired.Pane,
				}, emit)
			},
		}, err
	}
	return func(w operator.Wiring) (operator.Instance, error) {
		s := newTriggered(w, first.Type(), windows, opened)
		var either Either[A, B]
		one := newTriggeredInput(s, w, 0, first, func(row *A) *Either[A, B] {
			either = Either[A, B]{First: row}
			return &either
		})
		two := newTriggeredInput(s, w, 1, second, func(row *B) *Either[A, B] {
			either = Either[A, B]{Second: row}
			return &either
		})
		return operator.Instance{Inputs: []any{sieved(w, 0, first, one), sieved(w, 1, second, two)}, Body: s}, nil
	}
}

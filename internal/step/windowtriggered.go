package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// TriggeredAggregate computes a program for each key and firing of a window; see
// triggered. Of a window without records nothing comes.
func TriggeredAggregate[T any, K comparable, R any](key *types.Key[T, K], windows Windows[T], p *agg.Program[T, R]) operator.Factory {
	type state = aggregated[R]
	return triggered(key, windows, func(*operator.Context) (contents[T, K, state, window.Result[R]], error) {
		// The program works on slices; these hold one of everything.
		var (
			arena   = &types.Arena{}
			one     = make([]agg.Partial[R], 1)
			other   = make([]agg.Partial[R], 1)
			beside  = weighing(p.Rows())
			row     = make([]T, 1)
			nothing = make([]int32, 1)
		)
		return contents[T, K, state, window.Result[R]]{
			put: func(a *state, r *T, _ int64) int {
				row[0] = *r
				before := beside(&a.Partial.Row)
				if !a.Some {
					a.Some = true
					p.Start(&a.Partial, r, arena)
				}
				one[0] = a.Partial
				p.Update(one, nothing, row, arena)
				a.Partial = one[0]
				return beside(&a.Partial.Row) - before
			},
			join: func(a, from *state) {
				if !from.Some {
					return
				}
				if !a.Some {
					a.Some = true
					p.Restart(&a.Partial, &from.Partial, arena)
				}
				one[0], other[0] = a.Partial, from.Partial
				p.Merge(one, nothing, other, arena)
				a.Partial = one[0]
			},
			fire: func(_ *K, f windowing.Fired[state], emit func(window.Result[R])) {
				if f.Value.Some {
					one[0] = f.Value.Partial
					p.Finish(one)
					emit(window.Result[R]{Window: WindowOf(f.Span), Value: one[0].Row})
				}
			},
		}, nil
	})
}

// aggregated is the contents of a window that is aggregated.
type aggregated[R any] struct {
	Some    bool
	Partial agg.Partial[R]
}

// TriggeredReduce joins the records of each key and firing of a window into one; see
// triggered. Of a window without records nothing comes.
func TriggeredReduce[T any, K comparable](key *types.Key[T, K], windows Windows[T], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	type state = reduced[T]
	return triggered(key, windows, func(ctx *operator.Context) (contents[T, K, state, window.Result[T]], error) {
		f, err := open(ctx)
		arena, beside := &types.Arena{}, weighing(rows)
		add := func(a *state, row T) {
			if a.Some {
				row = f(a.Row, row)
			}
			a.Row, a.Some = row, true
			rows.Detach(&a.Row, arena)
		}
		return contents[T, K, state, window.Result[T]]{
			put: func(a *state, r *T, _ int64) int {
				before := beside(&a.Row)
				add(a, *r)
				return beside(&a.Row) - before
			},
			join: func(a, from *state) {
				if from.Some {
					add(a, from.Row)
				}
			},
			fire: func(_ *K, f windowing.Fired[state], emit func(window.Result[T])) {
				if f.Value.Some {
					emit(window.Result[T]{Window: WindowOf(f.Span), Value: f.Value.Row})
				}
			},
		}, err
	})
}

// reduced is the contents of a window that is reduced.
type reduced[T any] struct {
	Some bool
	Row  T
}

// Firing is what a window gives to a function: its key, and the records it has, or has
// got since its last firing if a firing takes them away, in the order of their coming.
// Rows belong to the window.
type Firing[T, K any] struct {
	Key  K
	Rows []T
	window.Window
	window.Pane
}

// TriggeredProcess gives the records of each key and firing of a window to a function;
// see triggered.
func TriggeredProcess[T any, K comparable, O any](key *types.Key[T, K], windows Windows[T], rows *types.Type[T], open Open[func(Firing[T, K], func(O))]) operator.Factory {
	return triggered(key, windows, func(ctx *operator.Context) (contents[T, K, []T, O], error) {
		f, err := open(ctx)
		arena := &types.Arena{}
		return contents[T, K, []T, O]{
			put:  func(a *[]T, r *T, _ int64) int { return keepRow(a, r, rows, arena) },
			join: func(a, from *[]T) { *a = append(*a, *from...) },
			fire: func(key *K, fired windowing.Fired[[]T], emit func(O)) {
				f(Firing[T, K]{Key: *key, Rows: *fired.Value, Window: WindowOf(fired.Span), Pane: fired.Pane}, emit)
			},
		}, err
	})
}

// TriggeredEviction is TriggeredProcess of windows that let records go before a firing, and
// after it.
func TriggeredEviction[T any, K comparable, O any](key *types.Key[T, K], windows Windows[T], rows *types.Type[T], before, after []windowing.Policy[T], open Open[func(Firing[T, K], func(O))]) operator.Factory {
	type state = timedRows[T]
	return triggered(key, windows, func(ctx *operator.Context) (contents[T, K, state, O], error) {
		f, err := open(ctx)
		arena := &types.Arena{}
		return contents[T, K, state, O]{
			put: func(a *state, r *T, at int64) int {
				a.Times = append(a.Times, at)
				return keepRow(&a.Rows, r, rows, arena) + 8
			},
			shrinks: len(before)+len(after) > 0,
			join:    func(a, from *state) { a.Rows, a.Times = append(a.Rows, from.Rows...), append(a.Times, from.Times...) },
			fire: func(key *K, fired windowing.Fired[state], emit func(O)) {
				a := fired.Value
				a.evict(before)
				f(Firing[T, K]{Key: *key, Rows: a.Rows, Window: WindowOf(fired.Span), Pane: fired.Pane}, emit)
				a.evict(after)
			},
		}, err
	})
}

// timedRows is the contents of a window that lets records go.
type timedRows[T any] struct {
	Rows  []T
	Times []int64
}

// evict takes rows away. The user may have kept those that were fired.
func (a *timedRows[T]) evict(list []windowing.Policy[T]) {
	if len(list) > 0 {
		a.Rows, a.Times = windowing.Evict(list, append([]T(nil), a.Rows...), a.Times)
	}
}

// AggregateRows makes a function that computes a program for all records of a firing; of
// none it makes nothing.
func AggregateRows[T, R any](p *agg.Program[T, R]) func(rows []T, emit func(R)) {
	return func(rows []T, emit func(R)) {
		if len(rows) > 0 {
			state, arena := make([]agg.Partial[R], 1), &types.Arena{}
			p.Start(&state[0], &rows[0], arena)
			p.Update(state, make([]int32, len(rows)), rows, arena)
			p.Finish(state)
			emit(state[0].Row)
		}
	}
}

// weighing returns what says how many bytes a row refers to.
func weighing[T any](t *types.Type[T]) func(*T) int {
	if !t.HasPointers() {
		return func(*T) int { return 0 }
	}
	return t.Held
}

// keepRow appends a row, which gets memory of its own, and returns how many bytes that took.
func keepRow[T any](to *[]T, row *T, t *types.Type[T], arena *types.Arena) int {
	before := cap(*to)
	*to = append(*to, *row)
	kept := &(*to)[len(*to)-1]
	n := (cap(*to) - before) * types.SizeOf[T]()
	if t.HasPointers() {
		t.Detach(kept, arena)
		n += t.Held(kept)
	}
	return n
}

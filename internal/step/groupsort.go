package step

import (
	"errors"
	"io"
	"iter"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// Reducer makes any number of results of the records of a group, which it may go
// through once, or in part.
type Reducer[T, O any] func(records iter.Seq[T], emit func(O))

// ReduceGroup sorts bounded input, which is divided by key, by key and then in an
// order of the user's, and calls a function for each group.
func ReduceGroup[T any, K comparable, O any](rows *types.Type[T], key *types.Key[T, K], within []outofcore.Order[T], open Open[Reducer[T, O]]) operator.Factory {
	order := groupOrder(key, within)
	return func(w operator.Wiring) (operator.Instance, error) {
		out := heldEmitterOf[O](w, 0)
		return oneSieved(w, key, &reduceGroupStep[T, K, O]{
			sortStep:     newSortStep(w.Context, w.Context.Memory(), rows, order),
			lateFunction: lateFunction[Reducer[T, O]]{make: open},
			key:          key, out: out,
		}), nil
	}
}

// groupOrder puts the records of a group side by side.
func groupOrder[T, K any](key *types.Key[T, K], within []outofcore.Order[T]) outofcore.Order[T] {
	return outofcore.Then(append([]outofcore.Order[T]{outofcore.By(key, false)}, within...)...)
}

type reduceGroupStep[T any, K comparable, O any] struct {
	sortStep[T]
	lateFunction[Reducer[T, O]]
	key *types.Key[T, K]
	out *emitter[O]
}

func (s *reduceGroupStep[T, K, O]) Open() error { return s.openWith(s.ctx) }

func (s *reduceGroupStep[T, K, O]) Finish() error {
	if err := s.sort(); err != nil {
		return err
	}
	push := s.out.push
	err := eachGroup(s.ctx, newSortedGroups(s.sorter, s.key), func(g *sortedGroups[T, K]) error {
		if !s.out.held {
			s.f(g.seq, push)
			return nil
		}
		err := tryGroup(s.ctx, s.out, &g.key, "of its key", func() { s.f(g.seq, push) })
		if err != nil || !s.out.full() {
			return err
		}
		return s.out.flush()
	})
	if err != nil {
		return err
	}
	return s.out.flush()
}

// TakeFirst lets the first n records of a group through.
func TakeFirst[T any](n int) func(records iter.Seq[T], emit func(T)) {
	return func(records iter.Seq[T], emit func(T)) {
		left := n
		if left <= 0 {
			return
		}
		for r := range records {
			emit(r)
			if left--; left == 0 {
				return
			}
		}
	}
}

// sortStep keeps all rows of its input in order.
type sortStep[T any] struct {
	guard
	sorter *outofcore.Sorter[T]
}

func newSortStep[T any](ctx *operator.Context, share *memory.Share, rows *types.Type[T], order outofcore.Order[T]) sortStep[T] {
	room := outofcore.Room{Memory: share, Space: ctx.Space()}
	return sortStep[T]{guard: guard{ctx: ctx}, sorter: outofcore.NewSorter(rows, order, room)}
}

// Collect may call a computed key.
func (s *sortStep[T]) Collect(rows []T) (err error) {
	defer s.rescue(&err)
	return s.ctx.Fail(s.sorter.Add(rows), -1, nil)
}

// rescue names no record: rows are looked at in any order while they are sorted.
func (s *sortStep[T]) rescue(err *error) {
	if caught := recover(); caught != nil {
		*err = s.ctx.Recovered(caught, -1, nil)
	}
}

func (s *sortStep[T]) sort() (err error) {
	defer s.rescue(&err)
	return s.ctx.Fail(s.sorter.Sort(), -1, nil)
}

func (s *sortStep[T]) Close(bool) error {
	s.sorter.Close()
	return nil
}

// eachGroup calls f for each group. A panic names the record the group had got to,
// by its place in the order, and shows it.
func eachGroup[T any, K comparable](ctx *operator.Context, g *sortedGroups[T, K], f func(*sortedGroups[T, K]) error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			at := max(g.at-1, 0)
			var show func() any
			if at < len(g.batch) {
				show = func() any { return g.batch[at] }
			}
			err = ctx.Recovered(caught, g.base+int64(at), show)
		}
	}()
	for {
		more, err := g.next()
		if err != nil {
			return ctx.Fail(err, -1, nil)
		}
		if !more {
			return nil
		}
		if err := f(g); err != nil {
			return err
		}
		if g.err != nil { // the function has seen a part of the group only
			return ctx.Fail(g.err, -1, nil)
		}
	}
}

// Sort sorts the bounded input of a subtask.
func Sort[T any](rows *types.Type[T], order outofcore.Order[T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&sortAllStep[T]{sortStep: newSortStep(w.Context, w.Context.Memory(), rows, order), out: output[T](w, 0)}), nil
	}
}

type sortAllStep[T any] struct {
	sortStep[T]
	out operator.Collector[T]
}

func (s *sortAllStep[T]) Finish() error {
	if err := s.sort(); err != nil {
		return err
	}
	return forward(s.next, s.out)
}

func (s *sortStep[T]) next() (rows []T, err error) {
	defer s.rescue(&err)
	rows, err = s.sorter.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = s.ctx.Fail(err, -1, nil)
	}
	return rows, err
}

// forward sends on what next returns until io.EOF.
func forward[T any](next func() ([]T, error), out operator.Collector[T]) error {
	for {
		rows, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = out.Collect(rows)
		}
		if err != nil {
			return err
		}
	}
}

package step

import (
	"iter"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// CoReducer makes any number of results of the records of two inputs that have the
// same key. Each may be gone through once, or in part; one of them may be empty.
type CoReducer[L, R, O any] func(left iter.Seq[L], right iter.Seq[R], emit func(O))

// CoGroup sorts two bounded inputs, which are divided by key, by key and then in
// orders of the user's, and calls a function for each key that one of them has.
func CoGroup[L, R any, K comparable, O any](
	left *types.Type[L], leftKey *types.Key[L, K], leftWithin []outofcore.Order[L],
	right *types.Type[R], rightKey *types.Key[R, K], rightWithin []outofcore.Order[R],
	open Open[CoReducer[L, R, O]],
) operator.Factory {
	leftOrder, rightOrder := groupOrder(leftKey, leftWithin), groupOrder(rightKey, rightWithin)
	return func(w operator.Wiring) (operator.Instance, error) {
		sorted, err := newTwoSorted(w.Context, left, leftKey, leftOrder, right, rightKey, rightOrder)
		if err != nil {
			return operator.Instance{}, err
		}
		s := &coGroupStep[L, R, K, O]{
			twoSorted:    sorted,
			lateFunction: lateFunction[CoReducer[L, R, O]]{make: open},
			out:          heldEmitterOf[O](w, 0),
		}
		return operator.Instance{Inputs: sorted.inputs(w), Body: s}, nil
	}
}

type coGroupStep[L, R any, K comparable, O any] struct {
	*twoSorted[L, R, K]
	lateFunction[CoReducer[L, R, O]]
	out *emitter[O]
	key K // of the groups the function is working on
}

func (s *coGroupStep[L, R, K, O]) Open() error { return s.openWith(s.ctx) }

func (s *coGroupStep[L, R, K, O]) Finish() error {
	push := s.out.push
	err := s.each(s.rescue, func(left *sortedGroups[L, K], right *sortedGroups[R, K]) error {
		l, r := none[L], none[R]
		if right != nil {
			s.key, r = right.key, right.seq
		}
		if left != nil {
			s.key, l = left.key, left.seq
		}
		if s.out.held {
			return s.callHeld(l, r, push)
		}
		s.f(l, r, push)
		return nil
	})
	if err != nil {
		return err
	}
	return s.out.flush()
}

// callHeld calls the function. Groups that it panics with are refused, and what it has
// emitted of them is withdrawn.
func (s *coGroupStep[L, R, K, O]) callHeld(l iter.Seq[L], r iter.Seq[R], push func(O)) error {
	err := tryGroup(s.ctx, s.out, &s.key, "of both inputs", func() { s.f(l, r, push) })
	if err != nil || !s.out.full() {
		return err
	}
	return s.out.flush()
}

// tryGroup calls a function for the group of a key, which is refused if that panics.
func tryGroup[K, O any](ctx *operator.Context, out *emitter[O], key *K, name string, f func()) (err error) {
	out.begin()
	defer func() {
		if caught := recover(); caught != nil {
			out.withdraw()
			err = asideUnit(ctx, caught, unit{
				kind: quarantine.Group, name: name, key: keyText(key),
				show: func() any { return "the group of key " + keyText(key) },
			})
		}
	}()
	f()
	return nil
}

// none is an empty sequence.
func none[T any](func(T) bool) {}

// rescue shows the key that the function was called for.
func (s *coGroupStep[L, R, K, O]) rescue(err *error) {
	if caught := recover(); caught != nil {
		*err = s.ctx.Recovered(caught, -1, func() any { return s.key })
	}
}

func (s *coGroupStep[L, R, K, O]) Close(bool) error {
	s.close()
	return nil
}

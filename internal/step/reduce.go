package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Reduce joins the records of each key of bounded input, which is divided by key,
// into one: f(f(first, second), third)… in the order of their arrival. Results
// leave in Finish, in no order. A panic of the function names the record it was
// called with. What a record that the function returns refers to is not counted as
// the step's memory.
func Reduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &reduceStep[T, K]{
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			state:        newReductions(key.Type(), rows, &types.Arena{}),
			out:          newEmitter(output[T](w, 0)),
		}
		s.state.refuse = refusalOf[T](w.Context)
		var err error
		s.overflowing, err = newOverflowing(w.Context, newGroupFinder(key, operator.BatchSize[T]()), s.state.groups)
		s.update = s.add
		return oneSieved(w, key, s), err
	}
}

type reduceStep[T, K any] struct {
	overflowing[T, K]
	lateFunction[func(a, b T) T]
	state *reductions[T, K]
	out   *emitter[T]
}

func (s *reduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *reduceStep[T, K]) Collect(rows []T) error { return batches(rows, s.find.size(), s.absorb) }

func (s *reduceStep[T, K]) add(rows []T, index []int32, next int) {
	s.state.update(&s.guard, s.f, index, next, rows, nil)
}

func (s *reduceStep[T, K]) Finish() error {
	err := s.finish(func() error { return s.state.emit(s.out) }, s.absorb)
	s.state, s.find = nil, nil
	return err
}

// FinalReduce joins what [CombineReduce] made with the same function and has been
// divided by key. It takes Group[K, T] and emits T in Finish, in no order.
func FinalReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		shipped, err := GroupKey[K, T]()
		if err != nil {
			return operator.Instance{}, err
		}
		batch := operator.BatchSize[Group[K, T]]()
		s := &finalReduceStep[T, K]{
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			values:       make([]T, batch),
			state:        newReductions(key.Type(), rows, &types.Arena{}),
			out:          newEmitter(output[T](w, 0)),
		}
		if refuse := refusalOf[Group[K, T]](w.Context); refuse != nil {
			s.state.refuse = func(g *guard, caught any, _ *T, key func() string) { refuse(g, caught, &s.groups[g.at], key) }
		}
		s.overflowing, err = newOverflowing(w.Context, newGroupFinder(shipped, batch), s.state.groups)
		s.update = s.add
		return one[Group[K, T]](s), err
	}
}

type finalReduceStep[T, K any] struct {
	overflowing[Group[K, T], K]
	lateFunction[func(a, b T) T]
	groups []Group[K, T] // the batch
	values []T           // of the batch
	state  *reductions[T, K]
	out    *emitter[T]
}

func (s *finalReduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *finalReduceStep[T, K]) Collect(rows []Group[K, T]) error {
	return batches(rows, s.find.size(), s.absorb)
}

func (s *finalReduceStep[T, K]) add(rows []Group[K, T], index []int32, next int) {
	s.groups = rows
	values := s.values[:len(rows)]
	for i := range rows {
		values[i] = rows[i].Value
	}
	s.state.update(&s.guard, s.f, index, next, values, nil)
}

func (s *finalReduceStep[T, K]) Finish() error {
	err := s.finish(func() error { return s.state.emit(s.out) }, s.absorb)
	s.state, s.find, s.values, s.groups = nil, nil, nil, nil
	return err
}

package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Reduce joins the records of each key of bounded input, which is divided by key,
// into one: f(f(first, second), third)… in the order of their arrival. Results
// leave in Finish, in the order in which their keys were first seen. A panic of
// the function names the record it was called with.
func Reduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&reduceStep[T, K]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			find:         newGroupFinder(key, operator.BatchSize[T]()),
			state:        newReductions(key.Type(), rows, &types.Arena{}),
			out:          newEmitter(output[T](w, 0)),
		}), nil
	}
}

type reduceStep[T, K any] struct {
	guard
	lateFunction[func(a, b T) T]
	find  *groupFinder[T, K]
	state *reductions[T, K]
	out   *emitter[T]
}

func (s *reduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *reduceStep[T, K]) Collect(rows []T) error { return batches(rows, s.find.size(), s.absorb) }

func (s *reduceStep[T, K]) absorb(rows []T) (err error) {
	defer rescue(&s.guard, rows, &err)
	index, before := s.find.groupsOf(&s.guard, s.state.groups, rows)
	s.state.update(&s.guard, s.f, index, before, rows, nil)
	return nil
}

func (s *reduceStep[T, K]) Finish() error {
	err := s.state.emit(s.out)
	s.state, s.find = nil, nil
	return err
}

// CombineReduce joins records of a key within one subtask, so that fewer are
// shipped. It takes T and emits Group[K, T], in no order, for an exchange by
// GroupKey to [FinalReduce]; the key travels along since the function's result
// may have another one, or none. A key can be emitted any number of times: memory
// is bounded (combineBound), and what does not combine well is let through.
func CombineReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return combineReduce(key, rows, open, combineBound)
}

func combineReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T], bound int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&combineReduceStep[T, K]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			find:         newGroupFinder(key, operator.BatchSize[T]()),
			state:        newReductions(key.Type(), rows, &types.Arena{}),
			yield:        yield{bound: bound},
			out:          newEmitter(output[Group[K, T]](w, 0)),
		}), nil
	}
}

type combineReduceStep[T, K any] struct {
	guard
	lateFunction[func(a, b T) T]
	find  *groupFinder[T, K]
	state *reductions[T, K]
	yield yield
	out   *emitter[Group[K, T]]
}

func (s *combineReduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *combineReduceStep[T, K]) Collect(rows []T) error {
	return batches(rows, s.find.size(), s.collect)
}

func (s *combineReduceStep[T, K]) collect(rows []T) error {
	if n := s.yield.pass(len(rows)); n > 0 {
		keys, err := s.keysOf(rows[:n])
		if err == nil {
			err = s.emit(keys, rows[:n])
		}
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	if len(rows) == 0 {
		return nil
	}
	if err := s.absorb(rows); err != nil {
		return err
	}
	if n := len(s.state.values); n >= s.yield.bound && s.yield.full(n) {
		return s.empty()
	}
	return nil
}

func (s *combineReduceStep[T, K]) keysOf(rows []T) (keys []K, err error) {
	defer rescue(&s.guard, rows, &err)
	return s.find.keysOf(&s.guard, rows), nil
}

func (s *combineReduceStep[T, K]) absorb(rows []T) (err error) {
	defer rescue(&s.guard, rows, &err)
	index, before := s.find.groupsOf(&s.guard, s.state.groups, rows)
	s.state.update(&s.guard, s.f, index, before, rows, nil)
	s.yield.seen += int64(len(rows))
	return nil
}

// empty emits all groups and forgets them.
func (s *combineReduceStep[T, K]) empty() error {
	err := s.emit(s.state.groups.keys, s.state.values)
	s.state.reset()
	return err
}

func (s *combineReduceStep[T, K]) emit(keys []K, values []T) error {
	for i := range values {
		if err := s.out.add(Group[K, T]{keys[i], values[i]}); err != nil {
			return err
		}
	}
	return s.out.flush()
}

func (s *combineReduceStep[T, K]) Finish() error {
	err := s.empty()
	s.state, s.find = nil, nil
	return err
}

// FinalReduce joins what [CombineReduce] made with the same function and has been
// divided by key. It takes Group[K, T] and emits T in Finish, in the order in
// which keys were first seen.
func FinalReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		shipped, err := GroupKey[K, T]()
		if err != nil {
			return operator.Instance{}, err
		}
		batch := operator.BatchSize[Group[K, T]]()
		return one[Group[K, T]](&finalReduceStep[T, K]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			find:         newGroupFinder(shipped, batch),
			values:       make([]T, batch),
			state:        newReductions(key.Type(), rows, &types.Arena{}),
			out:          newEmitter(output[T](w, 0)),
		}), nil
	}
}

type finalReduceStep[T, K any] struct {
	guard
	lateFunction[func(a, b T) T]
	find   *groupFinder[Group[K, T], K]
	values []T // of the batch
	state  *reductions[T, K]
	out    *emitter[T]
}

func (s *finalReduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *finalReduceStep[T, K]) Collect(rows []Group[K, T]) error {
	return batches(rows, s.find.size(), s.absorb)
}

func (s *finalReduceStep[T, K]) absorb(rows []Group[K, T]) (err error) {
	defer rescue(&s.guard, rows, &err)
	index, before := s.find.groupsOf(&s.guard, s.state.groups, rows)
	values := s.values[:len(rows)]
	for i := range rows {
		values[i] = rows[i].Value
	}
	s.state.update(&s.guard, s.f, index, before, values, nil)
	return nil
}

func (s *finalReduceStep[T, K]) Finish() error {
	err := s.state.emit(s.out)
	s.state, s.find, s.values = nil, nil, nil
	return err
}

package step

import (
	"errors"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// CombineReduce joins records of a key within one subtask, so that fewer are
// shipped. It takes T and emits Group[K, T], in no order, for an exchange by
// GroupKey to [FinalReduce]; the key travels along since the function's result
// may have another one, or none. A key can be emitted any number of times: memory
// is bounded (combineBound, and its share), and what does not combine well is let through.
func CombineReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return combineReduce(key, rows, open, combineBound)
}

func combineReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T], bound int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &combineReduceStep[T, K]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			find:         newGroupFinder(key, operator.BatchSize[T]()),
			state:        newReductions(key.Type(), rows, &types.Arena{}),
			yield:        yield{bound: bound},
			out:          newEmitter(output[Group[K, T]](w, 0)),
		}
		s.state.refuse = refusalOf[T](w.Context)
		s.state.groups.bound(w.Context.Memory(), 0)
		return oneSieved(w, key, s), nil
	}
}

type combineReduceStep[T, K any] struct {
	guard
	lateFunction[func(a, b T) T]
	find  *groupFinder[T, K]
	state *reductions[T, K]
	yield yield
	out   *emitter[Group[K, T]]
	part  divided[T] // a batch of which the table refused some
}

func (s *combineReduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *combineReduceStep[T, K]) Collect(rows []T) error {
	return batches(rows, s.find.size(), s.collect)
}

func (s *combineReduceStep[T, K]) collect(rows []T) error {
	if n := s.yield.pass(len(rows)); n > 0 {
		if err := s.letThrough(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	if len(rows) == 0 {
		return nil
	}
	refused, err := s.absorb(rows)
	if err == nil && len(refused) > 0 {
		s.base -= int64(len(refused)) // they were counted
		err = s.letThrough(refused)
	}
	if err != nil {
		return err
	}
	if s.yield.full(len(s.state.values), s.state.groups.closed) {
		return s.empty()
	}
	return nil
}

func (s *combineReduceStep[T, K]) letThrough(rows []T) error {
	keys, err := s.keysOf(rows)
	if err != nil {
		return err
	}
	return s.emit(keys, rows)
}

func (s *combineReduceStep[T, K]) keysOf(rows []T) (keys []K, err error) {
	defer rescueSpared(&s.guard, rows, &err)
	return s.find.keysOf(&s.guard, rows), nil
}

// absorb adds a batch and returns the rows for which there was no room.
func (s *combineReduceStep[T, K]) absorb(rows []T) (refused []T, err error) {
	defer rescueSpared(&s.guard, rows, &err)
	index, next := s.find.groupsOf(&s.guard, s.state.groups, rows)
	s.yield.seen += int64(len(rows))
	if s.state.groups.refused > 0 {
		s.part.divide(rows, index)
		defer s.part.restore(&s.guard)
		rows, index, refused = s.part.rows, s.part.index, s.part.refused
	}
	s.state.update(&s.guard, s.f, index, next, rows, nil)
	s.state.groups.settle()
	return refused, nil
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
	s.find = nil
	return errors.Join(err, s.Close(true))
}

// Close implements operator.Closer.
func (s *combineReduceStep[T, K]) Close(bool) error {
	s.state.groups.drop()
	return nil
}

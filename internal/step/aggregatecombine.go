package step

import (
	"errors"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// CombineAggregate computes partial results for each key of what one subtask has
// of bounded input, so that fewer records are shipped. It takes T and emits
// Group[K, agg.Partial[R]], in no order, for an exchange by GroupKey to
// [FinalAggregate]. A key can be emitted any number of times: memory is bounded
// (combineBound, and its share), and what does not combine well is let through.
func CombineAggregate[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) operator.Factory {
	return combineAggregate(key, p, combineBound)
}

func combineAggregate[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R], bound int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &combineAggregateStep[T, K, R]{
			guard: guard{ctx: w.Context},
			find:  newGroupFinder(key, operator.BatchSize[T]()),
			state: newAggregates(key.Type(), p, &types.Arena{}),
			yield: yield{bound: bound},
			out:   newEmitter(output[Group[K, agg.Partial[R]]](w, 0)),
			each:  make([]int32, operator.BatchSize[T]()),
		}
		for i := range s.each {
			s.each[i] = int32(i)
		}
		s.state.groups.bound(w.Context.Memory(), 0)
		return oneSieved(w, key, s), nil
	}
}

type combineAggregateStep[T, K, R any] struct {
	guard
	find  *groupFinder[T, K]
	state *aggregates[T, K, R]
	yield yield
	out   *emitter[Group[K, agg.Partial[R]]]

	each   []int32          // 0, 1, 2…: every record a group of its own
	single []agg.Partial[R] // states of records that are let through
	part   divided[T]       // a batch of which the table refused some
}

func (s *combineAggregateStep[T, K, R]) Collect(rows []T) error {
	return batches(rows, s.find.size(), s.collect)
}

func (s *combineAggregateStep[T, K, R]) collect(rows []T) error {
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
	if s.yield.full(len(s.state.states), s.state.groups.closed) {
		return s.empty()
	}
	return nil
}

// absorb adds a batch and returns the rows for which there was no room.
func (s *combineAggregateStep[T, K, R]) absorb(rows []T) (refused []T, err error) {
	defer rescueSpared(&s.guard, rows, &err)
	index, next := s.find.groupsOf(&s.guard, s.state.groups, rows)
	s.yield.seen += int64(len(rows))
	if s.state.groups.refused > 0 {
		s.part.divide(rows, index)
		defer s.part.restore(&s.guard)
		rows, index, refused = s.part.rows, s.part.index, s.part.refused
	}
	s.state.add(&s.guard, index, next, rows)
	s.state.groups.settle()
	return refused, nil
}

// letThrough emits a state for each record.
func (s *combineAggregateStep[T, K, R]) letThrough(rows []T) error {
	keys, err := s.singles(rows)
	if err != nil {
		return err
	}
	return s.emit(keys, s.single)
}

func (s *combineAggregateStep[T, K, R]) singles(rows []T) (keys []K, err error) {
	defer rescueSpared(&s.guard, rows, &err)
	keys = s.find.keysOf(&s.guard, rows)
	clear(s.single)
	s.single = lengthen(s.single[:0], len(rows))
	p := s.state.program
	for i := range rows {
		p.Start(&s.single[i], &rows[i], nil)
	}
	p.Update(s.single, s.each, rows, nil)
	return keys, nil
}

// empty emits all groups and forgets them.
func (s *combineAggregateStep[T, K, R]) empty() error {
	err := s.emit(s.state.groups.keys, s.state.states)
	s.state.reset()
	return err
}

func (s *combineAggregateStep[T, K, R]) emit(keys []K, states []agg.Partial[R]) error {
	for i := range states {
		if err := s.out.add(Group[K, agg.Partial[R]]{keys[i], states[i]}); err != nil {
			return err
		}
	}
	return s.out.flush()
}

func (s *combineAggregateStep[T, K, R]) Finish() error {
	err := s.empty()
	s.find, s.single = nil, nil
	return errors.Join(err, s.Close(true))
}

// Close implements operator.Closer.
func (s *combineAggregateStep[T, K, R]) Close(bool) error {
	s.state.groups.drop()
	return nil
}

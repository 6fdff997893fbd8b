package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// RollingAggregate emits, for each record and in the order of the input, what the
// program makes of its key's records up to and including it. The input is divided
// by key and may never end; memory grows with the number of keys.
func RollingAggregate[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := min(operator.BatchSize[T](), operator.BatchSize[R]())
		return one[T](&rollingAggregateStep[T, K, R]{
			guard:   guard{ctx: w.Context},
			stamped: stampedBy(w),
			find:    newGroupFinder(key, batch),
			state:   newAggregates(key.Type(), p, &types.Arena{}),
			copies:  make([]agg.Partial[R], batch),
			buf:     make([]R, batch),
			out:     output[R](w, 0),
		}), nil
	}
}

type rollingAggregateStep[T, K, R any] struct {
	guard
	stamped
	find   *groupFinder[T, K]
	state  *aggregates[T, K, R]
	copies []agg.Partial[R] // the state after each record
	buf    []R
	out    operator.Collector[R]

	run  uint32   // number of the present run, from 1
	seen []uint32 // by group: the last run that had a record of it
}

func (s *rollingAggregateStep[T, K, R]) Collect(rows []T) error {
	s.stamped.start()
	return batches(rows, s.find.size(), s.collect)
}

func (s *rollingAggregateStep[T, K, R]) collect(rows []T) error {
	if err := s.apply(rows); err != nil {
		return err
	}
	s.stamped.pass(len(rows))
	return s.out.Collect(s.buf[:len(rows)])
}

func (s *rollingAggregateStep[T, K, R]) apply(rows []T) (err error) {
	defer rescue(&s.guard, rows, &err)
	copies := s.copies[:len(rows)]
	s.roll(rows, copies)
	s.state.program.Finish(copies)
	for i := range copies {
		s.buf[i] = copies[i].Row
	}
	return nil
}

// roll updates the states and copies to each[i] what the state is after record i.
// A batch may have several records of a key, so it is cut into runs that do not.
func (s *rollingAggregateStep[T, K, R]) roll(rows []T, each []agg.Partial[R]) {
	index := s.state.start(&s.guard, s.find, rows)
	s.seen = lengthen(s.seen, len(s.state.states))
	s.nextRun()
	begin := 0
	for i, group := range index {
		if s.seen[group] == s.run {
			s.update(index[begin:i], rows[begin:i], each[begin:i])
			s.nextRun()
			begin = i
		}
		s.seen[group] = s.run
	}
	s.update(index[begin:], rows[begin:], each[begin:])
}

func (s *rollingAggregateStep[T, K, R]) update(index []int32, rows []T, each []agg.Partial[R]) {
	states := s.state.states
	s.state.program.Update(states, index, rows, s.state.arena)
	for i, group := range index {
		each[i] = states[group]
	}
}

func (s *rollingAggregateStep[T, K, R]) nextRun() {
	s.run++
	if s.run == 0 { // after 2^32 runs numbers come again
		clear(s.seen)
		s.run = 1
	}
}

// RollingReduce emits, for each record and in the order of the input, what the
// function makes of its key's records up to and including it; of a key's first
// record that is the record itself. The input is divided by key and may never
// end; memory grows with the number of keys.
func RollingReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := operator.BatchSize[T]()
		return one[T](&rollingReduceStep[T, K]{
			guard:        guard{ctx: w.Context},
			stamped:      stampedBy(w),
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			find:         newGroupFinder(key, batch),
			state:        newReductions(key.Type(), rows, &types.Arena{}),
			buf:          make([]T, batch),
			out:          output[T](w, 0),
		}), nil
	}
}

type rollingReduceStep[T, K any] struct {
	guard
	stamped
	lateFunction[func(a, b T) T]
	find  *groupFinder[T, K]
	state *reductions[T, K]
	buf   []T
	out   operator.Collector[T]
}

func (s *rollingReduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *rollingReduceStep[T, K]) Collect(rows []T) error {
	s.stamped.start()
	return batches(rows, s.find.size(), s.collect)
}

func (s *rollingReduceStep[T, K]) collect(rows []T) error {
	if err := s.apply(rows); err != nil {
		return err
	}
	s.stamped.pass(len(rows))
	return s.out.Collect(s.buf[:len(rows)])
}

func (s *rollingReduceStep[T, K]) apply(rows []T) (err error) {
	defer rescue(&s.guard, rows, &err)
	index, next := s.find.groupsOf(&s.guard, s.state.groups, rows)
	s.state.update(&s.guard, s.f, index, next, rows, s.buf)
	return nil
}

// RollingFold emits, for each record and in the order of the input, the value the
// function has made of its key's records up to and including it. The input is
// divided by key and may never end; memory grows with the number of keys.
func RollingFold[T any, K comparable, R any](key *types.Key[T, K], open Open[Folder[R, T]]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := min(operator.BatchSize[T](), operator.BatchSize[R]())
		return one[T](&rollingFoldStep[T, K, R]{
			guard:        guard{ctx: w.Context},
			stamped:      stampedBy(w),
			lateFunction: lateFunction[Folder[R, T]]{make: open},
			find:         newGroupFinder(key, batch),
			state:        newFolds[T, K, R](key.Type()),
			buf:          make([]R, batch),
			out:          output[R](w, 0),
		}), nil
	}
}

type rollingFoldStep[T, K, R any] struct {
	guard
	stamped
	lateFunction[Folder[R, T]]
	find  *groupFinder[T, K]
	state *folds[T, K, R]
	buf   []R
	out   operator.Collector[R]
}

func (s *rollingFoldStep[T, K, R]) Open() error { return s.openWith(s.ctx) }

func (s *rollingFoldStep[T, K, R]) Collect(rows []T) error {
	s.stamped.start()
	return batches(rows, s.find.size(), s.collect)
}

func (s *rollingFoldStep[T, K, R]) collect(rows []T) error {
	if err := s.apply(rows); err != nil {
		return err
	}
	s.stamped.pass(len(rows))
	return s.out.Collect(s.buf[:len(rows)])
}

func (s *rollingFoldStep[T, K, R]) apply(rows []T) (err error) {
	defer rescue(&s.guard, rows, &err)
	index, next := s.find.groupsOf(&s.guard, s.state.groups, rows)
	s.state.update(&s.guard, s.f, index, next, rows, s.buf)
	return nil
}

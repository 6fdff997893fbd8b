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
	return rolling(&s.guard, &s.stamped, rows, s.find, s.apply, s.out, s.buf)
}

func (s *rollingAggregateStep[T, K, R]) apply(rows []T) (done, next int, err error) {
	defer rescue(&s.guard, rows, &err)
	copies := s.copies[:len(rows)]
	s.roll(rows, copies)
	s.state.program.Finish(copies)
	for i := range copies {
		s.buf[i] = copies[i].Row
	}
	return len(rows), len(rows), nil
}

// rolling sends, for each row, what apply makes of it. apply ends at a row that it has put
// aside, as settle says. Rows that have no key are put aside before.
func rolling[T, K, R any](g *guard, times *stamped, rows []T, find *groupFinder[T, K], apply func([]T) (done, next int, err error), out operator.Collector[R], buf []R) error {
	for len(rows) > 0 {
		n, refused, err := untilKeyless(g, rows, find.key, times.times)
		if err != nil {
			return err
		}
		for begin := rows[:n]; len(begin) > 0; {
			done, next, err := apply(begin)
			if err != nil {
				return err
			}
			times.pass(done)
			if done > 0 {
				if err := out.Collect(buf[:done]); err != nil {
					return err
				}
			}
			times.drop(next - done)
			begin = begin[next:]
		}
		if refused {
			times.drop(1)
			g.base++
			n++
		}
		rows = rows[n:]
	}
	return nil
}

// untilKeyless returns how many rows there are before the first one without a key, which is put
// aside. Without a quarantine, and where keys are fields, it does not look.
func untilKeyless[T, K any](g *guard, rows []T, key *types.Key[T, K], times []int64) (n int, refused bool, err error) {
	if !key.Opaque() || !g.spares() {
		return len(rows), false, nil
	}
	defer func() {
		if caught := recover(); caught != nil {
			refused, err = true, aside(g, caught, g.base+int64(n), &rows[n], timeAt(times, n), "")
		}
	}()
	for ; n < len(rows); n++ {
		key.Get(&rows[n])
	}
	return n, false, nil
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
	begun []bool // by group: it has a value; where records are put aside
}

func (s *rollingReduceStep[T, K]) Open() error { return s.openWith(s.ctx) }

func (s *rollingReduceStep[T, K]) Collect(rows []T) error {
	s.stamped.start()
	return batches(rows, s.find.size(), s.collect)
}

func (s *rollingReduceStep[T, K]) collect(rows []T) error {
	return rolling(&s.guard, &s.stamped, rows, s.find, s.apply, s.out, s.buf)
}

func (s *rollingReduceStep[T, K]) apply(rows []T) (done, next int, err error) {
	s.at = 0
	defer func() { done, next = settle(&s.guard, recover(), s.at, rows, s.times, &err) }()
	index, first := s.find.groupsOf(&s.guard, s.state.groups, rows)
	if s.spares() {
		s.reduceHeld(index, rows)
		return
	}
	s.state.update(&s.guard, s.f, index, first, rows, s.buf)
	return
}

// reduceHeld is reductions.update for functions that may fail and be called again: that a
// group is known does not say that it has a value.
func (s *rollingReduceStep[T, K]) reduceHeld(index []int32, rows []T) {
	r := s.state
	r.values = lengthen(r.values, len(r.groups.keys))
	s.begun = lengthen(s.begun, len(r.groups.keys))
	for i := range rows {
		s.at = i
		group := index[i]
		if s.begun[group] {
			r.values[group] = s.f(r.values[group], rows[i])
		} else {
			r.values[group] = rows[i]
			r.rows.Detach(&r.values[group], r.arena)
			s.begun[group] = true
		}
		s.buf[i] = r.values[group]
	}
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
	begun []bool // by group: it has a value; where records are put aside
}

func (s *rollingFoldStep[T, K, R]) Open() error { return s.openWith(s.ctx) }

func (s *rollingFoldStep[T, K, R]) Collect(rows []T) error {
	s.stamped.start()
	return batches(rows, s.find.size(), s.collect)
}

func (s *rollingFoldStep[T, K, R]) collect(rows []T) error {
	return rolling(&s.guard, &s.stamped, rows, s.find, s.apply, s.out, s.buf)
}

func (s *rollingFoldStep[T, K, R]) apply(rows []T) (done, next int, err error) {
	s.at = 0
	defer func() { done, next = settle(&s.guard, recover(), s.at, rows, s.times, &err) }()
	index, first := s.find.groupsOf(&s.guard, s.state.groups, rows)
	if s.spares() {
		s.foldHeld(index, rows)
		return
	}
	s.state.update(&s.guard, s.f, index, first, rows, s.buf)
	return
}

// foldHeld is folds.update for functions that may fail and be called again: that a group
// is known does not say that it has a value.
func (s *rollingFoldStep[T, K, R]) foldHeld(index []int32, rows []T) {
	values := lengthen(s.state.values, len(s.state.groups.keys))
	s.state.values, s.begun = values, lengthen(s.begun, len(values))
	for i := range rows {
		s.at = i
		group := index[i]
		if !s.begun[group] {
			values[group] = s.f.Init()
			s.begun[group] = true
		}
		values[group] = s.f.Step(values[group], rows[i])
		s.buf[i] = values[group]
	}
}

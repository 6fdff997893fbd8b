package step

import "github.com/thalweg/thalweg/internal/operator"

// Filter keeps the records for which the function returns true.
func Filter[T any](open Open[func(T) bool]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&filterStep[T]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(T) bool]{make: open},
			out:          output[T](w, 0),
			buf:          make([]T, operator.BatchSize[T]()),
			in:           w.In(0), sent: w.Out(0),
		}), nil
	}
}

type filterStep[T any] struct {
	guard
	lateFunction[func(T) bool]
	out operator.Collector[T]
	buf []T

	in, sent *operator.Stamps
	times    []int64 // of buf
	index    []int32 // where rows of a batch are that pass
}

func (s *filterStep[T]) Open() error { return s.openWith(s.ctx) }

func (s *filterStep[T]) Collect(rows []T) error {
	if s.in != nil {
		return s.collectTimed(rows, s.in.Times)
	}
	if s.spares() {
		return s.collectTimed(rows, nil)
	}
	for len(rows) > 0 {
		n := min(len(rows), len(s.buf))
		kept, err := s.apply(rows[:n])
		if err != nil {
			return err
		}
		if kept > 0 {
			if err := s.out.Collect(s.buf[:kept]); err != nil {
				return err
			}
		}
		rows = rows[n:]
	}
	return nil
}

// apply writes every row to the next free place and moves on only if it passed:
// no branch depends on the data.
func (s *filterStep[T]) apply(rows []T) (kept int, err error) {
	i := 0
	defer func() { settle(&s.guard, recover(), i, rows, nil, &err) }()
	out, f := s.buf[:len(rows)], s.f
	next := 0 // in a register; the result is in memory, for the deferred function
	for ; i < len(rows); i++ {
		out[next] = rows[i]
		if f(rows[i]) {
			next++
		}
	}
	return next, nil
}

// collectTimed is Collect for records with times, and for records that are put aside if
// the function fails.
func (s *filterStep[T]) collectTimed(rows []T, times []int64) error {
	for len(rows) > 0 {
		n := min(len(rows), len(s.buf))
		kept, next, err := s.choose(rows[:n], times)
		if err != nil {
			return err
		}
		if kept > 0 {
			if err := s.pass(rows[:n], times, s.index[:kept]); err != nil {
				return err
			}
		}
		rows, times = rows[next:], timesFrom(times, next)
	}
	return nil
}

// choose writes the places of rows that pass to the index, up to a row that was put aside.
// Every place is written to the next free one: no branch depends on the data. The count is
// in memory, for the deferred function.
func (s *filterStep[T]) choose(rows []T, times []int64) (kept, next int, err error) {
	i, n := 0, 0
	defer func() {
		kept = n
		_, next = settle(&s.guard, recover(), i, rows, times, &err)
	}()
	if s.index == nil {
		s.index, s.times = make([]int32, len(s.buf)), make([]int64, len(s.buf))
	}
	index, f := s.index[:len(rows)], s.f
	for ; i < len(rows); i++ {
		at := n
		index[at] = int32(i)
		passed := 0
		if f(rows[i]) {
			passed = 1
		}
		n = at + passed
	}
	return
}

// pass sends the rows at places in order, with their times. All of them go as they came.
func (s *filterStep[T]) pass(rows []T, times []int64, places []int32) error {
	if len(places) < len(rows) {
		for to, from := range places {
			s.buf[to] = rows[from]
		}
		rows = s.buf[:len(places)]
		if times != nil {
			for to, from := range places {
				s.times[to] = times[from]
			}
			times = s.times
		}
	}
	if s.sent != nil {
		s.sent.Times = times[:len(rows)]
	}
	return s.out.Collect(rows)
}

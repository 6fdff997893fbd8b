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
		apply := s.applyTimed
		if times == nil {
			apply = s.applySpared
		}
		kept, next, err := apply(rows[:n], times)
		if err != nil {
			return err
		}
		if kept > 0 {
			if s.sent != nil {
				s.sent.Times = s.times[:kept]
			}
			if err := s.out.Collect(s.buf[:kept]); err != nil {
				return err
			}
		}
		rows, times = rows[next:], timesFrom(times, next)
	}
	return nil
}

// applySpared is apply up to a row that was put aside. The count is in memory, for the
// deferred function, and is added to without a branch.
func (s *filterStep[T]) applySpared(rows []T, _ []int64) (kept, next int, err error) {
	i, n := 0, 0
	defer func() {
		kept = n
		_, next = settle(&s.guard, recover(), i, rows, nil, &err)
	}()
	out, f := s.buf[:len(rows)], s.f
	for ; i < len(rows); i++ {
		out[n] = rows[i]
		passed := 0
		if f(rows[i]) {
			passed = 1
		}
		n += passed
	}
	return
}

// applyTimed is applySpared for records with times, which go where their records go.
func (s *filterStep[T]) applyTimed(rows []T, times []int64) (kept, next int, err error) {
	i, n := 0, 0
	defer func() {
		kept = n
		_, next = settle(&s.guard, recover(), i, rows, times, &err)
	}()
	if s.times == nil {
		s.times = make([]int64, len(s.buf))
	}
	out, f := s.buf[:len(rows)], s.f
	times, sent := times[:len(rows)], s.times[:len(rows)]
	for ; i < len(rows); i++ {
		at := n
		out[at], sent[at] = rows[i], times[i]
		passed := 0
		if f(rows[i]) {
			passed = 1
		}
		n = at + passed
	}
	return
}

package step

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// Split sends each record to the output port that the function names.
func Split[T any](ports int, open Open[func(T) int]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &splitStep[T]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(T) int]{make: open},
			in:           w.In(0),
		}
		for p := range ports {
			out := heldEmitterOf[T](w, p)
			out.out = &branch[T]{next: out.out, open: &s.open}
			s.outs = append(s.outs, out)
		}
		s.open = ports
		return one[T](s), nil
	}
}

type splitStep[T any] struct {
	guard
	lateFunction[func(T) int]
	outs []*emitter[T]
	open int // outputs that want more
	in   *operator.Stamps
}

// branch is one of several outputs: that it is done matters only when all are.
type branch[T any] struct {
	next operator.Collector[T]
	open *int
	done bool
}

func (b *branch[T]) Collect(rows []T) error {
	if b.done {
		return nil
	}
	err := b.next.Collect(rows)
	if errors.Is(err, operator.ErrDone) {
		b.done = true
		*b.open--
		return nil
	}
	return err
}

func (s *splitStep[T]) Open() error { return s.openWith(s.ctx) }

func (s *splitStep[T]) Collect(rows []T) error {
	times := timesOf(s.in)
	for len(rows) > 0 {
		next, err := s.apply(rows, times)
		if err != nil {
			return err
		}
		for _, out := range s.outs {
			if err := out.flush(); err != nil {
				return err
			}
		}
		rows, times = rows[next:], timesFrom(times, next)
	}
	if s.open == 0 {
		return operator.ErrDone
	}
	return nil
}

func (s *splitStep[T]) apply(rows []T, times []int64) (next int, err error) {
	defer spare(&s.guard, rows, times, &next, &err, nil)
	for i := range rows {
		s.at = i
		port := s.f(rows[i])
		if port < 0 || port >= len(s.outs) {
			panic(fault{quarantine.Failed, fmt.Errorf("the function chose output %d of %d", port, len(s.outs))})
		}
		out := s.outs[port]
		if times != nil {
			out.now = times[i]
		}
		out.push(rows[i])
		if out.held && out.full() {
			return i + 1, nil
		}
	}
	return len(rows), nil
}

package step

import "github.com/thalweg/thalweg/internal/operator"

// FlatMap makes any number of records of each record.
func FlatMap[I, O any](open Open[func(I, func(O))]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		e := heldEmitterOf[O](w, 0)
		return one[I](&flatMapStep[I, O]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(I, func(O))]{make: open},
			out:          e,
			emit:         e.push,
			in:           w.In(0),
		}), nil
	}
}

type flatMapStep[I, O any] struct {
	guard
	lateFunction[func(I, func(O))]
	out  *emitter[O]
	emit func(O)
	in   *operator.Stamps
}

func (s *flatMapStep[I, O]) Open() error {
	err := s.openWith(s.ctx)
	if holds := promised[I, O](s.ctx, 0); err == nil && holds != nil {
		s.f = keepFlatMap(s.f, holds)
	}
	return err
}

func (s *flatMapStep[I, O]) Collect(rows []I) error {
	return flatten(&s.guard, rows, timesOf(s.in), s.f, s.emit, s.out)
}

// flatten calls a function that makes any number of records for each row, and sends what
// it makes.
func flatten[I, O any](g *guard, rows []I, times []int64, f func(I, func(O)), emit func(O), out *emitter[O]) error {
	for len(rows) > 0 {
		next, err := spread(g, rows, times, f, emit, out)
		if err != nil {
			return err
		}
		if err := out.flush(); err != nil {
			return err
		}
		rows, times = rows[next:], timesFrom(times, next)
	}
	return nil
}

// spread is flatten up to where out is to be flushed.
func spread[I, O any](g *guard, rows []I, times []int64, f func(I, func(O)), emit func(O), out *emitter[O]) (next int, err error) {
	if out.held {
		return spreadHeld(g, rows, times, f, emit, out)
	}
	defer spare(g, rows, times, &next, &err, nil)
	for i := range rows {
		g.at = i
		if times != nil {
			out.now = times[i]
		}
		f(rows[i], emit)
	}
	return len(rows), nil
}

// spreadHeld is spread for an emitter that is held.
func spreadHeld[I, O any](g *guard, rows []I, times []int64, f func(I, func(O)), emit func(O), out *emitter[O]) (next int, err error) {
	defer spare(g, rows, times, &next, &err, func() string { out.withdraw(); return "" })
	for i := range rows {
		g.at = i
		if times != nil {
			out.now = times[i]
		}
		out.begin()
		f(rows[i], emit)
		if out.full() {
			return i + 1, nil
		}
	}
	return len(rows), nil
}

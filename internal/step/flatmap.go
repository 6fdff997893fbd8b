package step

import "github.com/thalweg/thalweg/internal/operator"

// FlatMap makes any number of records of each record.
func FlatMap[I, O any](open Open[func(I, func(O))]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		e := emitterOf[O](w, 0)
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
	if err := s.apply(rows); err != nil {
		return err
	}
	return s.out.flush()
}

func (s *flatMapStep[I, O]) apply(rows []I) (err error) {
	defer rescue(&s.guard, rows, &err)
	f, emit, times := s.f, s.emit, timesOf(s.in)
	for i := range rows {
		s.at = i
		if times != nil {
			s.out.now = times[i]
		}
		f(rows[i], emit)
	}
	return nil
}

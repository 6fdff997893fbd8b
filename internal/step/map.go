package step

import "github.com/thalweg/thalweg/internal/operator"

// Open makes a user function for one subtask; a rich function uses the context,
// a plain one ignores it.
type Open[F any] func(*operator.Context) (F, error)

// Plain is the Open of a function that needs no context.
func Plain[F any](f F) Open[F] {
	return func(*operator.Context) (F, error) { return f, nil }
}

// lateFunction opens a user function when the task opens its operators: then
// broadcast sets are complete.
type lateFunction[F any] struct {
	make Open[F]
	f    F
}

func (l *lateFunction[F]) openWith(ctx *operator.Context) error {
	return protect(ctx, func() (err error) {
		l.f, err = l.make(ctx)
		return err
	})
}

// Map makes one record of each record.
func Map[I, O any](open Open[func(I) O]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		m := &mapStep[I, O]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(I) O]{make: open},
			out:          output[O](w, 0),
			buf:          make([]O, operator.BatchSize[O]()),
			stamped:      stampedBy(w),
		}
		return one(fuse(m)), nil
	}
}

type mapStep[I, O any] struct {
	guard
	lateFunction[func(I) O]
	stamped
	out operator.Collector[O]
	buf []O
}

func (m *mapStep[I, O]) Open() error {
	err := m.openWith(m.ctx)
	if holds := promised[I, O](m.ctx, 0); err == nil && holds != nil {
		m.f = keepMap(m.f, holds)
	}
	return err
}

func (m *mapStep[I, O]) Collect(rows []I) error {
	m.start()
	for len(rows) > 0 {
		n := min(len(rows), len(m.buf))
		done, next, err := m.apply(rows[:n])
		if err != nil {
			return err
		}
		m.pass(done)
		if done > 0 {
			if err := m.out.Collect(m.buf[:done]); err != nil {
				return err
			}
		}
		m.drop(next - done)
		rows = rows[next:]
	}
	return nil
}

func (m *mapStep[I, O]) apply(rows []I) (done, next int, err error) {
	i := 0
	defer func() { done, next = settle(&m.guard, recover(), i, rows, m.times, &err) }()
	out, f := m.buf[:len(rows)], m.f
	for ; i < len(rows); i++ {
		out[i] = f(rows[i])
	}
	return
}

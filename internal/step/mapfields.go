package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// MapFields makes one record of some fields of each record: those that N has.
func MapFields[I, N, O any](fields *types.Pick[I, N], f func(N) O) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[I](&mapFieldsStep[I, N, O]{
			guard: guard{ctx: w.Context}, fields: fields, f: f,
			out: output[O](w, 0), buf: make([]O, operator.BatchSize[O]()), picked: make([]N, pickedRows),
		}), nil
	}
}

// pickedRows is how many rows the fields are picked of at a time: they stay in the cache.
const pickedRows = 128

type mapFieldsStep[I, N, O any] struct {
	guard
	fields *types.Pick[I, N]
	f      func(N) O
	out    operator.Collector[O]
	buf    []O
	picked []N
}

func (m *mapFieldsStep[I, N, O]) Collect(rows []I) error {
	for len(rows) > 0 {
		n, made := min(len(rows), len(m.buf)), 0
		for at := 0; at < n; {
			done, next, err := m.apply(m.buf[made:], rows[at:min(at+len(m.picked), n)])
			if err != nil {
				return err
			}
			made, at = made+done, at+next
		}
		if made > 0 {
			if err := m.out.Collect(m.buf[:made]); err != nil {
				return err
			}
		}
		rows = rows[n:]
	}
	return nil
}

// apply returns how many records it has made at the beginning of out, and the index of
// the first row that is left.
func (m *mapFieldsStep[I, N, O]) apply(out []O, rows []I) (done, next int, err error) {
	i := 0
	defer func() { done, next = settle(&m.guard, recover(), i, rows, nil, &err) }()
	m.fields.Copy(m.picked, rows)
	in, f := m.picked[:len(rows)], m.f
	out = out[:len(rows)]
	for ; i < len(in); i++ {
		out[i] = f(in[i])
	}
	return len(rows), len(rows), nil
}

// FilterFields keeps the records for which the function, of some fields, returns true.
func FilterFields[T, N any](fields *types.Pick[T, N], f func(N) bool) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&filterFieldsStep[T, N]{
			guard: guard{ctx: w.Context}, fields: fields, f: f,
			out: output[T](w, 0), buf: make([]T, operator.BatchSize[T]()), picked: make([]N, pickedRows),
		}), nil
	}
}

type filterFieldsStep[T, N any] struct {
	guard
	fields *types.Pick[T, N]
	f      func(N) bool
	out    operator.Collector[T]
	buf    []T
	picked []N
}

func (s *filterFieldsStep[T, N]) Collect(rows []T) error {
	for len(rows) > 0 {
		n, kept := min(len(rows), len(s.buf)), 0
		for at := 0; at < n; {
			more, next, err := s.apply(s.buf[kept:], rows[at:min(at+len(s.picked), n)])
			if err != nil {
				return err
			}
			kept, at = kept+more, at+next
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

// apply returns how many rows it has written to the beginning of out, which has room for
// all of them, and the index of the first row that is left.
func (s *filterFieldsStep[T, N]) apply(out, rows []T) (kept, next int, err error) {
	i := 0
	defer func() { _, next = settle(&s.guard, recover(), i, rows, nil, &err) }()
	s.fields.Copy(s.picked, rows)
	in, f := s.picked[:len(rows)], s.f
	for ; i < len(in); i++ {
		if f(in[i]) {
			out[kept] = rows[i]
			kept++
		}
	}
	return kept, len(rows), nil
}

package step

import "github.com/thalweg/thalweg/internal/operator"

// FieldCopier writes one field of every record of out: the value that a field of the
// record of in has, at the same place.
type FieldCopier[I, O any] func(out []O, in []I)

// Fields makes one record of each record, of fields it copies: a field at a time over
// a whole batch. Fields that none of the copiers writes are zero.
func Fields[I, O any](copiers []FieldCopier[I, O]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[I](&fieldsStep[I, O]{
			copiers: copiers,
			out:     output[O](w, 0),
			buf:     make([]O, operator.BatchSize[O]()),
		}), nil
	}
}

// fieldsStep never clears its buffer: what no copier writes stays zero.
type fieldsStep[I, O any] struct {
	copiers []FieldCopier[I, O]
	out     operator.Collector[O]
	buf     []O
}

func (s *fieldsStep[I, O]) Collect(rows []I) error {
	for len(rows) > 0 {
		n := min(len(rows), len(s.buf))
		for _, c := range s.copiers {
			c(s.buf[:n], rows[:n])
		}
		if err := s.out.Collect(s.buf[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

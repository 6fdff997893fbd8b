package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// ReduceAll joins all records of one subtask of bounded input into one, in the
// order of their arrival, and emits it in Finish; of no records it makes none. It
// is used twice: in every subtask, then in one for what those made.
func ReduceAll[T any](rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&reduceAllStep[T]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			rows:         rows,
			out:          output[T](w, 0),
		}), nil
	}
}

type reduceAllStep[T any] struct {
	guard
	lateFunction[func(a, b T) T]
	rows  *types.Type[T]
	out   operator.Collector[T]
	value []T // none before the first record
}

func (s *reduceAllStep[T]) Open() error { return s.openWith(s.ctx) }

func (s *reduceAllStep[T]) Collect(rows []T) error { return eachSpared(rows, s.reduce) }

// reduce joins rows, up to where one was put aside.
func (s *reduceAllStep[T]) reduce(rows []T) (next int, err error) {
	defer spare(&s.guard, rows, nil, &next, &err, nil)
	begin := 0
	if len(s.value) == 0 && len(rows) > 0 {
		s.at, begin = 0, 1
		first := rows[0]
		s.rows.Detach(&first, &types.Arena{})
		s.value = []T{first}
	}
	value, f := s.value[0], s.f
	defer func() { s.value[0] = value }()
	for i := begin; i < len(rows); i++ {
		s.at = i
		value = f(value, rows[i])
	}
	return len(rows), nil
}

func (s *reduceAllStep[T]) Finish() error {
	if len(s.value) == 0 {
		return nil
	}
	return s.out.Collect(s.value)
}

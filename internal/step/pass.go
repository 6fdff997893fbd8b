package step

import "github.com/thalweg/thalweg/internal/operator"

// Pass lets everything through: an operator whose output is what counts.
func Pass[T any]() operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&passStep[T]{stampedBy(w), output[T](w, 0)}), nil
	}
}

type passStep[T any] struct {
	stamped
	out operator.Collector[T]
}

func (s *passStep[T]) Collect(rows []T) error {
	s.start()
	s.pass(len(rows))
	return s.out.Collect(rows)
}

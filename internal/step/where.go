package step

import "github.com/thalweg/thalweg/internal/operator"

// Where keeps the records for which all conditions hold. They look at a record where it
// is and cannot fail, which makes this cheaper than a [Filter].
func Where[T any](conditions []func(*T) bool) operator.Factory {
	if len(conditions) == 0 {
		return Pass[T]()
	}
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&whereStep[T]{
			conditions: conditions,
			out:        output[T](w, 0),
			buf:        make([]T, 0, operator.BatchSize[T]()),
		}), nil
	}
}

type whereStep[T any] struct {
	conditions []func(*T) bool
	out        operator.Collector[T]
	buf        []T
}

func (s *whereStep[T]) Collect(rows []T) error {
	for len(rows) > 0 {
		n := min(len(rows), cap(s.buf))
		if kept := s.keep(rows[:n]); len(kept) > 0 {
			if err := s.out.Collect(kept); err != nil {
				return err
			}
		}
		rows = rows[n:]
	}
	return nil
}

// keep returns the rows that are kept. They are copied only if some are not.
func (s *whereStep[T]) keep(rows []T) []T {
	kept, whole := s.buf[:0], 0 // rows at the beginning that are all kept
next:
	for i := range rows {
		for _, holds := range s.conditions {
			if !holds(&rows[i]) {
				if whole == i && len(kept) == 0 {
					kept = append(kept, rows[:i]...)
				}
				whole = -1
				continue next
			}
		}
		if whole == i {
			whole++
		} else {
			kept = append(kept, rows[i])
		}
	}
	if whole == len(rows) {
		return rows
	}
	return kept
}

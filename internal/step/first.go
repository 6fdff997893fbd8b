package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// First lets the first n records of a subtask through and wants no more then. It
// is used twice: in every subtask, then in one for what those let through; which n
// records of all that makes is not defined.
func First[T any](n int64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&firstStep[T]{left: n, out: output[T](w, 0)}), nil
	}
}

type firstStep[T any] struct {
	left int64
	out  operator.Collector[T]
}

func (s *firstStep[T]) Collect(rows []T) error {
	if n := max(0, min(int64(len(rows)), s.left)); n > 0 {
		s.left -= n
		if err := s.out.Collect(rows[:n]); err != nil {
			return err
		}
	}
	if s.left <= 0 {
		return operator.ErrDone
	}
	return nil
}

// FirstOf lets the first n records of each key through, at once and in the order
// of the input, which is divided by key.
func FirstOf[T any, K comparable](key *types.Key[T, K], n int64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := operator.BatchSize[T]()
		return one[T](&firstOfStep[T, K]{
			guard:  guard{ctx: w.Context},
			n:      n,
			find:   newGroupFinder(key, batch),
			groups: newGroups(key.Type(), &types.Arena{}),
			out:    output[T](w, 0),
			buf:    make([]T, batch),
		}), nil
	}
}

type firstOfStep[T, K any] struct {
	guard
	n      int64
	find   *groupFinder[T, K]
	groups *groups[K]
	passed []int64 // records let through, by group
	out    operator.Collector[T]
	buf    []T
}

func (s *firstOfStep[T, K]) Collect(rows []T) error {
	if s.n <= 0 {
		return operator.ErrDone
	}
	return batches(rows, s.find.size(), s.collect)
}

func (s *firstOfStep[T, K]) collect(rows []T) error {
	kept, err := s.apply(rows)
	if err != nil || kept == 0 {
		return err
	}
	return s.out.Collect(s.buf[:kept])
}

// apply writes every row to the next free place and moves on only if its group
// was not complete.
func (s *firstOfStep[T, K]) apply(rows []T) (kept int, err error) {
	defer rescue(&s.guard, rows, &err)
	index, _ := s.find.groupsOf(&s.guard, s.groups, rows)
	s.passed = lengthen(s.passed, len(s.groups.keys))
	out := s.buf[:len(rows)]
	for i := range rows {
		out[kept] = rows[i]
		if passed := &s.passed[index[i]]; *passed < s.n {
			*passed++
			kept++
		}
	}
	return kept, nil
}

func (s *firstOfStep[T, K]) Finish() error {
	s.groups, s.find, s.passed = nil, nil, nil
	return nil
}

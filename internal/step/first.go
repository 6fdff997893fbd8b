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

// FirstOf lets the first n records of each key through, in the order of the input,
// which is divided by key; at once while there is room for all keys, and those of
// keys for which there is none in Finish.
func FirstOf[T any, K comparable](key *types.Key[T, K], n int64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := operator.BatchSize[T]()
		s := &firstOfStep[T, K]{
			n:   n,
			out: output[T](w, 0),
			buf: make([]T, batch),
		}
		table := newGroups(key.Type(), &types.Arena{})
		table.keep(sizeOf[int64](), func(n int) { s.passed = withCapacity(s.passed, n) })
		var err error
		s.overflowing, err = newOverflowing(w.Context, newGroupFinder(key, batch), table)
		s.update = s.add
		return one[T](s), err
	}
}

type firstOfStep[T, K any] struct {
	overflowing[T, K]
	n      int64
	passed []int64 // records let through, by group
	out    operator.Collector[T]
	buf    []T
	let    int // rows of buf that are to go through
}

func (s *firstOfStep[T, K]) Collect(rows []T) error {
	if s.n <= 0 {
		return operator.ErrDone
	}
	return batches(rows, s.find.size(), s.collect)
}

func (s *firstOfStep[T, K]) collect(rows []T) error {
	s.let = 0
	if err := s.absorb(rows); err != nil || s.let == 0 {
		return err
	}
	return s.out.Collect(s.buf[:s.let])
}

// add writes every row to the next free place and moves on only if its group was
// not complete.
func (s *firstOfStep[T, K]) add(rows []T, index []int32, _ int) {
	s.passed = lengthen(s.passed, len(s.table.keys))
	out, let := s.buf[:len(rows)], 0
	for i := range rows {
		out[let] = rows[i]
		if passed := &s.passed[index[i]]; *passed < s.n {
			*passed++
			let++
		}
	}
	s.let = let
}

func (s *firstOfStep[T, K]) Finish() error {
	err := s.finish(s.forget, s.collect)
	s.find, s.passed = nil, nil
	return err
}

func (s *firstOfStep[T, K]) forget() error {
	clear(s.passed)
	s.passed = s.passed[:0]
	return nil
}

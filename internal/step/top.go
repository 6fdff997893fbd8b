package step

import (
	"slices"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Top keeps the n records of a subtask of bounded input that come first in the
// order of compare, and emits them in that order in Finish. Of records that
// compare equal the earlier ones are kept and come first. It is used twice: in
// every subtask, then in one for what those kept. A panic of compare names the
// record.
func Top[T any](n int, rows *types.Type[T], compare func(a, b T) int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&topStep[T]{
			guard: guard{ctx: w.Context}, n: n, rows: rows, compare: compare,
			out: newEmitter(output[T](w, 0)),
		}), nil
	}
}

// topStep keeps the best records in a heap whose root is the worst of them, so
// that most records cost one comparison (Knuth, The Art of Computer Programming
// 3, 5.2.3).
type topStep[T any] struct {
	guard
	n       int
	rows    *types.Type[T]
	compare func(a, b T) int
	out     *emitter[T]

	arena types.Arena
	heap  []ranked[T] // in no order until it has n
	seen  int64
}

// ranked is a record with its place in the input, which decides between equals.
type ranked[T any] struct {
	row T
	seq int64
}

func (s *topStep[T]) order(a, b *ranked[T]) int {
	if c := s.compare(a.row, b.row); c != 0 {
		return c
	}
	if a.seq < b.seq {
		return -1
	}
	return 1
}

func (s *topStep[T]) Collect(rows []T) (err error) {
	if s.n <= 0 {
		return operator.ErrDone
	}
	defer rescue(&s.guard, rows, &err)
	for i := range rows {
		s.at = i
		switch {
		case len(s.heap) < s.n:
			s.heap = append(s.heap, s.rank(rows[i]))
			if len(s.heap) == s.n {
				for at := s.n/2 - 1; at >= 0; at-- {
					s.sink(at)
				}
			}
		case s.compare(rows[i], s.heap[0].row) < 0:
			s.heap[0] = s.rank(rows[i])
			s.sink(0)
		}
		s.seen++
	}
	return nil
}

// rank makes a record fit to be kept.
func (s *topStep[T]) rank(row T) ranked[T] {
	r := ranked[T]{row, s.seen}
	if s.rows.HasPointers() {
		s.rows.Detach(&r.row, &s.arena)
	}
	return r
}

// sink moves an entry down until those below it are better.
func (s *topStep[T]) sink(at int) {
	h := s.heap
	for {
		worst := at
		for child := 2*at + 1; child <= 2*at+2 && child < len(h); child++ {
			if s.order(&h[child], &h[worst]) > 0 {
				worst = child
			}
		}
		if worst == at {
			return
		}
		h[at], h[worst] = h[worst], h[at]
		at = worst
	}
}

func (s *topStep[T]) Finish() error {
	heap := s.heap
	s.heap = nil
	if err := s.sort(heap); err != nil {
		return err
	}
	for i := range heap {
		if err := s.out.add(heap[i].row); err != nil {
			return err
		}
	}
	return s.out.flush()
}

// sort has no single record to name: it compares those that were kept.
func (s *topStep[T]) sort(heap []ranked[T]) error {
	return protect(s.ctx, func() error {
		slices.SortFunc(heap, func(a, b ranked[T]) int { return s.order(&a, &b) })
		return nil
	})
}

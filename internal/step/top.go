package step

import (
	"fmt"
	"slices"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Top keeps the n records of a subtask of bounded input that come first in the
// order of compare, and emits them in that order in Finish. Of records that
// compare equal the earlier ones are kept and come first. It is used twice: in
// every subtask, then in one for what those kept. A panic of compare names the
// record. Records that do not fit into the share of memory are an error: a user who
// wants that many of them wants a sort.
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

	held   int64 // bytes accounted for
	stored int   // those of them that are the arena's
	live   int   // bytes of the arena when it had nothing but what is in the heap
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

func (s *topStep[T]) Collect(rows []T) error {
	if s.n <= 0 {
		return operator.ErrDone
	}
	if err := s.lengthen(len(rows)); err != nil {
		return err
	}
	if err := s.add(rows); err != nil {
		return err
	}
	return s.settle()
}

func (s *topStep[T]) add(rows []T) (err error) {
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

// take accounts for n bytes, of which some may be negative.
func (s *topStep[T]) take(n int64) bool {
	if !s.ctx.Memory().Reserve(n) {
		return false
	}
	s.held += n
	return true
}

func (s *topStep[T]) tooMany() error {
	return s.ctx.Fail(fmt.Errorf("the first %d records do not fit into the operator's memory of %s: raise --memory",
		s.n, memory.Text(s.ctx.Memory().Limit())), -1, nil)
}

// lengthen makes room for more records in the heap.
func (s *topStep[T]) lengthen(more int) error {
	need := min(s.n, len(s.heap)+more)
	if need <= cap(s.heap) {
		return nil
	}
	each := sizeOf[ranked[T]]()
	for _, capacity := range []int{max(2*cap(s.heap), need), need + need/8, need} {
		capacity = min(capacity, s.n)
		if !s.take(each * int64(capacity)) {
			continue
		}
		heap, had := make([]ranked[T], len(s.heap), capacity), int64(cap(s.heap))
		copy(heap, s.heap)
		s.heap = heap
		s.ctx.Memory().Release(each * had)
		s.held -= each * had
		return nil
	}
	return s.tooMany()
}

// settle accounts for what the arena has taken. When most of that belongs to
// records that better ones have replaced the others move to a new arena.
func (s *topStep[T]) settle() error {
	size := s.arena.Size()
	if size == s.stored {
		return nil
	}
	fits := s.take(int64(size - s.stored))
	if !fits {
		s.ctx.Memory().Force(int64(size - s.stored))
		s.held += int64(size - s.stored)
	}
	s.stored = size
	if fits && (len(s.heap) < s.n || s.live == 0) {
		s.live = size
	}
	if fits && size <= 2*s.live {
		return nil
	}
	s.arena.Reset() // its chunks are free when the last record in them has moved
	for i := range s.heap {
		s.rows.Detach(&s.heap[i].row, &s.arena)
	}
	s.live = s.arena.Size()
	now := s.live - s.stored
	s.ctx.Memory().Force(int64(now))
	s.held += int64(now)
	s.stored = s.live
	if s.ctx.Memory().Left() < 0 {
		return s.tooMany()
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
	defer s.release()
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

func (s *topStep[T]) release() {
	s.ctx.Memory().Release(s.held)
	s.held, s.heap = 0, nil
}

// Close implements operator.Closer.
func (s *topStep[T]) Close(bool) error {
	s.release()
	return nil
}

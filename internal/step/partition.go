package step

import (
	"iter"

	"github.com/thalweg/thalweg/internal/operator"
)

// MapPartition hands all records of a subtask to one call of the function, as a
// sequence, and takes any number of records from it.
func MapPartition[I, O any](open Open[func(iter.Seq[I], func(O))]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &partitionStep[I, O]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[func(iter.Seq[I], func(O))]{make: open},
			out:          newEmitter(output[O](w, 0)),
		}
		return one[I](s), nil
	}
}

// partitionStep runs the user's function as a coroutine: it is resumed with every
// batch and gives way when it has read it.
//
// Invariant: the coroutine runs only inside of resume, so all its memory belongs
// to the task's goroutine.
type partitionStep[I, O any] struct {
	guard
	lateFunction[func(iter.Seq[I], func(O))]
	out *emitter[O]

	rows    []I
	ended   bool                    // there are no more rows
	left    bool                    // the function has stopped reading
	failed  error                   // it has panicked
	resume  func() (struct{}, bool) // runs the function until it wants a batch
	abandon func()
}

func (s *partitionStep[I, O]) Open() error {
	if err := s.openWith(s.ctx); err != nil {
		return err
	}
	s.resume, s.abandon = iter.Pull(func(giveWay func(struct{}) bool) {
		defer s.caught()
		s.f(func(yield func(I) bool) {
			for {
				for i := range s.rows {
					s.at = i
					if !yield(s.rows[i]) {
						s.left = true
						return
					}
				}
				if s.ended || !giveWay(struct{}{}) {
					return
				}
			}
		}, s.out.push)
	})
	return s.run(nil) // up to the first wish for rows
}

func (s *partitionStep[I, O]) Collect(rows []I) error {
	if s.left {
		return operator.ErrDone
	}
	if err := s.run(rows); err != nil {
		return err
	}
	return s.out.flush()
}

// caught keeps a panic of the function, where its stack is still to be had.
func (s *partitionStep[I, O]) caught() {
	if caught := recover(); caught != nil {
		record, value := int64(-1), (func() any)(nil)
		if s.at < len(s.rows) {
			row := s.rows[s.at]
			record, value = s.base+int64(s.at), func() any { return row }
		}
		s.failed = s.ctx.Recovered(caught, record, value)
	}
}

func (s *partitionStep[I, O]) run(rows []I) error {
	s.rows = rows
	if _, more := s.resume(); !more {
		s.left = true
	}
	s.rows = nil
	s.base += int64(len(rows))
	return s.failed
}

// Finish lets the function see the end of its rows and return.
func (s *partitionStep[I, O]) Finish() error {
	s.ended = true
	if err := s.run(nil); err != nil {
		return err
	}
	return s.out.flush()
}

// Close ends a function that is still in the middle, as if its rows had ended.
func (s *partitionStep[I, O]) Close(complete bool) error {
	if s.abandon == nil || complete {
		return nil
	}
	s.out.out = discard[O]{}
	s.abandon()
	return s.failed
}

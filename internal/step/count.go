package step

import "github.com/thalweg/thalweg/internal/operator"

// Tally is how many records a subtask has.
type Tally struct {
	Subtask int64
	Count   int64
}

// Count counts the records of each subtask and emits a tally in Finish, also of
// none.
func Count[T any]() operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&countStep[T]{ctx: w.Context, out: output[Tally](w, 0)}), nil
	}
}

type countStep[T any] struct {
	ctx *operator.Context
	n   int64
	out operator.Collector[Tally]
}

func (s *countStep[T]) Collect(rows []T) error {
	s.n += int64(len(rows))
	return nil
}

func (s *countStep[T]) Finish() error {
	return s.out.Collect([]Tally{{int64(s.ctx.Subtask()), s.n}})
}

// CountAll adds tallies up and emits the sum in Finish.
func CountAll() operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[Tally](&countAllStep{out: output[int64](w, 0)}), nil
	}
}

type countAllStep struct {
	n   int64
	out operator.Collector[int64]
}

func (s *countAllStep) Collect(rows []Tally) error {
	for _, t := range rows {
		s.n += t.Count
	}
	return nil
}

func (s *countAllStep) Finish() error { return s.out.Collect([]int64{s.n}) }

// Indexed is a record with its number.
type Indexed[T any] struct {
	Index int64
	Value T
}

// Index numbers records densely from 0: those of the first subtask, then those of
// the second one, and so on. set is the broadcast set of the tallies of the same
// records in the same subtasks.
func Index[T any](set int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&indexStep[T]{ctx: w.Context, set: set, out: newEmitter(output[Indexed[T]](w, 0))}), nil
	}
}

type indexStep[T any] struct {
	ctx  *operator.Context
	set  int
	next int64
	out  *emitter[Indexed[T]]
}

func (s *indexStep[T]) Open() error {
	for _, t := range s.ctx.Broadcast(s.set).([]Tally) {
		if t.Subtask < int64(s.ctx.Subtask()) {
			s.next += t.Count
		}
	}
	return nil
}

func (s *indexStep[T]) Collect(rows []T) error {
	for i := range rows {
		if err := s.out.add(Indexed[T]{s.next, rows[i]}); err != nil {
			return err
		}
		s.next++
	}
	return s.out.flush()
}

// UniqueID numbers records so that no two have the same number, without knowing how
// many others there are: subtask s of n gives s, s+n, s+2n…
func UniqueID[T any]() operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&uniqueStep[T]{
			next: int64(w.Context.Subtask()), step: int64(w.Context.Parallelism()),
			out: newEmitter(output[Indexed[T]](w, 0)),
		}), nil
	}
}

type uniqueStep[T any] struct {
	next, step int64
	out        *emitter[Indexed[T]]
}

func (s *uniqueStep[T]) Collect(rows []T) error {
	for i := range rows {
		if err := s.out.add(Indexed[T]{s.next, rows[i]}); err != nil {
			return err
		}
		s.next += s.step
	}
	return s.out.flush()
}

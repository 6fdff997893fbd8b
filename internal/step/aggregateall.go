package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// CombineAggregateAll computes the partial result of what one subtask has of
// bounded input. It takes T and emits one agg.Partial[R] in Finish, or nothing if
// there were no records.
func CombineAggregateAll[T, R any](p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		out := output[agg.Partial[R]](w, 0)
		return one[T](&aggregateAllStep[T, R]{
			guard:  guard{ctx: w.Context},
			zeros:  make([]int32, operator.BatchSize[T]()),
			start:  p.Start,
			update: p.Update,
			emit:   func(state []agg.Partial[R]) error { return out.Collect(state) },
		}), nil
	}
}

// FinalAggregateAll merges what the subtasks of [CombineAggregateAll] made. It
// takes agg.Partial[R], all in one subtask, and emits one R in Finish, or nothing
// if there were no records at all.
func FinalAggregateAll[T, R any](p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		out := output[R](w, 0)
		return one[agg.Partial[R]](&aggregateAllStep[agg.Partial[R], R]{
			guard:  guard{ctx: w.Context},
			zeros:  make([]int32, operator.BatchSize[agg.Partial[R]]()),
			start:  p.Restart,
			update: p.Merge,
			emit: func(state []agg.Partial[R]) error {
				p.Finish(state)
				return out.Collect([]R{state[0].Row})
			},
		}), nil
	}
}

// aggregateAllStep has one state, made of rows S: records or partial states.
type aggregateAllStep[S, R any] struct {
	guard
	zeros  []int32 // the group of every row
	start  func(*agg.Partial[R], *S, *types.Arena)
	update func([]agg.Partial[R], []int32, []S, *types.Arena)
	emit   func([]agg.Partial[R]) error

	arena types.Arena
	state []agg.Partial[R] // none before the first row
}

func (s *aggregateAllStep[S, R]) Collect(rows []S) error {
	return batches(rows, len(s.zeros), s.absorb)
}

func (s *aggregateAllStep[S, R]) absorb(rows []S) (err error) {
	defer rescue(&s.guard, rows, &err)
	s.at = 0
	if len(s.state) == 0 {
		s.state = make([]agg.Partial[R], 1)
		s.start(&s.state[0], &rows[0], &s.arena)
	}
	s.update(s.state, s.zeros[:len(rows)], rows, &s.arena)
	return nil
}

func (s *aggregateAllStep[S, R]) Finish() error {
	if len(s.state) == 0 {
		return nil
	}
	return s.emit(s.state)
}

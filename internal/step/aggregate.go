package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Aggregate computes a program for each key of bounded input that is divided by
// key. Results leave in Finish, in the order in which their keys were first seen.
func Aggregate[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&aggregateStep[T, K, R]{
			guard: guard{ctx: w.Context},
			find:  newGroupFinder(key, operator.BatchSize[T]()),
			state: newAggregates(key.Type(), p, &types.Arena{}),
			out:   newEmitter(output[R](w, 0)),
		}), nil
	}
}

type aggregateStep[T, K, R any] struct {
	guard
	find  *groupFinder[T, K]
	state *aggregates[T, K, R]
	out   *emitter[R]
}

func (s *aggregateStep[T, K, R]) Collect(rows []T) error {
	return batches(rows, s.find.size(), s.absorb)
}

func (s *aggregateStep[T, K, R]) absorb(rows []T) (err error) {
	defer rescue(&s.guard, rows, &err)
	s.state.update(&s.guard, s.find, rows)
	return nil
}

func (s *aggregateStep[T, K, R]) Finish() error {
	err := s.state.emit(s.out)
	s.state, s.find = nil, nil
	return err
}

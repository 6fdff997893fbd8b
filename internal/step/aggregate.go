package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Aggregate computes a program for each key of bounded input that is divided by
// key. Results leave in Finish, in no order.
func Aggregate[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &aggregateStep[T, K, R]{
			state: newAggregates(key.Type(), p, &types.Arena{}),
			out:   newEmitter(output[R](w, 0)),
		}
		var err error
		s.overflowing, err = newOverflowing(w.Context, newGroupFinder(key, operator.BatchSize[T]()), s.state.groups)
		s.update = s.add
		return oneSieved(w, key, s), err
	}
}

type aggregateStep[T, K, R any] struct {
	overflowing[T, K]
	state *aggregates[T, K, R]
	out   *emitter[R]
}

func (s *aggregateStep[T, K, R]) Collect(rows []T) error {
	return batches(rows, s.find.size(), s.absorb)
}

func (s *aggregateStep[T, K, R]) add(rows []T, index []int32, next int) {
	s.state.add(&s.guard, index, next, rows)
}

func (s *aggregateStep[T, K, R]) Finish() error {
	err := s.finish(func() error { return s.state.emit(s.out) }, s.absorb)
	s.state, s.find = nil, nil
	return err
}

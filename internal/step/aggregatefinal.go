package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// FinalAggregate merges what [CombineAggregate] made of the same key and program
// and has been divided by key. It takes Group[K, agg.Partial[R]] and emits R in
// Finish, in the order in which keys were first seen.
func FinalAggregate[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		shipped, err := GroupKey[K, agg.Partial[R]]()
		if err != nil {
			return operator.Instance{}, err
		}
		batch := operator.BatchSize[Group[K, agg.Partial[R]]]()
		return one[Group[K, agg.Partial[R]]](&finalAggregateStep[T, K, R]{
			guard:    guard{ctx: w.Context},
			find:     newGroupFinder(shipped, batch),
			partials: make([]agg.Partial[R], batch),
			state:    newAggregates(key.Type(), p, &types.Arena{}),
			out:      newEmitter(output[R](w, 0)),
		}), nil
	}
}

type finalAggregateStep[T, K, R any] struct {
	guard
	find     *groupFinder[Group[K, agg.Partial[R]], K]
	partials []agg.Partial[R] // of the batch
	state    *aggregates[T, K, R]
	out      *emitter[R]
}

func (s *finalAggregateStep[T, K, R]) Collect(rows []Group[K, agg.Partial[R]]) error {
	return batches(rows, s.find.size(), s.absorb)
}

func (s *finalAggregateStep[T, K, R]) absorb(rows []Group[K, agg.Partial[R]]) (err error) {
	defer rescue(&s.guard, rows, &err)
	keys := s.find.keysOf(&s.guard, rows)
	partials := s.partials[:len(rows)]
	for i := range rows {
		partials[i] = rows[i].Value
	}
	merge(s.state, &s.guard, s.find, keys, partials)
	return nil
}

func (s *finalAggregateStep[T, K, R]) Finish() error {
	err := s.state.emit(s.out)
	s.state, s.find, s.partials = nil, nil, nil
	return err
}

package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// FinalAggregate merges what [CombineAggregate] made of the same key and program
// and has been divided by key. It takes Group[K, agg.Partial[R]] and emits R in
// Finish, in no order.
func FinalAggregate[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		shipped, err := GroupKey[K, agg.Partial[R]]()
		if err != nil {
			return operator.Instance{}, err
		}
		batch := operator.BatchSize[Group[K, agg.Partial[R]]]()
		s := &finalAggregateStep[T, K, R]{
			partials: make([]agg.Partial[R], batch),
			state:    newAggregates(key.Type(), p, &types.Arena{}),
			out:      newEmitter(output[R](w, 0)),
		}
		s.overflowing, err = newOverflowing(w.Context, newGroupFinder(shipped, batch), s.state.groups)
		s.update = s.add
		return one[Group[K, agg.Partial[R]]](s), err
	}
}

type finalAggregateStep[T, K, R any] struct {
	overflowing[Group[K, agg.Partial[R]], K]
	partials []agg.Partial[R] // of the batch
	state    *aggregates[T, K, R]
	out      *emitter[R]
}

func (s *finalAggregateStep[T, K, R]) Collect(rows []Group[K, agg.Partial[R]]) error {
	return batches(rows, s.find.size(), s.absorb)
}

func (s *finalAggregateStep[T, K, R]) add(rows []Group[K, agg.Partial[R]], index []int32, next int) {
	partials := s.partials[:len(rows)]
	for i := range rows {
		partials[i] = rows[i].Value
	}
	s.state.join(index, next, partials)
}

func (s *finalAggregateStep[T, K, R]) Finish() error {
	err := s.finish(func() error { return s.state.emit(s.out) }, s.absorb)
	s.state, s.find, s.partials = nil, nil, nil
	return err
}

package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Rolling operators store a row for each key.
var (
	_ operator.Stateful = (*rollingAggregateStep[int, int, int])(nil)
	_ operator.Stateful = (*rollingReduceStep[int, int])(nil)
	_ operator.Stateful = (*rollingFoldStep[int, int, int])(nil)
)

// storeGroups returns the part of an operator that keeps a value for each key. begun says
// which keys have one; nil: all.
func storeGroups[K, V any](typ *types.Type[K], keys []K, values []V, begun []bool) ([]operator.Part, error) {
	rows, err := keyedRows[Group[K, V]]()
	if err != nil {
		return nil, err
	}
	var row Group[K, V]
	for i := range values {
		if begun == nil || begun[i] {
			row.Key, row.Value = keys[i], values[i]
			rows.Add(typ.Hash(&keys[i]), &row)
		}
	}
	return []operator.Part{keyedPart("keys", rows)}, nil
}

// restoreGroups calls put with the keys of such a part, no more than size at a time.
func restoreGroups[K, V any](ctx *operator.Context, from operator.State, size int, put func([]K, []V) error) error {
	var keys []K
	var values []V
	flush := func() error {
		err := put(keys, values)
		keys, values = keys[:0], values[:0]
		return err
	}
	err := restoreKeyed(ctx, from, "keys", func(row *Group[K, V]) error {
		keys, values = append(keys, row.Key), append(values, row.Value)
		if len(keys) == size {
			return flush()
		}
		return nil
	})
	if err == nil && len(keys) > 0 {
		err = flush()
	}
	return err
}

// Snapshot implements operator.Stateful.
func (s *rollingAggregateStep[T, K, R]) Snapshot() ([]operator.Part, error) {
	return storeGroups(s.find.key.Type(), s.state.groups.keys, s.state.states, nil)
}

// Restore implements operator.Stateful.
func (s *rollingAggregateStep[T, K, R]) Restore(from operator.State) error {
	return restoreGroups(s.ctx, from, s.find.size(), func(keys []K, states []agg.Partial[R]) error {
		return putAggregates(s.state, s.find, keys, states)
	})
}

// Snapshot implements operator.Stateful.
func (s *rollingReduceStep[T, K]) Snapshot() ([]operator.Part, error) {
	return storeGroups(s.find.key.Type(), s.state.groups.keys, s.state.values, s.begun)
}

// Restore implements operator.Stateful.
func (s *rollingReduceStep[T, K]) Restore(from operator.State) error {
	err := restoreGroups(s.ctx, from, s.find.size(), func(keys []K, rows []T) error {
		return putReductions(s.state, s.find, keys, rows)
	})
	if s.spares() {
		s.begun = allBegun(len(s.state.values))
	}
	return err
}

// Snapshot implements operator.Stateful.
func (s *rollingFoldStep[T, K, R]) Snapshot() ([]operator.Part, error) {
	return storeGroups(s.find.key.Type(), s.state.groups.keys, s.state.values, s.begun)
}

// Restore implements operator.Stateful.
func (s *rollingFoldStep[T, K, R]) Restore(from operator.State) error {
	err := restoreGroups(s.ctx, from, s.find.size(), func(keys []K, values []R) error {
		_, err := putGroups(s.find, s.state.groups, keys)
		s.state.values = append(s.state.values, values...)
		return err
	})
	if s.spares() {
		s.begun = allBegun(len(s.state.values))
	}
	return err
}

// allBegun says of n keys that they have a value.
func allBegun(n int) []bool {
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	return all
}

package step

import (
	"math"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// FinalAggregateArranged does what [FinalAggregate] does with rows of which those of a key stand
// side by side. Results leave in the order of their keys in the input, or, if it is
// sorted, in that of the keys.
func FinalAggregateArranged[T any, K comparable, R any](p *agg.Program[T, R], how Arrangement) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		key, err := GroupKey[K, agg.Partial[R]]()
		if err != nil {
			return operator.Instance{}, err
		}
		out := newEmitter(output[R](w, 0))
		partials := make([]agg.Partial[R], operator.BatchSize[Group[K, agg.Partial[R]]]())
		var states []agg.Partial[R] // by group
		return byKey(w, key, how, grouping[Group[K, agg.Partial[R]]]{
			take: func(g *guard, rows []Group[K, agg.Partial[R]], index []int32, fresh int) {
				states = lengthen(states, int(index[len(rows)-1])+1)
				for i := range rows {
					partials[i] = rows[i].Value
					if int(index[i]) == fresh {
						p.Restart(&states[fresh], &partials[i], nil)
						fresh++
					}
				}
				p.Merge(states, index, partials[:len(rows)], nil)
			},
			emit: func(n int) error {
				p.Finish(states[:n])
				for i := range n {
					if err := out.add(states[i].Row); err != nil {
						return err
					}
				}
				states = dropFirst(states, n)
				return nil
			},
			flush: out.flush,
		})
	}
}

// CombineAggregateArranged does what [CombineAggregate] does with records of which those of
// a key stand side by side.
func CombineAggregateArranged[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R], how Arrangement) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		out := newEmitter(output[Group[K, agg.Partial[R]]](w, 0))
		var keys []K // by group, as the states
		var states []agg.Partial[R]
		return byKey(w, key, how, grouping[T]{
			take: func(g *guard, rows []T, index []int32, fresh int) {
				states = lengthen(states, int(index[len(rows)-1])+1)
				for i := range rows {
					if int(index[i]) == fresh {
						g.at = i
						keys = append(keys, key.Get(&rows[i]))
						p.Start(&states[fresh], &rows[i], nil)
						fresh++
					}
				}
				p.Update(states, index, rows, nil)
			},
			emit: func(n int) error {
				for i := range n {
					if err := out.add(Group[K, agg.Partial[R]]{keys[i], states[i]}); err != nil {
						return err
					}
				}
				keys, states = dropFirst(keys, n), dropFirst(states, n)
				return nil
			},
			flush: out.flush,
		})
	}
}

// CombineAggregateNone makes of records what [CombineAggregate] makes, and combines
// none.
func CombineAggregateNone[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) operator.Factory {
	combine := CombineAggregate(key, p)
	return func(w operator.Wiring) (operator.Instance, error) {
		i, err := combine(w)
		if err == nil {
			i.Body.(*combineAggregateStep[T, K, R]).yield.passing = math.MaxInt64
		}
		return i, err
	}
}

package step

import (
	"math"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// FinalReduceArranged does what [FinalReduce] does with rows of which those of a key stand side by
// side; see [FinalAggregateArranged]. The order in which records of a key are joined is not defined.
func FinalReduceArranged[T any, K comparable](open Open[func(a, b T) T], how Arrangement) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		key, err := GroupKey[K, T]()
		if err != nil {
			return operator.Instance{}, err
		}
		function := &lateFunction[func(a, b T) T]{make: open}
		out := newEmitter(output[T](w, 0))
		var values []T // by group
		return byKey(w, key, how, grouping[Group[K, T]]{
			open: func() error { return function.openWith(w.Context) },
			take: func(g *guard, rows []Group[K, T], index []int32, fresh int) {
				for i := range rows {
					g.at = i
					if group := int(index[i]); group == len(values) {
						values = append(values, rows[i].Value)
					} else {
						values[group] = function.f(values[group], rows[i].Value)
					}
				}
			},
			emit: func(n int) error {
				for i := range n {
					if err := out.add(values[i]); err != nil {
						return err
					}
				}
				values = dropFirst(values, n)
				return nil
			},
			flush: out.flush,
		})
	}
}

// CombineReduceArranged does what [CombineReduce] does with records of which those of a key
// stand side by side.
func CombineReduceArranged[T any, K comparable](key *types.Key[T, K], open Open[func(a, b T) T], how Arrangement) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		function := &lateFunction[func(a, b T) T]{make: open}
		out := newEmitter(output[Group[K, T]](w, 0))
		var groups []Group[K, T]
		return byKey(w, key, how, grouping[T]{
			open: func() error { return function.openWith(w.Context) },
			take: func(g *guard, rows []T, index []int32, fresh int) {
				for i := range rows {
					g.at = i
					if group := int(index[i]); group == len(groups) {
						groups = append(groups, Group[K, T]{key.Get(&rows[i]), rows[i]})
					} else {
						groups[group].Value = function.f(groups[group].Value, rows[i])
					}
				}
			},
			emit: func(n int) error {
				for i := range n {
					if err := out.add(groups[i]); err != nil {
						return err
					}
				}
				groups = dropFirst(groups, n)
				return nil
			},
			flush: out.flush,
		})
	}
}

// CombineReduceNone makes of records what [CombineReduce] makes, and joins none.
func CombineReduceNone[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	combine := CombineReduce(key, rows, open)
	return func(w operator.Wiring) (operator.Instance, error) {
		i, err := combine(w)
		if err == nil {
			i.Body.(*combineReduceStep[T, K]).yield.passing = math.MaxInt64
		}
		return i, err
	}
}

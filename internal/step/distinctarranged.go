package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// DistinctArranged lets one record of each key through, where those of a key stand side by
// side. Which record of a key it is is not defined. K need not be comparable in Go's
// sense.
func DistinctArranged[T, K any](key *types.Key[T, K], how Arrangement) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		out := output[T](w, 0)
		kept := make([]T, operator.BatchSize[T]())
		n := 0
		return byKey(w, key, how, grouping[T]{
			take: func(g *guard, rows []T, index []int32, fresh int) {
				n = firsts(rows, index, fresh, kept)
			},
			emit: func(int) error {
				rows := kept[:n]
				if n = 0; len(rows) == 0 {
					return nil
				}
				return out.Collect(rows)
			},
			flush: func() error { return nil },
		})
	}
}

package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// SortDistinct lets one record of each key through by sorting: in Finish, in the
// order of the keys. Which record of a key it is is not defined. K need not be
// comparable in Go's sense.
func SortDistinct[T, K any](key *types.Key[T, K]) operator.Factory {
	return sortDistinct(key, false)
}

// CombineDistinctSorted does what [CombineDistinct] does by sorting as many records
// as its share of memory holds.
func CombineDistinctSorted[T, K any](key *types.Key[T, K]) operator.Factory {
	return sortDistinct(key, true)
}

func sortDistinct[T, K any](key *types.Key[T, K], combines bool) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		out := output[T](w, 0)
		kept := make([]T, operator.BatchSize[T]())
		n := 0
		s, err := byKey(w.Context, key, combines, grouping[T]{
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
		if err != nil {
			return operator.Instance{}, err
		}
		return one[T](s), nil
	}
}

package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// HashSelector sends equal keys to the same subtask: the hash of the key gives a
// key group, and groups are divided evenly.
type HashSelector[T, K any] struct{ Key *types.Key[T, K] }

// Instance returns a selector for one writer.
func (h HashSelector[T, K]) Instance() any {
	return &hashSelector[T, K]{key: h.Key, hashes: make([]uint64, operator.BatchSize[T]())}
}

// SelectorMaker is what an edge holds: every writer needs memory of its own.
type SelectorMaker interface{ Instance() any }

type hashSelector[T, K any] struct {
	key    *types.Key[T, K]
	hashes []uint64
	owners [operator.KeyGroups]int32 // by key group
	n      int                       // what owners was made for
}

func (s *hashSelector[T, K]) Select(rows []T, targets []int32, n int) error {
	if s.n != n {
		for g := range s.owners {
			s.owners[g] = int32(operator.GroupOwner(g, n))
		}
		s.n = n
	}
	hashes := s.hashes[:len(rows)]
	s.key.Hash(rows, hashes)
	for i, h := range hashes {
		targets[i] = s.owners[operator.KeyGroup(h)]
	}
	return nil
}

// CustomSelector asks the user's function, which gets the key and the number of
// subtasks.
type CustomSelector[T, K any] struct {
	Key  *types.Key[T, K]
	Pick func(key K, n int) int
}

// Instance returns a selector for one writer.
func (c CustomSelector[T, K]) Instance() any { return customSelector[T, K](c) }

type customSelector[T, K any] CustomSelector[T, K]

func (s customSelector[T, K]) Select(rows []T, targets []int32, n int) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("partitioner: %w", &operator.Panic{Value: caught})
		}
	}()
	for i := range rows {
		to := s.Pick(s.Key.Get(&rows[i]), n)
		if to < 0 || to >= n {
			return fmt.Errorf("the partitioner chose subtask %d of %d for record %+v", to, n, rows[i])
		}
		targets[i] = int32(to)
	}
	return nil
}

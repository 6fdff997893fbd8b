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
func (h HashSelector[T, K]) Instance(ctx *operator.Context) any {
	return &hashSelector[T, K]{guard: guard{ctx: ctx}, key: h.Key, hashes: make([]uint64, operator.BatchSize[T]())}
}

// SelectorMaker is what an edge holds: every writer needs memory of its own. The
// context is that of the operator whose output is distributed; errors name it.
type SelectorMaker interface {
	Instance(ctx *operator.Context) any
}

type hashSelector[T, K any] struct {
	guard
	key    *types.Key[T, K]
	hashes []uint64
	owners [operator.KeyGroups]int32 // by key group
	n      int                       // what owners was made for
}

func (s *hashSelector[T, K]) Select(rows []T, targets []int32, n int) (err error) {
	if s.n != n {
		for g := range s.owners {
			s.owners[g] = int32(operator.GroupOwner(g, n))
		}
		s.n = n
	}
	defer s.rescue(rows, &err)
	hashes := s.hashes[:len(rows)]
	s.key.Hash(rows, hashes)
	for i, h := range hashes {
		targets[i] = s.owners[operator.KeyGroup(h)]
	}
	return nil
}

// rescue finds the record whose computed key panicked: keys are hashed by the
// batch, without a word about where they are.
func (s *hashSelector[T, K]) rescue(rows []T, err *error) {
	if caught := recover(); caught != nil {
		for s.at = 0; s.at < len(rows)-1 && s.works(&rows[s.at]); {
			s.at++
		}
		*err = s.ctx.Recovered(caught, s.base+int64(s.at), func() any { return rows[s.at] })
	}
	s.base += int64(len(rows))
}

func (s *hashSelector[T, K]) works(row *T) (ok bool) {
	defer func() { ok = recover() == nil }()
	key := s.key.Get(row)
	s.key.Type().Hash(&key)
	return true
}

// CustomSelector asks the user's function, which gets the key and the number of
// subtasks.
type CustomSelector[T, K any] struct {
	Key  *types.Key[T, K]
	Pick func(key K, n int) int
}

// Instance returns a selector for one writer.
func (c CustomSelector[T, K]) Instance(ctx *operator.Context) any {
	return &customSelector[T, K]{guard: guard{ctx: ctx}, CustomSelector: c}
}

type customSelector[T, K any] struct {
	guard
	CustomSelector[T, K]
}

func (s *customSelector[T, K]) Select(rows []T, targets []int32, n int) (err error) {
	defer rescue(&s.guard, rows, &err)
	for i := range rows {
		s.at = i
		to := s.Pick(s.Key.Get(&rows[i]), n)
		if to < 0 || to >= n {
			return s.ctx.Fail(fmt.Errorf("the partitioner chose subtask %d of %d", to, n),
				s.base+int64(i), func() any { return rows[i] })
		}
		targets[i] = int32(to)
	}
	return nil
}

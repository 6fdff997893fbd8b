package step

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
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
	owners [keygroup.Count]int32 // by key group
	n      int                   // what owners was made for
}

func (s *hashSelector[T, K]) Select(rows []T, targets []int32, n int) (err error) {
	if s.n != n {
		for g := range s.owners {
			s.owners[g] = int32(keygroup.Owner(g, n))
		}
		s.n = n
	}
	if s.spares() && s.key.Opaque() {
		return s.selectEach(rows, targets)
	}
	defer s.rescue(rows, &err)
	hashes := s.hashes[:len(rows)]
	s.key.Hash(rows, hashes)
	for i, h := range hashes {
		targets[i] = s.owners[keygroup.Of(h)]
	}
	return nil
}

// selectEach is Select for records that are put aside if they have no key. It looks for
// them one by one, so it is for keys that are computed.
func (s *hashSelector[T, K]) selectEach(rows []T, targets []int32) error {
	return eachTarget(&s.guard, rows, targets, func(row *T) int32 {
		key := s.key.Get(row)
		return s.owners[keygroup.Of(s.key.Type().Hash(&key))]
	})
}

// errRefused is Select's error if it has put records aside: their target is nobody.
var errRefused = errors.New("step: some records have no receiver")

const nobody = -1

// eachTarget asks for the target of each row, and puts those aside for which pick fails.
func eachTarget[T any](g *guard, rows []T, targets []int32, pick func(*T) int32) error {
	all := true
	for at := 0; at < len(rows); {
		next, err := targetsFrom(g, rows, targets, at, pick)
		if err != nil {
			return err
		}
		if next < len(rows) || targets[next-1] == nobody {
			all = false
		}
		at = next
	}
	g.base += int64(len(rows))
	if !all {
		return errRefused
	}
	return nil
}

// targetsFrom is eachTarget for rows from the at-th on, up to one that fails.
func targetsFrom[T any](g *guard, rows []T, targets []int32, at int, pick func(*T) int32) (next int, err error) {
	i := at
	defer func() {
		if caught := recover(); caught != nil {
			targets[i] = nobody
			next, err = i+1, aside(g, caught, g.base+int64(i), &rows[i], timeAt(g.sent, i), "")
		}
	}()
	for ; i < len(rows); i++ {
		targets[i] = pick(&rows[i])
	}
	return i, nil
}

// rescue finds the record whose computed key panicked: keys are hashed by the
// batch, without a word about where they are.
func (s *hashSelector[T, K]) rescue(rows []T, err *error) {
	if caught := recover(); caught != nil {
		for s.at = 0; s.at < len(rows)-1 && s.works(&rows[s.at]); {
			s.at++
		}
		if s.key.Opaque() {
			*err = aside(&s.guard, caught, s.base+int64(s.at), &rows[s.at], operator.NoTime, "")
		} else {
			*err = s.ctx.Recovered(caught, s.base+int64(s.at), func() any { return rows[s.at] })
		}
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
	return eachTarget(&s.guard, rows, targets, func(row *T) int32 {
		to := s.Pick(s.Key.Get(row), n)
		if to < 0 || to >= n {
			panic(fault{quarantine.Failed, fmt.Errorf("the partitioner chose subtask %d of %d", to, n)})
		}
		return int32(to)
	})
}

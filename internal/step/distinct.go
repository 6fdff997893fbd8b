package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Distinct lets the first record of each key through, in the order of the input,
// which is divided by key; at once while there is room for all keys, and those of
// keys for which there is none in Finish.
func Distinct[T any, K comparable](key *types.Key[T, K]) operator.Factory {
	return distinct(key, newGroups[K])
}

// DistinctRecords is [Distinct] for whole records, which need not be comparable in
// Go's sense. The key is the reference to the record itself.
func DistinctRecords[T any](key *types.Key[T, T]) operator.Factory {
	return distinct(key, newAnyGroups[T])
}

func distinct[T, K any](key *types.Key[T, K], table func(*types.Type[K], *types.Arena) *groups[K]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := operator.BatchSize[T]()
		s := &distinctStep[T, K]{
			out: output[T](w, 0),
			buf: make([]T, batch),
		}
		var err error
		s.overflowing, err = newOverflowing(w.Context, newGroupFinder(key, batch), table(key.Type(), &types.Arena{}))
		s.update = s.add
		return oneSieved(w, key, s), err
	}
}

type distinctStep[T, K any] struct {
	overflowing[T, K]
	out  operator.Collector[T]
	buf  []T
	kept int // rows of buf that are to go through
}

func (s *distinctStep[T, K]) Collect(rows []T) error { return batches(rows, s.find.size(), s.collect) }

func (s *distinctStep[T, K]) collect(rows []T) error {
	s.kept = 0
	if err := s.absorb(rows); err != nil || s.kept == 0 {
		return err
	}
	return s.out.Collect(s.buf[:s.kept])
}

func (s *distinctStep[T, K]) add(rows []T, index []int32, next int) {
	if next == len(s.table.keys) {
		return
	}
	s.kept = firsts(rows, index, next, s.buf)
}

// firsts copies the rows that were the first of their group, new groups numbered
// from next, to out and returns how many there are. It writes every row to the
// next free place and moves on only if its key was new.
func firsts[T any](rows []T, index []int32, next int, out []T) (kept int) {
	out = out[:len(rows)]
	for i := range rows {
		out[kept] = rows[i]
		if int(index[i]) == next+kept {
			kept++
		}
	}
	return kept
}

func (s *distinctStep[T, K]) Finish() error {
	err := s.finish(func() error { return nil }, s.collect)
	s.find, s.buf = nil, nil
	return err
}

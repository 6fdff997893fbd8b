package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Distinct lets the first record of each key through, at once and in the order of
// the input, which is divided by key.
func Distinct[T any, K comparable](key *types.Key[T, K]) operator.Factory {
	return distinct(key, newGroups[K], 0)
}

// CombineDistinct drops records of keys it has let through already, before they
// are shipped to [Distinct]. It remembers a bounded number of keys (combineBound)
// and forgets all when it has that many, so that some repetitions get through;
// where hardly anything repeats it does not look for a while.
func CombineDistinct[T any, K comparable](key *types.Key[T, K]) operator.Factory {
	return distinct(key, newGroups[K], combineBound)
}

// DistinctRecords is [Distinct] for whole records, which need not be comparable in
// Go's sense. The key is the reference to the record itself.
func DistinctRecords[T any](key *types.Key[T, T]) operator.Factory {
	return distinct(key, newAnyGroups[T], 0)
}

// CombineDistinctRecords is [CombineDistinct] for whole records.
func CombineDistinctRecords[T any](key *types.Key[T, T]) operator.Factory {
	return distinct(key, newAnyGroups[T], combineBound)
}

// distinct makes an exact step if bound is zero.
func distinct[T, K any](key *types.Key[T, K], table func(*types.Type[K], *types.Arena) *groups[K], bound int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := operator.BatchSize[T]()
		return one[T](&distinctStep[T, K]{
			guard:  guard{ctx: w.Context},
			find:   newGroupFinder(key, batch),
			groups: table(key.Type(), &types.Arena{}),
			yield:  yield{bound: bound},
			out:    output[T](w, 0),
			buf:    make([]T, batch),
		}), nil
	}
}

type distinctStep[T, K any] struct {
	guard
	find   *groupFinder[T, K]
	groups *groups[K]
	yield  yield
	out    operator.Collector[T]
	buf    []T
}

func (s *distinctStep[T, K]) Collect(rows []T) error { return batches(rows, s.find.size(), s.collect) }

func (s *distinctStep[T, K]) collect(rows []T) error {
	if n := s.yield.pass(len(rows)); n > 0 {
		s.base += int64(n)
		if err := s.out.Collect(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	kept, err := s.apply(rows)
	if err != nil {
		return err
	}
	if n := len(s.groups.keys); s.yield.bound > 0 && n >= s.yield.bound && s.yield.full(n) {
		s.groups.reset()
	}
	if kept == 0 {
		return nil
	}
	return s.out.Collect(s.buf[:kept])
}

// apply writes every row to the next free place and moves on only if its key was
// new.
func (s *distinctStep[T, K]) apply(rows []T) (kept int, err error) {
	defer rescue(&s.guard, rows, &err)
	index, before := s.find.groupsOf(&s.guard, s.groups, rows)
	s.yield.seen += int64(len(rows))
	if before == len(s.groups.keys) {
		return 0, nil
	}
	out := s.buf[:len(rows)]
	for i := range rows {
		out[kept] = rows[i]
		if int(index[i]) == before+kept {
			kept++
		}
	}
	return kept, nil
}

func (s *distinctStep[T, K]) Finish() error {
	s.groups, s.find = nil, nil
	return nil
}

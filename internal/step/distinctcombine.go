package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// CombineDistinct drops records of keys it has let through already, before they
// are shipped to [Distinct]. It remembers a bounded number of keys (combineBound,
// and its share) and forgets all when it has that many, so that some repetitions
// get through; where hardly anything repeats it does not look for a while.
func CombineDistinct[T any, K comparable](key *types.Key[T, K]) operator.Factory {
	return combineDistinct(key, newGroups[K], combineBound)
}

// CombineDistinctRecords is [CombineDistinct] for whole records.
func CombineDistinctRecords[T any](key *types.Key[T, T]) operator.Factory {
	return combineDistinct(key, newAnyGroups[T], combineBound)
}

func combineDistinct[T, K any](key *types.Key[T, K], table func(*types.Type[K], *types.Arena) *groups[K], bound int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		batch := operator.BatchSize[T]()
		s := &combineDistinctStep[T, K]{
			guard:  guard{ctx: w.Context},
			find:   newGroupFinder(key, batch),
			groups: table(key.Type(), &types.Arena{}),
			yield:  yield{bound: bound},
			out:    output[T](w, 0),
			buf:    make([]T, batch),
		}
		s.groups.bound(w.Context.Memory(), 0)
		return oneSieved(w, key, s), nil
	}
}

type combineDistinctStep[T, K any] struct {
	guard
	find   *groupFinder[T, K]
	groups *groups[K]
	yield  yield
	out    operator.Collector[T]
	buf    []T
}

func (s *combineDistinctStep[T, K]) Collect(rows []T) error {
	return batches(rows, s.find.size(), s.collect)
}

func (s *combineDistinctStep[T, K]) collect(rows []T) error {
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
	if s.yield.full(len(s.groups.keys), s.groups.closed) {
		s.groups.reset()
	}
	if kept == 0 {
		return nil
	}
	return s.out.Collect(s.buf[:kept])
}

// apply copies what is to go through: the first rows of groups, and those of keys
// the table refused.
func (s *combineDistinctStep[T, K]) apply(rows []T) (kept int, err error) {
	defer rescueSpared(&s.guard, rows, &err)
	index, next := s.find.groupsOf(&s.guard, s.groups, rows)
	s.groups.settle()
	s.yield.seen += int64(len(rows))
	if s.groups.refused == 0 {
		if next == len(s.groups.keys) {
			return 0, nil
		}
		return firsts(rows, index, next, s.buf), nil
	}
	for i, group := range index {
		if group >= 0 && int(group) != next {
			continue
		}
		if group >= 0 {
			next++
		}
		s.buf[kept] = rows[i]
		kept++
	}
	return kept, nil
}

func (s *combineDistinctStep[T, K]) Finish() error { return s.Close(true) }

// Close implements operator.Closer.
func (s *combineDistinctStep[T, K]) Close(bool) error {
	s.groups.drop()
	s.find, s.buf = nil, nil
	return nil
}

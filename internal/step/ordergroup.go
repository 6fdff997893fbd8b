package step

import (
	"github.com/thalweg/thalweg/types"
)

// orderedGroupStep takes rows of equal keys together that already come one after the
// other. It holds one group, and needs no memory for others.
type orderedGroupStep[S, K any] struct {
	guard
	key   *types.Key[S, K]
	equal func(a, b *K) bool
	grouping[S]

	last  K    // of the row before
	any   bool // there was one
	index []int32
}

func (s *orderedGroupStep[S, K]) Open() error {
	if s.open == nil {
		return nil
	}
	return s.open()
}

func (s *orderedGroupStep[S, K]) Collect(rows []S) error {
	for len(rows) > 0 {
		n := min(len(rows), len(s.index))
		fresh, err := s.number(rows[:n])
		if err != nil {
			return err
		}
		if err := takeGroups(&s.guard, s.take, rows[:n], s.index[:n], fresh); err != nil {
			return err
		}
		if err := s.emit(int(s.index[n-1])); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// number gives the rows of a key the same number. If there was a row before, its group is
// number 0; groups from fresh on are new.
func (s *orderedGroupStep[S, K]) number(rows []S) (fresh int, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			at := s.at
			err = s.ctx.Recovered(caught, s.base+int64(at), func() any { return rows[at] })
		}
	}()
	group := int32(-1)
	if s.any {
		group, fresh = 0, 1
	}
	for i := range rows {
		s.at = i
		key := s.key.Get(&rows[i])
		if !s.any || !s.equal(&key, &s.last) {
			group++
			s.last, s.any = key, true
		}
		s.index[i] = group
	}
	return fresh, nil
}

func (s *orderedGroupStep[S, K]) Finish() error {
	if s.any {
		if err := s.emit(1); err != nil {
			return err
		}
	}
	return s.flush()
}

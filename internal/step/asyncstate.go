package step

import (
	"cmp"
	"slices"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// underWay is a record whose results have not left.
type underWay[I any] struct {
	Row  I
	Time int64
}

// Snapshot implements operator.Stateful: the records whose results have not left, in their
// order. Their calls are made again after a restore.
func (s *asyncStep[I, O]) Snapshot() ([]operator.Part, error) {
	if err := s.settle(); doneIsNothing(err) != nil {
		return nil, err
	}
	var calls []*asyncCall[I, O]
	for _, c := range s.calls {
		if c.segment != nil {
			calls = append(calls, c)
		}
	}
	t, err := types.Of[underWay[I]]()
	if err != nil || len(calls) == 0 {
		return nil, err
	}
	slices.SortFunc(calls, func(a, b *asyncCall[I, O]) int { return cmp.Compare(a.record, b.record) })
	rows := make([]underWay[I], len(calls))
	for i, c := range calls {
		rows[i] = underWay[I]{c.row, c.at}
	}
	return []operator.Part{operator.PartOf("under way", operator.Dealt, t, rows)}, nil
}

// Restore implements operator.Stateful.
func (s *asyncStep[I, O]) Restore(from operator.State) error {
	t, err := types.Of[underWay[I]]()
	if err != nil {
		return err
	}
	rows, err := operator.RowsOf(from, "under way", t)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.room(); err != nil {
			return err
		}
		s.begin(r.Row, r.Time)
	}
	return nil
}

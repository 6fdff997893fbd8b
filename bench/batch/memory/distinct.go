package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

// distinction keeps one of equal records; all fields count.
type distinction[T comparable] struct {
	rows func(n int) []T
	fold func(*side.Sums, []T)
	hand func([]T) side.Sums
}

func (d distinction[T]) load(j side.Job) (map[string]side.Program, error) {
	rows := d.rows(j.Rows)
	if j.Engine == side.Hand {
		return j.Only(func() (side.Result, error) { return d.hand(rows).Result(), nil })
	}
	return j.Only(func() (side.Result, error) {
		sink := &side.Checked[T]{Fold: d.fold}
		return run(j, sink, func(env *thalweg.Environment) *batch.DataSet[T] {
			return batch.Distinct(batch.FromSlice(env, rows))
		})
	})
}

// distinctHalf has about 0.43 times as many different records as records.
var distinctHalf = distinction[Record]{
	rows: func(n int) []Record {
		different := uint64(n / 2)
		return fill(n, func(i uint64) Record {
			d := mix(i, saltA) % different
			return Record{int64(mix(d, saltB)) * spread, int64(d)}
		})
	},
	fold: foldRecords,
	hand: func(rows []Record) (s side.Sums) {
		seen := map[Record]struct{}{}
		for _, r := range rows {
			seen[r] = struct{}{}
		}
		for r := range seen {
			s.Rows++
			s.A, s.B = s.A+uint64(r.Key), s.B+uint64(r.Key^r.Value)
		}
		return s
	},
}

var distinctText = distinction[Named]{
	rows: func(n int) []Named {
		different := uint64(n / perText)
		number := func(i uint64) uint64 { return mix(i, saltA) % different }
		return named(n, number, func(i uint64) int64 { return int64(number(i)) * spread })
	},
	fold: func(s *side.Sums, rows []Named) {
		t := *s
		for i := range rows {
			r := &rows[i]
			t.A, t.B = t.A+uint64(r.Value), t.B+uint64(r.Value^int64(r.Name[0]))
		}
		t.Rows += int64(len(rows))
		*s = t
	},
	hand: func(rows []Named) (s side.Sums) {
		seen := map[Named]struct{}{}
		for _, r := range rows {
			seen[r] = struct{}{}
		}
		for r := range seen {
			s.Rows++
			s.A, s.B = s.A+uint64(r.Value), s.B+uint64(r.Value^int64(r.Name[0]))
		}
		return s
	},
}

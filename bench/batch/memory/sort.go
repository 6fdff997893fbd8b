package main

import (
	"bytes"
	"cmp"
	"slices"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

// sorting is a sort of records that are in memory.
type sorting[T any] struct {
	record  func(i uint64) T
	orders  []batch.Order[T]
	compare func(a, b *T) int
	fold    func(*side.Sums, []T)
	hand    func([]T)
}

func (s sorting[T]) load(j side.Job) (map[string]side.Program, error) {
	rows := fill(j.Rows, s.record)
	if j.Engine == side.Hand {
		return j.Only(func() (side.Result, error) {
			// It may sort in place: this process runs once.
			s.hand(rows)
			if err := side.InOrder(rows, s.compare); err != nil {
				return side.Result{}, err
			}
			var total side.Sums
			s.fold(&total, rows)
			return total.Result(), nil
		})
	}
	return j.Only(func() (side.Result, error) {
		sink := &side.Checked[T]{Fold: s.fold, Compare: s.compare}
		return run(j, sink, func(env *thalweg.Environment) *batch.DataSet[T] {
			return batch.Sort(batch.FromSlice(env, rows), s.orders...)
		})
	})
}

func recordKey(r *Record) *int64 { return &r.Key }
func tripleA(t *Triple) *int64   { return &t.A }
func tripleB(t *Triple) *int64   { return &t.B }
func wideKey(w *Wide) *[12]byte  { return &w.Key }

var sort16 = sorting[Record]{
	record:  anyRecord,
	orders:  []batch.Order[Record]{batch.Asc(recordKey)},
	compare: func(a, b *Record) int { return cmp.Compare(a.Key, b.Key) },
	fold:    foldRecords,
	hand: func(rows []Record) {
		slices.SortFunc(rows, func(a, b Record) int { return cmp.Compare(a.Key, b.Key) })
	},
}

var sort24 = sorting[Triple]{
	record: anyTriple,
	orders: []batch.Order[Triple]{batch.Asc(tripleA), batch.Desc(tripleB)},
	compare: func(a, b *Triple) int {
		if c := cmp.Compare(a.A, b.A); c != 0 {
			return c
		}
		return cmp.Compare(b.B, a.B)
	},
	hand: func(rows []Triple) {
		slices.SortFunc(rows, func(a, b Triple) int {
			if a.A != b.A {
				return cmp.Compare(a.A, b.A)
			}
			return cmp.Compare(b.B, a.B)
		})
	},
	fold: func(s *side.Sums, rows []Triple) {
		t := *s
		for i := range rows {
			r := &rows[i]
			t.A, t.B = t.A+uint64(r.B), t.B+uint64(r.A^r.B^r.Value)
		}
		t.Rows += int64(len(rows))
		*s = t
	},
}

var sort100 = sorting[Wide]{
	record:  anyWide,
	orders:  []batch.Order[Wide]{batch.Asc(wideKey)},
	compare: func(a, b *Wide) int { return bytes.Compare(a.Key[:], b.Key[:]) },
	hand: func(rows []Wide) {
		slices.SortFunc(rows, func(a, b Wide) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	},
	fold: func(s *side.Sums, rows []Wide) {
		t := *s
		for i := range rows {
			r := &rows[i]
			t.A, t.B = t.A+uint64(r.Number), t.B+uint64(r.Number^(uint32(r.Key[0])<<8+uint32(r.Payload[0])))
		}
		t.Rows += int64(len(rows))
		*s = t
	},
}

func foldRecords(s *side.Sums, rows []Record) {
	t := *s
	for i := range rows {
		r := &rows[i]
		t.A, t.B = t.A+uint64(r.Key), t.B+uint64(r.Key^r.Value)
	}
	t.Rows += int64(len(rows))
	*s = t
}

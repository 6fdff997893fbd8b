package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

// Group is the result of grouping: sum and number of the values of a key.
type Group[K comparable] struct {
	Key   K
	Sum   int64
	Count int64
}

// grouping sums and counts values by key.
type grouping[T any, K comparable] struct {
	rows  func(n int) []T
	key   func(*T) *K
	value func(*T) *int64
	fold  func(*side.Sums, []Group[K])
	hand  func([]T) []Group[K]
}

func (g grouping[T, K]) load(j side.Job) (map[string]side.Program, error) {
	rows := g.rows(j.Rows)
	if j.Engine == side.Hand {
		return j.Only(func() (side.Result, error) {
			var total side.Sums
			g.fold(&total, g.hand(rows))
			return total.Result(), nil
		})
	}
	keyOf := func(r *Group[K]) *K { return &r.Key }
	sumOf := func(r *Group[K]) *int64 { return &r.Sum }
	countOf := func(r *Group[K]) *int64 { return &r.Count }
	return j.Only(func() (side.Result, error) {
		sink := &side.Checked[Group[K]]{Fold: g.fold}
		return run(j, sink, func(env *thalweg.Environment) *batch.DataSet[Group[K]] {
			groups := batch.GroupBy(batch.FromSlice(env, rows), g.key)
			return batch.AggregateInto(groups, agg.FirstInto(g.key, keyOf), agg.SumInto(g.value, sumOf), agg.CountInto[T](countOf))
		})
	})
}

func recordValue(r *Record) *int64 { return &r.Value }
func namedName(n *Named) *string   { return &n.Name }
func namedValue(n *Named) *int64   { return &n.Value }

var groupFew = grouping[Record, int64]{
	rows: func(n int) []Record {
		return fill(n, func(i uint64) Record { return Record{int64(mix(i, saltA) % fewGroups), int64(mix(i, saltB))} })
	},
	key: recordKey, value: recordValue, fold: foldGroups, hand: groupRecords,
}

var groupMany = grouping[Record, int64]{
	rows: func(n int) []Record {
		keys := uint64(n / perGroup)
		return fill(n, func(i uint64) Record { return Record{int64(mix(i, saltA)%keys) * spread, int64(mix(i, saltB))} })
	},
	key: recordKey, value: recordValue, fold: foldGroups, hand: groupRecords,
}

var groupText = grouping[Named, string]{
	rows: func(n int) []Named {
		keys := uint64(n / perText)
		return named(n, func(i uint64) uint64 { return mix(i, saltA) % keys }, func(i uint64) int64 { return int64(mix(i, saltB)) })
	},
	key: namedName, value: namedValue, fold: foldNamedGroups, hand: groupNamed,
}

func foldGroups(s *side.Sums, rows []Group[int64]) {
	t := *s
	for i := range rows {
		r := &rows[i]
		t.A, t.B = t.A+uint64(r.Sum), t.B+uint64(r.Key^r.Sum^r.Count)
	}
	t.Rows += int64(len(rows))
	*s = t
}

func foldNamedGroups(s *side.Sums, rows []Group[string]) {
	t := *s
	for i := range rows {
		r := &rows[i]
		t.A, t.B = t.A+uint64(r.Sum), t.B+uint64(int64(r.Key[0])^r.Sum^r.Count)
	}
	t.Rows += int64(len(rows))
	*s = t
}

// By hand the map knows where in a slice a group is: nothing is assigned to it for a
// key that is known, and there is no pointer for each group.

func groupRecords(rows []Record) []Group[int64] {
	var groups []Group[int64]
	index := map[int64]int32{}
	for i := range rows {
		r := &rows[i]
		at, ok := index[r.Key]
		if !ok {
			at = int32(len(groups))
			index[r.Key] = at
			groups = append(groups, Group[int64]{Key: r.Key})
		}
		groups[at].Sum += r.Value
		groups[at].Count++
	}
	return groups
}

func groupNamed(rows []Named) []Group[string] {
	var groups []Group[string]
	index := map[string]int32{}
	for i := range rows {
		r := &rows[i]
		at, ok := index[r.Name]
		if !ok {
			at = int32(len(groups))
			index[r.Name] = at
			groups = append(groups, Group[string]{Key: r.Name})
		}
		groups[at].Sum += r.Value
		groups[at].Count++
	}
	return groups
}

package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

// Joined is a record of each side with the key they share.
type Joined struct{ Key, Left, Right int64 }

// JoinedTriples has all that two triples with the same A say.
type JoinedTriples struct{ Key, LeftB, LeftValue, RightB, RightValue int64 }

// JoinedNames is a record of each side with the text they share.
type JoinedNames struct {
	Name        string
	Left, Right int64
}

// joining joins two sets of records. The first one is not the larger one, and its
// keys are unique.
type joining[T, O any, K comparable] struct {
	left, right func(n int) []T
	key         func(*T) *K
	join        func(l, r T) O
	fold        func(*side.Sums, []O)
	hand        func(left, right []T) side.Sums
}

func (q joining[T, O, K]) load(j side.Job) (map[string]side.Program, error) {
	left, right := q.left(j.Rows), q.right(j.Rows)
	if j.Engine == side.Hand {
		return j.Only(func() (side.Result, error) { return q.hand(left, right).Result(), nil })
	}
	return j.Only(func() (side.Result, error) {
		sink := &side.Checked[O]{Fold: q.fold}
		return run(j, sink, func(env *thalweg.Environment) *batch.DataSet[O] {
			l, r := batch.FromSlice(env, left), batch.FromSlice(env, right)
			return batch.Join(l, r, batch.On(q.key, q.key), q.join, batch.HashFirst)
		})
	})
}

// joinOne has one partner for every record.
var joinOne = joining[Record, Joined, int64]{
	left: func(n int) []Record {
		return fill(n, func(i uint64) Record { return Record{int64(mix(i, saltA)) * spread, int64(i)} })
	},
	right: func(n int) []Record {
		return fill(n, func(i uint64) Record {
			return Record{int64(mix(i*stride%uint64(n), saltA)) * spread, int64(i) + int64(n)}
		})
	},
	key:  recordKey,
	join: func(l, r Record) Joined { return Joined{l.Key, l.Value, r.Value} },
	fold: func(s *side.Sums, rows []Joined) {
		t := *s
		for i := range rows {
			r := &rows[i]
			t.A, t.B = t.A+uint64(r.Key), t.B+uint64(r.Key^r.Left^r.Right)
		}
		t.Rows += int64(len(rows))
		*s = t
	},
	hand: func(left, right []Record) (s side.Sums) {
		values := make(map[int64]int64, len(left))
		for _, l := range left {
			values[l.Key] = l.Value
		}
		for _, r := range right {
			if l, ok := values[r.Key]; ok {
				s.Rows++
				s.A, s.B = s.A+uint64(r.Key), s.B+uint64(r.Key^l^r.Value)
			}
		}
		return s
	},
}

// joinMany has about ten records of the second set for one of the first.
var joinMany = joining[Triple, JoinedTriples, int64]{
	left: func(n int) []Triple {
		return fill(n/perPartner, func(i uint64) Triple { return Triple{int64(mix(i, saltA)) * spread, int64(i), int64(i) * spread} })
	},
	right: func(n int) []Triple {
		keys := uint64(n / perPartner)
		return fill(n, func(i uint64) Triple {
			partner := mix(i, saltB) % keys
			return Triple{int64(mix(partner, saltA)) * spread, int64(i), int64(partner)}
		})
	},
	key:  tripleA,
	join: func(l, r Triple) JoinedTriples { return JoinedTriples{l.A, l.B, l.Value, r.B, r.Value} },
	fold: func(s *side.Sums, rows []JoinedTriples) {
		t := *s
		for i := range rows {
			r := &rows[i]
			t.A, t.B = t.A+uint64(r.Key), t.B+uint64(r.LeftB^r.LeftValue^r.RightB^r.RightValue)
		}
		t.Rows += int64(len(rows))
		*s = t
	},
	hand: func(left, right []Triple) (s side.Sums) {
		index := make(map[int64]int32, len(left))
		for i := range left {
			index[left[i].A] = int32(i)
		}
		for i := range right {
			r := &right[i]
			if at, ok := index[r.A]; ok {
				l := &left[at]
				s.Rows++
				s.A, s.B = s.A+uint64(l.A), s.B+uint64(l.B^l.Value^r.B^r.Value)
			}
		}
		return s
	},
}

// joinText is joinMany with texts as keys.
var joinText = joining[Named, JoinedNames, string]{
	left: func(n int) []Named {
		return named(n/perPartner, func(i uint64) uint64 { return i }, func(i uint64) int64 { return int64(i) * spread })
	},
	right: func(n int) []Named {
		keys := uint64(n / perPartner)
		return named(n, func(i uint64) uint64 { return mix(i, saltB) % keys }, func(i uint64) int64 { return int64(i) })
	},
	key:  namedName,
	join: func(l, r Named) JoinedNames { return JoinedNames{l.Name, l.Value, r.Value} },
	fold: func(s *side.Sums, rows []JoinedNames) {
		t := *s
		for i := range rows {
			r := &rows[i]
			t.A, t.B = t.A+uint64(r.Left), t.B+uint64(r.Left^r.Right^int64(r.Name[0]))
		}
		t.Rows += int64(len(rows))
		*s = t
	},
	hand: func(left, right []Named) (s side.Sums) {
		values := make(map[string]int64, len(left))
		for _, l := range left {
			values[l.Name] = l.Value
		}
		for _, r := range right {
			if l, ok := values[r.Name]; ok {
				s.Rows++
				s.A, s.B = s.A+uint64(l), s.B+uint64(l^r.Value^int64(r.Name[0]))
			}
		}
		return s
	},
}

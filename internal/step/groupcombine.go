package step

import (
	"slices"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// CombineGroup calls a function for each group of the records that fit into memory
// together: whenever there is no more room, what is there is sorted, gone through
// group by group, and dropped.
func CombineGroup[T any, K comparable, O any](rows *types.Type[T], key *types.Key[T, K], within []outofcore.Order[T], open Open[Reducer[T, O]]) operator.Factory {
	order := groupOrder(key, within)
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &combineGroupStep[T, K, O]{
			guard: guard{ctx: w.Context}, lateFunction: lateFunction[Reducer[T, O]]{make: open},
			typ: rows, key: key, order: order, share: w.Context.Memory(),
			out: newEmitter(output[O](w, 0)),
		}
		s.push = s.out.push
		return one[T](s), nil
	}
}

type combineGroupStep[T any, K comparable, O any] struct {
	guard
	lateFunction[Reducer[T, O]]
	typ   *types.Type[T]
	key   *types.Key[T, K]
	order outofcore.Order[T]
	share *memory.Share
	out   *emitter[O]
	push  func(O)

	rows  []T
	arena types.Arena
}

func (s *combineGroupStep[T, K, O]) Open() error { return s.openWith(s.ctx) }

// room is how many records, of which nothing is known but their fixed size, are
// taken before what is there is combined.
func (s *combineGroupStep[T, K, O]) room() int {
	return int(max(s.share.Limit()/2/int64(max(types.SizeOf[T](), 1)), 1))
}

// maxCombined bounds how many records are sorted at a time: more would find
// hardly any more groups.
const maxCombined = 1 << 16

func (s *combineGroupStep[T, K, O]) Collect(rows []T) error {
	if s.rows == nil {
		n := min(s.room(), maxCombined)
		s.rows = make([]T, 0, n)
		s.share.Force(int64(n * types.SizeOf[T]()))
	}
	for i := range rows {
		s.rows = append(s.rows, rows[i])
		s.typ.Detach(&s.rows[len(s.rows)-1], &s.arena)
		if len(s.rows) == cap(s.rows) || int64(s.arena.Size()) > s.share.Limit()/2 {
			if err := s.empty(); err != nil {
				return err
			}
		}
	}
	return nil
}

// empty combines what is there.
func (s *combineGroupStep[T, K, O]) empty() error {
	if err := s.combine(); err != nil {
		return err
	}
	clear(s.rows)
	s.rows = s.rows[:0]
	s.arena.Reset()
	return s.out.flush()
}

func (s *combineGroupStep[T, K, O]) combine() (err error) {
	rows := s.rows
	defer rescue(&s.guard, rows, &err)
	s.at = 0
	slices.SortFunc(rows, func(a, b T) int { return s.order.Compare(&a, &b) })
	equal := s.key.Type().Equal
	for len(rows) > s.at {
		from := s.at
		first := s.key.Get(&rows[from])
		to := from + 1
		for to < len(rows) {
			k := s.key.Get(&rows[to])
			if !equal(&k, &first) {
				break
			}
			to++
		}
		s.f(slices.Values(rows[from:to]), s.push)
		s.at = to
	}
	s.at = max(len(rows)-1, 0)
	return nil
}

func (s *combineGroupStep[T, K, O]) Finish() error { return s.empty() }

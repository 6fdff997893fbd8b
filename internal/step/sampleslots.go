package step

import (
	"fmt"
	"math"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Slot is a record drawn for one of several slots. Of the records that subtasks drew
// for a slot, the one with the earliest time is chosen: it is that of one subtask as
// likely as that subtask has records.
type Slot[T any] struct {
	Number int64
	Time   float64
	Record T
}

// DrawSlots draws, for each of n slots, any one of all records of a subtask, and
// emits them in Finish; nothing if there are no records. Each slot is a reservoir of
// one record (Park et al., Reservoir-based Random Sampling with Replacement from
// Data Stream, SDM 2004). A record that is the j-th is kept until after the m-th with
// probability j/m, so the next one to be taken can be drawn at once, and records
// that no slot takes cost nothing.
func DrawSlots[T any](rows *types.Type[T], n int, seed uint64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&drawSlotsStep[T]{
			slots: newSlots(w.Context, rows, n), draws: newDraws(w.Context, seed),
			out: newEmitter(output[Slot[T]](w, 0)),
		}), nil
	}
}

type drawSlotsStep[T any] struct {
	slots[T]
	draws draws
	seen  int64  // records
	next  []turn // a heap: the root is the next to come; none before the first record
	out   *emitter[Slot[T]]
}

// turn is the place, from 0, of the record that a slot takes next.
type turn struct {
	at   int64
	slot int
}

func (s *drawSlotsStep[T]) Collect(rows []T) error {
	if s.n == 0 {
		return operator.ErrDone
	}
	if s.next == nil {
		if err := s.begin(); err != nil {
			return err
		}
		s.next = make([]turn, s.n)
		for i := range s.next {
			s.next[i].slot = i
		}
	}
	for end := s.seen + int64(len(rows)); s.next[0].at < end; sinkTurn(s.next) {
		t := &s.next[0]
		s.set(t.slot, Slot[T]{Number: int64(t.slot), Record: rows[t.at-s.seen]})
		t.at = int64(min(math.Ceil(float64(t.at+1)/s.draws.uniform()), 1<<62)) - 1
	}
	s.seen += int64(len(rows))
	return nil
}

// sinkTurn puts the root of a heap where it belongs.
func sinkTurn(h []turn) {
	for at := 0; ; {
		least := at
		for child := 2*at + 1; child <= 2*at+2 && child < len(h); child++ {
			if h[child].at < h[least].at {
				least = child
			}
		}
		if least == at {
			return
		}
		h[at], h[least] = h[least], h[at]
		at = least
	}
}

// Finish draws the times: the first of several events, of which each comes as
// often as its subtask has records.
func (s *drawSlotsStep[T]) Finish() error {
	for i := range s.chosen {
		slot := s.chosen[i]
		slot.Time = -math.Log(s.draws.uniform()) / float64(s.seen)
		if err := s.out.add(slot); err != nil {
			return err
		}
	}
	return s.out.flush()
}

// ChooseSlots chooses for each slot from what the subtasks of [DrawSlots] drew, all
// in one subtask, and emits the records in Finish.
func ChooseSlots[T any](rows *types.Type[T], n int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[Slot[T]](&chooseSlotsStep[T]{slots: newSlots(w.Context, rows, n), out: newEmitter(output[T](w, 0))}), nil
	}
}

type chooseSlotsStep[T any] struct {
	slots[T]
	out *emitter[T]
}

func (s *chooseSlotsStep[T]) Collect(rows []Slot[T]) error {
	if s.chosen == nil {
		if err := s.begin(); err != nil {
			return err
		}
		for i := range s.chosen {
			s.chosen[i].Time = math.Inf(1)
		}
	}
	for i := range rows {
		if n := int(rows[i].Number); rows[i].Time < s.chosen[n].Time {
			s.set(n, rows[i])
		}
	}
	return nil
}

func (s *chooseSlotsStep[T]) Finish() error {
	for i := range s.chosen {
		if err := s.out.add(s.chosen[i].Record); err != nil {
			return err
		}
	}
	return s.out.flush()
}

// slots are n places for records, for which memory is accounted from begin to
// Close; what records refer to is not counted.
type slots[T any] struct {
	ctx    *operator.Context
	typ    *types.Type[T]
	n      int
	chosen []Slot[T] // none before begin
}

func newSlots[T any](ctx *operator.Context, rows *types.Type[T], n int) slots[T] {
	return slots[T]{ctx: ctx, typ: rows, n: n}
}

func (s *slots[T]) bytes() int64 { return int64(s.n) * (sizeOf[Slot[T]]() + sizeOf[turn]()) }

func (s *slots[T]) begin() error {
	share := s.ctx.Memory()
	if int64(s.n) > share.Limit() || !share.Reserve(s.bytes()) {
		return s.ctx.Fail(fmt.Errorf("a sample of %d records does not fit into the operator's memory of %s: raise --memory",
			s.n, memory.Text(share.Limit())), -1, nil)
	}
	s.chosen = make([]Slot[T], s.n)
	return nil
}

func (s *slots[T]) set(at int, slot Slot[T]) {
	s.typ.Detach(&slot.Record, nil)
	s.chosen[at] = slot
}

// Close implements operator.Closer.
func (s *slots[T]) Close(bool) error {
	if s.chosen != nil {
		s.ctx.Memory().Release(s.bytes())
		s.chosen = nil
	}
	return nil
}

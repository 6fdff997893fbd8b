package step

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// PolicyCut makes the operator of windows that are cut by policies; see CutPolicies. What
// becomes of firings is up to the receiver; there may be an adder that sees the records.
type PolicyCut[T any] func(to func(w operator.Wiring, scope *keyed.Scope) (receiver[T], policyAdder[T])) operator.Factory

// AggregateCut aggregates firings: of each comes one record. A window costs what comes and
// goes, not what is in it: each record is added up two or three times, however many firings
// have it. Of windows that let go all that was fired, and of those that let nothing go, no
// record is kept. What is added up has the order of the records, and is put together in
// another way than one by one.
func AggregateCut[T, R any](cut PolicyCut[T], p *agg.Program[T, R]) PolicyWindows[R] {
	return func(to windowReceiver[R]) operator.Factory {
		return cut(func(w operator.Wiring, scope *keyed.Scope) (receiver[T], policyAdder[T]) {
			next := to(w)
			t := &policyTotals[T, R]{program: p, scope: scope}
			return receiver[T]{flush: next.flush, open: func() (func(at, stamp int64, rows []T), error) {
				pass, err := next.open()
				one := make([]R, 1)
				return func(at, stamp int64, rows []T) {
					if t.total(rows, &one[0]) {
						pass(at, stamp, one)
					}
				}, err
			}}, t
		})
	}
}

// policyAdder adds up the records of the current key's window as they come and go.
type policyAdder[T any] interface {
	add(row *T)           // one that is not kept
	drop(rows []T, n int) // the n oldest ones go; rows are all that are kept
	forget(slot int32)

	// store returns what a slot has: of how many records in front, and of the others, and
	// restore puts it back for the current key. Totals are of the type that what says. rows
	// are all records that are kept.
	store(slot int32, rows []T) (front int, back []byte)
	restore(rows []T, front int, back []byte) error
	what() *types.Schema
}

// policyTotals has for each key the two stacks of a queue; see slides.
type policyTotals[T, R any] struct {
	program *agg.Program[T, R]
	scope   *keyed.Scope
	keys    []keyTotals[T, R] // by slot
	one     [1]agg.Partial[R]
	more    [1]agg.Partial[R]
	zeros   [addedAtOnce]int32
}

// keyTotals is the totals of a window: front[i] is that of a record and all that came behind
// it up to the last of the front, the oldest one first; back is that of the others.
type keyTotals[T, R any] struct {
	front   []agg.Partial[R]
	charged int  // totals in front that the scope knows of
	some    bool // there is something in back
	back    agg.Partial[R]
	added   int // records in back; of those that are kept, others follow
	pending []T // records that are not kept and not in back yet
}

// addedAtOnce is how many records are added up at once: one by one would cost more.
const addedAtOnce = 64

// current returns the totals of the current key.
func (t *policyTotals[T, R]) current() *keyTotals[T, R] {
	slot := int(t.scope.Slot())
	if slot >= len(t.keys) {
		t.grow(slot)
	}
	return &t.keys[slot]
}

func (t *policyTotals[T, R]) grow(slot int) {
	before := cap(t.keys)
	t.keys = lengthen(t.keys, slot+1)
	t.scope.Heavier((cap(t.keys) - before) * types.SizeOf[keyTotals[T, R]]())
}

func (t *policyTotals[T, R]) add(row *T) {
	k := t.current()
	k.pending = append(k.pending, *row)
	if len(k.pending) == addedAtOnce {
		t.settle(k, nil)
	}
}

// settle adds all records of a window to its totals. rows are those that are kept.
func (t *policyTotals[T, R]) settle(k *keyTotals[T, R], rows []T) {
	if len(rows) > 0 {
		rows = rows[len(k.front)+k.added:]
	} else {
		rows = k.pending
	}
	k.added += len(rows)
	if len(rows) > 0 && !k.some {
		k.some = true
		t.program.Start(&k.back, &rows[0], nil) // it refers to what the record does
	}
	t.one[0] = k.back
	for len(rows) > 0 {
		n := min(len(rows), len(t.zeros))
		t.program.Update(t.one[:], t.zeros[:n], rows[:n], nil)
		rows = rows[n:]
	}
	k.back = t.one[0]
	clear(k.pending)
	k.pending = k.pending[:0]
}

func (t *policyTotals[T, R]) drop(rows []T, n int) {
	k := t.current()
	if n < len(k.front) {
		clear(k.front[:n])
		k.front = k.front[n:]
		return
	}
	clear(k.pending)
	k.some, k.back, k.added, k.pending = false, agg.Partial[R]{}, 0, k.pending[:0]
	t.turn(k, rows[min(n, len(rows)):])
}

// turn makes records the front, instead of what is there.
func (t *policyTotals[T, R]) turn(k *keyTotals[T, R], rows []T) {
	t.scope.Heavier((len(rows) - k.charged) * types.SizeOf[agg.Partial[R]]())
	k.front, k.charged = nil, len(rows)
	if len(rows) > 0 {
		k.front = t.fronts(rows)
	}
}

// fronts returns the totals of records as those of a front.
func (t *policyTotals[T, R]) fronts(rows []T) []agg.Partial[R] {
	front := make([]agg.Partial[R], len(rows))
	for i := range rows {
		t.program.Start(&front[i], &rows[i], nil)
	}
	index := make([]int32, len(rows))
	for i := range index {
		index[i] = int32(i)
	}
	t.program.Update(front, index, rows, nil)
	for i := len(front) - 2; i >= 0; i-- {
		t.program.Merge(front[i:i+1], t.zeros[:1], front[i+1:i+2], nil)
	}
	return front
}

// total puts what the current key's window comes to into row. It returns false if there is
// nothing in it.
func (t *policyTotals[T, R]) total(rows []T, row *R) bool {
	k := t.current()
	t.settle(k, rows)
	switch {
	case len(k.front) > 0:
		t.one[0] = k.front[0]
		if k.some {
			t.more[0] = k.back
			t.program.Merge(t.one[:], t.zeros[:1], t.more[:], nil)
		}
	case k.some:
		t.one[0] = k.back
	default:
		return false
	}
	t.program.Finish(t.one[:])
	*row = t.one[0].Row
	return true
}

func (t *policyTotals[T, R]) forget(slot int32) {
	if int(slot) < len(t.keys) {
		k := &t.keys[slot]
		t.turn(k, nil)
		*k = keyTotals[T, R]{}
	}
}

func (t *policyTotals[T, R]) store(slot int32, rows []T) (front int, back []byte) {
	if int(slot) >= len(t.keys) {
		t.grow(int(slot))
	}
	k := &t.keys[slot]
	t.settle(k, rows)
	if k.some {
		back = t.program.Rows().Append(binary.AppendVarint(nil, k.back.N), &k.back.Row)
	}
	return len(k.front), back
}

func (t *policyTotals[T, R]) restore(rows []T, front int, back []byte) error {
	if front < 0 || front > len(rows) {
		return fmt.Errorf("there are %d totals of %d records", front, len(rows))
	}
	k := t.current()
	t.turn(k, rows[:front])
	k.added = len(rows) - front
	if k.some = len(back) > 0; !k.some {
		return nil
	}
	n, used := binary.Varint(back)
	if used <= 0 {
		return errors.New("a total is cut short")
	}
	k.back.N = n
	size, err := t.program.Rows().Decode(back[used:], &k.back.Row)
	if err == nil && used+size != len(back) {
		err = errors.New("there is more than a total")
	}
	return err
}

func (t *policyTotals[T, R]) what() *types.Schema { return t.program.Rows().Schema() }

package keyed

import "github.com/thalweg/thalweg/types"

// Timers are moments that keys wait for: at most one for each key and moment. They come
// in the order of their moments, equal ones in the order in which they were set.
//
// It is a binary heap; what is deleted stays in it until it comes up.
type Timers struct {
	scope *Scope
	heap  []timer
	set   map[alarm]uint64 // the number of the timer that counts
	next  uint64
}

type timer struct {
	alarm
	number uint64
}

// alarm is a moment of a slot.
type alarm struct {
	at   int64
	slot int32
}

// timerSize is about what a timer takes in the heap and in the map.
var timerSize = types.SizeOf[timer]() + types.MapEntrySize(types.SizeOf[alarm](), 8)

// NewTimers declares timers. A scope may have several kinds: they are told apart by the
// order in which they are declared.
func NewTimers(s *Scope) *Timers {
	t := &Timers{scope: s, set: map[alarm]uint64{}}
	s.timers = append(s.timers, t)
	return t
}

// Set makes the current key wait for a moment. If it does already nothing changes.
func (t *Timers) Set(at int64) {
	a := alarm{at, t.scope.Slot()}
	if _, ok := t.set[a]; ok {
		return
	}
	t.next++
	t.add(timer{a, t.next})
}

// add makes a key wait for a moment that it does not wait for yet.
func (t *Timers) add(next timer) {
	t.set[next.alarm] = next.number
	t.scope.hold(next.slot, 1)
	t.scope.account.add(timerSize)
	t.heap = append(t.heap, next)
	t.up(len(t.heap) - 1)
}

// Delete makes the current key wait for a moment no longer.
func (t *Timers) Delete(at int64) {
	a := alarm{at, t.scope.Slot()}
	if _, ok := t.set[a]; ok {
		delete(t.set, a)
		t.scope.hold(a.slot, -1)
		t.scope.account.add(-timerSize)
	}
}

// Next returns the earliest moment that a key waits for.
func (t *Timers) Next() (at int64, ok bool) {
	for len(t.heap) > 0 {
		first := t.heap[0]
		if t.set[first.alarm] == first.number {
			return first.at, true
		}
		t.pop() // deleted
	}
	return 0, false
}

// Take takes away the earliest timer, if its moment is not later than now. Its slot
// still counts it as held until Done.
func (t *Timers) Take(now int64) (at int64, slot int32, ok bool) {
	if at, ok := t.Next(); !ok || at > now {
		return 0, 0, false
	}
	first := t.pop()
	delete(t.set, first.alarm)
	t.scope.account.add(-timerSize)
	return first.at, first.slot, true
}

// Done says that a timer that was taken has been served.
func (t *Timers) Done(slot int32) { t.scope.hold(slot, -1) }

// Len returns how many timers are set.
func (t *Timers) Len() int { return len(t.set) }

func (t *Timers) before(i, j int) bool {
	a, b := &t.heap[i], &t.heap[j]
	return a.at < b.at || a.at == b.at && a.number < b.number
}

func (t *Timers) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !t.before(i, parent) {
			return
		}
		t.heap[i], t.heap[parent] = t.heap[parent], t.heap[i]
		i = parent
	}
}

func (t *Timers) pop() timer {
	first := t.heap[0]
	last := len(t.heap) - 1
	t.heap[0] = t.heap[last]
	t.heap = t.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && t.before(child+1, child) {
			child++
		}
		if !t.before(child, i) {
			break
		}
		t.heap[i], t.heap[child] = t.heap[child], t.heap[i]
		i = child
	}
	return first
}

package keyed

import (
	"time"

	"github.com/thalweg/thalweg/types"
)

// Aging sees to it that what a state keeps of keys is dropped when it is too old. It is a
// queue of slots; the owner of the state stamps what is written, and gives out nothing
// that is stamped at the limit or before.
//
// Invariant: a slot that has anything of the state stands in the queue, and no slot does
// twice. As all live equally long the queue is nearly in order, and needs no heap: what
// is too old is dropped, at the latest, soon after twice its life.
type Aging struct {
	scope  *Scope
	life   int64
	trim   func(limit int64) (oldest int64, left bool)
	queue  []aged
	first  int    // of the queue
	queued []bool // by slot
}

// Written is what the name of a state that expires is followed by in the name of the one
// with the moments at which it was written.
const Written = " (written)"

// aged is a slot that has nothing from before a moment.
type aged struct {
	at   int64
	slot int32
}

// NewAging declares that a state expires a time after it was written. trim is called with
// a current key: it drops what the key has that is stamped at the limit or before, and
// returns the oldest stamp of the rest.
func NewAging(s *Scope, life time.Duration, trim func(limit int64) (oldest int64, left bool)) *Aging {
	a := &Aging{scope: s, life: int64(life), trim: trim}
	s.aging = append(s.aging, a)
	return a
}

// Now returns the engine's clock, in nanoseconds.
func (a *Aging) Now() int64 { return a.scope.clock() }

// Limit returns the stamp of what expires at this moment.
func (a *Aging) Limit() int64 { return a.Now() - a.life }

// Wrote notes that the current key has something that is stamped with the present.
func (a *Aging) Wrote(now int64) {
	slot := a.scope.Slot()
	if n := int(slot) + 1; n > len(a.queued) {
		before := cap(a.queued)
		a.queued = append(a.queued, make([]bool, max(n, 2*len(a.queued))-len(a.queued))...)
		a.scope.array(before, cap(a.queued), 1)
	}
	if !a.queued[slot] {
		a.queued[slot] = true
		a.push(aged{now, slot})
	}
}

func (a *Aging) push(next aged) {
	before := cap(a.queue)
	a.queue = append(a.queue, next)
	a.scope.array(before, cap(a.queue), types.SizeOf[aged]())
}

// pause is the least time between two looks at a slot: a part of the life, so that a key
// that is written all the time costs little.
func (a *Aging) pause() int64 { return a.life / 16 }

// next returns when it is worth looking into the queue.
func (a *Aging) next() (at int64, ok bool) {
	if a.first == len(a.queue) {
		return 0, false
	}
	return a.queue[a.first].at + a.life + a.pause(), true
}

// sweep looks at the slots in front of the queue, at a number that does not hold up the
// task.
func (a *Aging) sweep(now int64) {
	const most = 4096
	limit := now - a.life
	for n := 0; n < most && a.first < len(a.queue) && a.queue[a.first].at <= limit; n++ {
		slot := a.queue[a.first].slot
		a.first++
		if a.scope.held[slot] == 0 { // its key let go of everything and was forgotten
			a.queued[slot] = false
			continue
		}
		a.scope.Enter(slot)
		if oldest, left := a.trim(limit); left {
			a.push(aged{max(oldest, limit+a.pause()), slot})
		} else {
			a.queued[slot] = false
		}
		a.scope.Leave()
	}
	if a.first > len(a.queue)/2 {
		a.queue = a.queue[:copy(a.queue, a.queue[a.first:])]
		a.first = 0
	}
}

// NextExpiry returns when something of the scope is to be dropped because it is too old.
func (s *Scope) NextExpiry() (at int64, ok bool) {
	for _, a := range s.aging {
		if next, some := a.next(); some && (!ok || next < at) {
			at, ok = next, true
		}
	}
	return at, ok
}

// Expire drops what is too old, or a part of it: then [Scope.NextExpiry] is in the past
// still. There must be no current key.
func (s *Scope) Expire(now int64) {
	for _, a := range s.aging {
		a.sweep(now)
	}
}

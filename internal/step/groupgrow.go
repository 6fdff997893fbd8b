package step

import (
	"math"
	"reflect"

	"github.com/thalweg/thalweg/internal/memory"
)

// quota is the part of a share that a table may hold. A nil quota has no end.
type quota struct {
	share *memory.Share
	spare int64 // bytes of the share that others will need
	held  int64
}

// take accounts for n bytes before they are allocated, if they are to be had.
func (q *quota) take(n int64) bool {
	if q == nil {
		return true
	}
	if n > q.free() {
		return false
	}
	q.force(n)
	return true
}

// force accounts for n bytes that cannot be done without.
func (q *quota) force(n int64) {
	if q != nil {
		q.share.Force(n)
		q.held += n
	}
}

// give takes back what take and force accounted for.
func (q *quota) give(n int64) {
	if q != nil {
		q.share.Release(n)
		q.held -= n
	}
}

// free returns the bytes the table may still take.
func (q *quota) free() int64 { return q.share.Left() - q.spare }

// groupSizes are bytes: of a key, and of what the user of the table keeps of a
// group.
type groupSizes struct{ key, state int64 }

const slotSize = 16

// firstGroups is the number of groups there is room for in the beginning.
const firstGroups = firstSlots / 4

// A table that needs a sixth of what it may have gets room for as many groups as it
// may ever have: as long as it is copied it needs memory twice.
const jumpPart = 6

// The chunks of an arena: the first has chunkSize bytes, the next ones as many as
// all before, up to chunkLimit.
const (
	chunkSize  = 64 << 10
	chunkLimit = 1 << 20
)

// sizeOf returns the bytes of a value of T, without what it refers to.
func sizeOf[T any]() int64 { return int64(reflect.TypeFor[T]().Size()) }

// keep makes extend be called before there are more groups than the slices that
// the user keeps have room for.
func (t *groups[K]) keep(state int64, extend func(capacity int)) {
	t.sizes.state, t.extend = state, extend
}

// bound gives a table that is still empty a quota: the share, but for spare bytes
// of it. What a table needs for a few groups it gets in any case.
func (t *groups[K]) bound(share *memory.Share, spare int64) {
	t.quota = &quota{share: share, spare: spare}
	t.sizes.key = sizeOf[K]()
	t.quota.force(int64(len(t.slots)) * slotSize)
}

// grow makes room for another key, or closes the table and returns false.
func (t *groups[K]) grow() bool {
	if !t.closed {
		long, wide := len(t.keys) < cap(t.keys), len(t.keys) < limitOf(len(t.slots))
		switch {
		case t.quota == nil:
			if !long {
				t.lengthen(max(2*cap(t.keys), firstGroups))
			}
			if !wide {
				t.widen(2 * len(t.slots))
			}
		case !t.longest:
			t.stretch(long, wide)
		case !t.widest:
			t.spread()
		}
	}
	if t.reopen(); len(t.keys) == t.limit {
		t.shut()
		return false
	}
	return true
}

// shut makes insert refuse keys.
func (t *groups[K]) shut() { t.closed, t.limit = true, len(t.keys) }

func (t *groups[K]) reopen() {
	if t.closed {
		return
	}
	t.limit = min(cap(t.keys), limitOf(len(t.slots)))
	if t.widest {
		t.limit = min(cap(t.keys), fullOf(len(t.slots)))
	}
}

// each returns the bytes that are kept by group.
func (t *groups[K]) each() int64 { return t.sizes.key + t.sizes.state }

// stretch doubles what is not long or wide enough while that is little, and then
// makes room for as many groups as the quota can be divided into.
func (t *groups[K]) stretch(long, wide bool) {
	q, had, slots := t.quota, int64(cap(t.keys)), int64(len(t.slots))
	more := int64(0)
	if !long {
		more += max(had, firstGroups) * t.each()
	}
	if !wide {
		more += slots * slotSize
	}
	if had == 0 || (q.held+more)*jumpPart < q.held+q.free() {
		if !long {
			t.lengthen(int(max(2*had, firstGroups)))
		}
		if !wide {
			t.widen(int(2 * slots))
		}
		return
	}
	t.longest = true
	// The slots are copied last. What the arena has is about what it takes for as
	// many groups again.
	stored := int64(t.stored) / int64(len(t.keys))
	most := (q.free() + had*(t.each()+stored)) / (t.each() + stored + 2*slotSize)
	// The states are copied first.
	if t.sizes.state > 0 {
		most = min(most, q.free()/t.sizes.state)
	}
	if most = min(most, math.MaxInt32); most > had {
		t.lengthen(int(most))
	}
	t.spread()
}

// spread doubles the slots while that is little, and then makes as many as the
// groups may need, or as there is room for.
func (t *groups[K]) spread() {
	slots, free := int64(len(t.slots)), t.quota.free()
	want := 2 * int64(cap(t.keys))
	if 2*slots < want && (2*slots*slotSize)*jumpPart < slots*slotSize+free {
		t.widen(int(2 * slots))
		return
	}
	t.widest = true
	if want = min(want, free/slotSize); want > slots {
		t.widen(int(want))
	}
}

// lengthen makes room for n groups in everything that is kept by group. The slices
// are copied one after the other, so that one of them at a time exists twice.
func (t *groups[K]) lengthen(n int) {
	had := int64(cap(t.keys))
	if t.extend != nil {
		t.quota.force(t.sizes.state * int64(n))
		t.extend(n)
		t.quota.give(t.sizes.state * had)
	}
	t.quota.force(t.sizes.key * int64(n))
	t.keys = withCapacity(t.keys, n)
	t.quota.give(t.sizes.key * had)
}

// maskOf returns n-1 if n is a power of two, else 0.
func maskOf(n int) uint64 {
	if n&(n-1) != 0 {
		return 0
	}
	return uint64(n - 1)
}

// widen makes more slots.
func (t *groups[K]) widen(n int) {
	t.quota.force(int64(n) * slotSize)
	slots := make([]slot, n)
	t.mask = maskOf(n)
	for _, s := range t.slots {
		if s.ref != 0 {
			slots[freeSlot(slots, t.mask, t.place(s.word))] = s
		}
	}
	t.quota.give(int64(len(t.slots)) * slotSize)
	t.slots = slots
}

// settle accounts for what the arena has taken since it was last called: once a
// batch. The table has accounted for one chunk in advance; if it cannot do so again
// it is closed.
func (t *groups[K]) settle() {
	if t.quota == nil || t.arena == nil {
		return
	}
	size := t.arena.Size()
	if size == t.stored {
		return
	}
	t.quota.give(t.ahead)
	t.ahead = 0
	more := int64(size - t.stored)
	t.stored = size
	if !t.quota.take(more) {
		t.quota.force(more)
		t.shut()
		return
	}
	next := min(max(chunkSize, int64(size)), chunkLimit)
	if !t.quota.take(next) {
		t.shut()
		return
	}
	t.ahead = next
}

// restart forgets all keys and begins with few slots again, as there will be fewer
// keys now.
func (t *groups[K]) restart() {
	t.quota.give(int64(len(t.slots)-firstSlots) * slotSize)
	t.slots, t.mask, t.widest = make([]slot, firstSlots), firstSlots-1, false
	t.reset()
}

// release gives up the arena's memory.
func (t *groups[K]) release() {
	if t.quota == nil || t.arena == nil {
		return
	}
	t.arena.Reset()
	t.quota.give(int64(t.stored) + t.ahead)
	t.stored, t.ahead = 0, 0
}

// drop takes everything the table holds out of the account. It may be called
// again; the table is of no use then.
func (t *groups[K]) drop() {
	if t.quota != nil {
		t.quota.give(t.quota.held)
	}
	t.slots, t.keys, t.extend = nil, nil, nil
}

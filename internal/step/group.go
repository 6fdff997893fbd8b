package step

import (
	"math"

	"github.com/thalweg/thalweg/types"
)

// groups numbers keys: the first key it meets is group 0, the next other one
// group 1, and so on. Whoever uses it keeps what belongs to the groups in slices
// of its own, indexed by group.
//
// It is a hash table with open addressing and linear probing (Knuth, The Art of
// Computer Programming 3, 6.4, algorithm L) over slots of eight bytes; keys stand
// densely beside it. The hashes of keys choose the receiving subtask by their top
// ten bits (operator.KeyGroup), so in one subtask those hardly differ: slots are
// chosen by the lowest bits, and the tags are bits 22 to 53.
//
// Invariant: the table is at most half full, every key's slot is on the way from
// hash&mask to the next free slot, and nothing is ever deleted.
type groups[K any] struct {
	typ   *types.Type[K]
	arena *types.Arena // what keys refer to is copied there; nil: it is shared
	probe func(t *groups[K], hashes []uint64, keys []K, out []int32)

	slots  []slot // a power of two
	limit  int    // of keys, before the table grows
	keys   []K    // by group
	hashes []uint64
}

// slot is a place in the table. The zero slot is free.
type slot struct {
	tag uint32
	ref uint32 // group + 1
}

// firstSlots is small as a sliding window has a table for every pane.
const firstSlots = 64

// limitOf returns how many keys a table may hold. Half full, a quarter of the keys
// is not in its first slot, and the processor mispredicts each of them: 8.8 ns a
// lookup instead of 5.6. While a table fits the second-level cache it is cheaper
// to leave three quarters free; beyond that, misses cost more.
func limitOf(slots int) int {
	if slots <= 1<<15 {
		return slots / 4
	}
	return slots / 2
}

// newGroups returns an empty table that compares keys by == where that is right.
func newGroups[K comparable](t *types.Type[K], arena *types.Arena) *groups[K] {
	g := newAnyGroups(t, arena)
	if t.Exact() {
		g.probe = probeExact[K]
	}
	return g
}

// newAnyGroups returns an empty table that compares keys by their type's Equal.
func newAnyGroups[K any](t *types.Type[K], arena *types.Arena) *groups[K] {
	return &groups[K]{
		typ: t, arena: arena, probe: probeEqual[K],
		slots: make([]slot, firstSlots), limit: limitOf(firstSlots),
	}
}

// find writes the group of every key to out. Keys that are new get the next
// numbers in their order; find returns the number of groups there were before.
func (t *groups[K]) find(hashes []uint64, keys []K, out []int32) (before int) {
	before = len(t.keys)
	if len(keys) > math.MaxInt32-before {
		panic("more than 2^31 keys in one subtask")
	}
	t.probe(t, hashes[:len(keys)], keys, out[:len(keys)])
	return before
}

func tagOf(hash uint64) uint32 { return uint32(hash >> 22) }

// The two probes differ in how they compare keys and in nothing else: a call for
// every record would cost as much as the rest of the loop.

func probeExact[K comparable](t *groups[K], hashes []uint64, keys []K, out []int32) {
	slots, dense := t.slots, t.keys
	for i, h := range hashes {
		tag := tagOf(h)
		for at := int(h) & (len(slots) - 1); ; at = (at + 1) & (len(slots) - 1) {
			s := slots[at]
			if s.ref == 0 {
				out[i] = t.insert(h, &keys[i], at)
				slots, dense = t.slots, t.keys
				break
			}
			if s.tag == tag && dense[s.ref-1] == keys[i] {
				out[i] = int32(s.ref - 1)
				break
			}
		}
	}
}

func probeEqual[K any](t *groups[K], hashes []uint64, keys []K, out []int32) {
	slots := t.slots
	for i, h := range hashes {
		tag := tagOf(h)
		for at := int(h) & (len(slots) - 1); ; at = (at + 1) & (len(slots) - 1) {
			s := slots[at]
			if s.ref == 0 {
				out[i] = t.insert(h, &keys[i], at)
				slots = t.slots
				break
			}
			if s.tag == tag && t.hashes[s.ref-1] == h && t.typ.Equal(&t.keys[s.ref-1], &keys[i]) {
				out[i] = int32(s.ref - 1)
				break
			}
		}
	}
}

// insert adds a key whose way through the table ends at a free slot.
func (t *groups[K]) insert(hash uint64, key *K, at int) int32 {
	group := len(t.keys)
	t.keys = append(t.keys, *key)
	if t.arena != nil {
		t.typ.Detach(&t.keys[group], t.arena)
	}
	t.hashes = append(t.hashes, hash)
	t.slots[at] = slot{tagOf(hash), uint32(group + 1)}
	if len(t.keys) > t.limit {
		t.grow()
	}
	return int32(group)
}

// grow doubles the table.
func (t *groups[K]) grow() {
	slots := make([]slot, 2*len(t.slots))
	for group, h := range t.hashes {
		at := int(h) & (len(slots) - 1)
		for slots[at].ref != 0 {
			at = (at + 1) & (len(slots) - 1)
		}
		slots[at] = slot{tagOf(h), uint32(group + 1)}
	}
	t.slots, t.limit = slots, limitOf(len(slots))
}

// reset forgets all keys and keeps the memory. What former keys refer to is left
// to those who have them.
func (t *groups[K]) reset() {
	clear(t.slots)
	clear(t.keys)
	t.keys, t.hashes = t.keys[:0], t.hashes[:0]
}

// groupFinder finds the groups of a batch of records.
type groupFinder[T, K any] struct {
	key    *types.Key[T, K]
	keys   []K
	hashes []uint64
	index  []int32
}

func newGroupFinder[T, K any](key *types.Key[T, K], batch int) *groupFinder[T, K] {
	return &groupFinder[T, K]{key: key, keys: make([]K, batch), hashes: make([]uint64, batch), index: make([]int32, batch)}
}

// size returns the most records a batch may have.
func (f *groupFinder[T, K]) size() int { return len(f.keys) }

// keysOf computes the keys of a batch. If that panics, g.at is the record at
// fault.
func (f *groupFinder[T, K]) keysOf(g *guard, rows []T) []K {
	keys := f.keys[:len(rows)]
	g.at = 0
	if !f.key.Opaque() {
		f.key.Gather(rows, keys)
		return keys
	}
	for i := range rows {
		g.at = i
		keys[i] = f.key.Get(&rows[i])
	}
	return keys
}

// read computes the keys of a batch and their hashes. If that panics, g.at is the
// record at fault.
func (f *groupFinder[T, K]) read(g *guard, rows []T) ([]K, []uint64) {
	keys, hashes := f.keysOf(g, rows), f.hashes[:len(rows)]
	f.hash(g, keys, hashes)
	return keys, hashes
}

// hash hashes keys in one call. A type whose values cannot all be hashed panics
// without a word about the place, so that has to be found then.
func (f *groupFinder[T, K]) hash(g *guard, keys []K, hashes []uint64) {
	defer func() {
		if caught := recover(); caught != nil {
			for g.at = 0; g.at < len(keys)-1 && f.hashable(&keys[g.at]); {
				g.at++
			}
			panic(caught)
		}
	}()
	f.key.Type().HashRows(keys, hashes)
}

func (f *groupFinder[T, K]) hashable(key *K) (ok bool) {
	defer func() { ok = recover() == nil }()
	f.key.Type().Hash(key)
	return true
}

// groupsOf returns the group of every record of a batch, and how many groups there
// were before it.
func (f *groupFinder[T, K]) groupsOf(g *guard, t *groups[K], rows []T) (index []int32, before int) {
	keys, hashes := f.read(g, rows)
	index = f.index[:len(rows)]
	return index, t.find(hashes, keys, index)
}

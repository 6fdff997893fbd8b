// Package keyed holds the state of keyed operators: keys, what belongs to them, and
// their timers. Floor 2.
//
// All of it belongs to one subtask and its goroutine. A [Backend] has the keys of one
// operator there; its [Scope] has their states and timers, and a current key, which the
// operator sets before it calls user code: the handles of package state speak of that key.
// What a scope holds is accounted for within the operator's share of memory, and is
// written and read back by key group: see snapshot.go for the format.
//
// Invariants:
//
//  1. A key is known while it holds something: a state that is set, or a timer. When it
//     lets go of the last thing it is forgotten at the next [Scope.Leave].
//  2. Slots are dense: what belongs to keys stands in slices indexed by slot.
package keyed

import (
	"github.com/thalweg/thalweg/types"
)

// Keys numbers keys: each has a slot as long as it is known. It is a hash table with
// open addressing, linear probing and deletion by moving back what stands behind (Knuth,
// The Art of Computer Programming 3, 6.4, algorithm R).
type Keys[K any] struct {
	typ    *types.Type[K]
	same   func(a, b *K) bool
	places []uint32 // slot + 1; 0 is free. A power of two of them, at most half taken
	mask   uint64
	hashes []uint64 // by slot
	keys   []K      // by slot
	free   []int32  // slots without a key
	known  int

	account *account
}

// NewKeys returns an empty table that nobody accounts for.
func NewKeys[K comparable](t *types.Type[K]) *Keys[K] {
	k := newKeys(t, &account{})
	return &k
}

// newKeys returns an empty table.
func newKeys[K comparable](t *types.Type[K], a *account) Keys[K] {
	const first = 64
	k := Keys[K]{typ: t, same: t.Equal, places: make([]uint32, first), mask: first - 1, account: a}
	if t.Exact() {
		k.same = identical[K]
	}
	return k
}

// identical is Equal for types for which Go's own equality is the same, and cheaper.
func identical[K comparable](a, b *K) bool { return *a == *b }

// place is where the search for a key begins. The top bits of hashes choose the
// subtask, so in one subtask they hardly differ.
func (t *Keys[K]) place(hash uint64) uint64 { return (hash >> 8) & t.mask }

// Find returns the slot of a key, which is made known if it is not. The key's memory
// stays the caller's.
func (t *Keys[K]) Find(hash uint64, key *K) (slot int32) {
	at := t.place(hash)
	for {
		ref := t.places[at]
		if ref == 0 {
			return t.insert(at, hash, key)
		}
		if slot := ref - 1; t.hashes[slot] == hash && t.same(&t.keys[slot], key) {
			return int32(slot)
		}
		at = (at + 1) & t.mask
	}
}

func (t *Keys[K]) insert(at, hash uint64, key *K) int32 {
	if 2*(t.known+1) > len(t.places) {
		t.grow()
		for at = t.place(hash); t.places[at] != 0; at = (at + 1) & t.mask {
		}
	}
	k := *key
	if t.typ.HasPointers() {
		t.typ.Detach(&k, nil) // memory of its own: keys come and go one by one
		t.account.add(t.typ.Held(&k))
	}
	var slot int32
	if n := len(t.free); n > 0 {
		slot = t.free[n-1]
		t.free = t.free[:n-1]
		t.keys[slot], t.hashes[slot] = k, hash
	} else {
		slot = int32(len(t.keys))
		keys, hashes := cap(t.keys), cap(t.hashes)
		t.keys, t.hashes = append(t.keys, k), append(t.hashes, hash)
		t.account.array(keys, cap(t.keys), types.SizeOf[K]())
		t.account.array(hashes, cap(t.hashes), 8)
	}
	t.places[at] = uint32(slot) + 1
	t.known++
	return slot
}

func (t *Keys[K]) grow() {
	old := t.places
	t.places = make([]uint32, 2*len(old))
	t.account.array(len(old), len(t.places), 4)
	t.mask = uint64(len(t.places) - 1)
	for _, ref := range old {
		if ref == 0 {
			continue
		}
		at := t.place(t.hashes[ref-1])
		for t.places[at] != 0 {
			at = (at + 1) & t.mask
		}
		t.places[at] = ref
	}
}

// Forget gives up a slot.
func (t *Keys[K]) Forget(slot int32) {
	hole := t.place(t.hashes[slot])
	for t.places[hole] != uint32(slot)+1 {
		hole = (hole + 1) & t.mask
	}
	for at := (hole + 1) & t.mask; t.places[at] != 0; at = (at + 1) & t.mask {
		// What wants to stand at or before the hole, going round, moves there.
		home := t.place(t.hashes[t.places[at]-1])
		if (at-home)&t.mask >= (at-hole)&t.mask {
			t.places[hole] = t.places[at]
			hole = at
		}
	}
	t.places[hole] = 0
	if t.typ.HasPointers() {
		t.account.add(-t.typ.Held(&t.keys[slot]))
	}
	var none K
	t.keys[slot] = none
	free := cap(t.free)
	t.free = append(t.free, slot)
	t.account.array(free, cap(t.free), 4)
	t.known--
}

// Len returns the number of known keys.
func (t *Keys[K]) Len() int { return t.known }

// Key returns the key of a slot, Hash its hash.
func (t *Keys[K]) Key(slot int32) *K { return &t.keys[slot] }

// Hash is described at Key.
func (t *Keys[K]) Hash(slot int32) uint64 { return t.hashes[slot] }

package step

import (
	"math"
	"math/bits"

	"github.com/thalweg/thalweg/types"
)

// groups numbers keys: the first key it meets is group 0, the next other one
// group 1, and so on. Whoever uses it keeps what belongs to the groups in slices
// of its own, indexed by group.
//
// It is a hash table with open addressing and linear probing (Knuth, The Art of
// Computer Programming 3, 6.4, algorithm L); keys stand densely beside it. A slot
// has the key's word (types.Type.Words), which for numbers and short strings says
// that keys are equal without a look at the key. The hashes of keys choose the
// receiving subtask by their top ten bits (keygroup.Of), so in one subtask
// those hardly differ. Slots are chosen by the bits below, down to placeShift, which
// the word has or gives: a table grows without a look at anything but its slots.
// That their number is a power of two saves a tenth of a lookup; a table that is
// made to fill its quota has as many as it gets, and takes the product of bits and
// number (Lemire, Fast Random Integer Generation in an Interval, ACM TOMACS 29, 2019).
//
// A table with a quota is closed when it may not grow any more: it goes on finding
// the keys it has, and refuses others.
//
// Invariant: every key's slot is on the way from its place to the next free slot,
// at most fullOf the slots are taken, and nothing is ever deleted.
type groups[K any] struct {
	typ   *types.Type[K]
	arena *types.Arena // what keys refer to is copied there; nil: it is shared
	probe func(t *groups[K], words, hashes []uint64, keys []K, out []int32)
	seek  func(t *groups[K], word, hash uint64, key *K) int32

	decided uint64 // words below it need no comparison of keys
	slots   []slot
	mask    uint64 // if the slots are a power of two, their number less one; else 0
	limit   int    // of keys, before something has to grow
	keys    []K    // by group

	extend  func(capacity int) // makes room in what the user keeps by group; may be nil
	quota   *quota             // nil: no limit
	sizes   groupSizes
	stored  int   // bytes of the arena that are accounted for
	ahead   int64 // bytes accounted for the arena's next chunk
	longest bool  // there is room for as many groups as there ever will be
	widest  bool  // and for their slots
	closed  bool
	refused int // keys the last find refused
	filter  filter
}

// slot is a place in the table. The zero slot is free.
type slot struct {
	word uint64
	ref  uint32 // group + 1
}

// firstSlots is small as a sliding window has a table for every pane.
const firstSlots = 64

// placeShift is how many of the lowest bits of a hash do not choose slots: the word
// of a long string lacks those. The top bits are left out, too.
const (
	placeShift = 8
	topBits    = 10
)

// slotOf returns the first slot, of n, on the way of a key with that hash but for
// the lowest bits.
func slotOf(place, mask uint64, n int) int {
	if mask != 0 {
		return int(place & mask)
	}
	at, _ := bits.Mul64(place<<(placeShift+topBits), uint64(n))
	return int(at)
}

// limitOf returns how many keys a table may hold. Half full, a quarter of the keys
// is not in its first slot, and the processor mispredicts each of them: 8.8 ns a
// lookup instead of 5.6. While a table fits the second-level cache it is cheaper
// to leave three quarters free; beyond that, misses cost more.
func limitOf(slots int) int {
	if slots <= 1<<14 {
		return slots / 4
	}
	return slots / 2
}

// fullOf returns how many keys a table may hold that may not have more slots. Who
// looks for a key that is not there, as most do when the table is closed, looks at
// 2.5 slots then; with an eighth more keys it were 4.
func fullOf(slots int) int { return slots / 2 }

// newGroups returns an empty table that compares keys by == where that is right.
func newGroups[K comparable](t *types.Type[K], arena *types.Arena) *groups[K] {
	g := newAnyGroups(t, arena)
	if t.Exact() {
		g.probe, g.seek = probeExact[K], seekExact[K]
	}
	return g
}

// newAnyGroups returns an empty table that compares keys by their type's Equal.
func newAnyGroups[K any](t *types.Type[K], arena *types.Arena) *groups[K] {
	return &groups[K]{
		typ: t, arena: arena, probe: probeEqual[K], seek: seekEqual[K], decided: t.Decided(),
		slots: make([]slot, firstSlots), mask: firstSlots - 1,
	}
}

// find writes the group of every key, of which words and hashes are those of its
// type, to out. Keys that are new get the next numbers in their order; find
// returns the number of groups there were before. A closed table writes -1 for
// new keys, and counts them in refused.
func (t *groups[K]) find(words, hashes []uint64, keys []K, out []int32) (before int) {
	before, t.refused = len(t.keys), 0
	if len(keys) > math.MaxInt32-before {
		panic("more than 2^31 keys in one subtask")
	}
	if t.closed {
		t.findClosed(words[:len(keys)], hashes[:len(keys)], keys, out[:len(keys)])
		return before
	}
	t.probe(t, words[:len(keys)], hashes[:len(keys)], keys, out[:len(keys)])
	return before
}

// The two probes differ in how they compare keys and in nothing else: a call for
// every record would cost as much as the rest of the loop.

func probeExact[K comparable](t *groups[K], words, hashes []uint64, keys []K, out []int32) {
	t.guess(words, hashes, out)
	decided, dense := t.decided, t.keys
	for i, group := range out {
		word := words[i]
		if group >= 0 && (word < decided || dense[group] == keys[i]) {
			continue
		}
		slots := t.slots
		for at := slotOf(hashes[i]>>placeShift, t.mask, len(slots)); ; at++ {
			if at == len(slots) {
				at = 0
			}
			s := &slots[at]
			if s.ref == 0 {
				out[i] = t.insert(word, hashes[i], &keys[i], at)
				dense = t.keys
				break
			}
			if s.word == word && (word < decided || t.keys[s.ref-1] == keys[i]) {
				out[i] = int32(s.ref - 1)
				break
			}
		}
	}
}

// guess writes the group in the first slot of every key, or -1 where that is
// free or has another word. No branch depends on the data, so the processor
// waits for many slots at once; each would be a miss of its own otherwise.
func (t *groups[K]) guess(words, hashes []uint64, out []int32) {
	slots, mask := t.slots, t.mask
	words, out = words[:len(hashes)], out[:len(hashes)]
	if mask == 0 {
		for i, h := range hashes {
			s := &slots[slotOf(h>>placeShift, 0, len(slots))]
			group := int32(s.ref) - 1
			if s.word != words[i] {
				group = -1
			}
			out[i] = group
		}
		return
	}
	for i, h := range hashes {
		s := &slots[h>>placeShift&mask]
		group := int32(s.ref) - 1
		if s.word != words[i] {
			group = -1
		}
		out[i] = group
	}
}

func probeEqual[K any](t *groups[K], words, hashes []uint64, keys []K, out []int32) {
	slots, decided := t.slots, t.decided
	for i, h := range hashes {
		word := words[i]
		for at := slotOf(h>>placeShift, t.mask, len(slots)); ; at++ {
			if at == len(slots) {
				at = 0
			}
			s := &slots[at]
			if s.ref == 0 {
				out[i] = t.insert(word, h, &keys[i], at)
				slots = t.slots
				break
			}
			if s.word == word && (word < decided || t.typ.Equal(&t.keys[s.ref-1], &keys[i])) {
				out[i] = int32(s.ref - 1)
				break
			}
		}
	}
}

// insert adds a key whose way through the table ends at a free slot, or refuses it
// and returns -1.
func (t *groups[K]) insert(word, hash uint64, key *K, at int) int32 {
	group := len(t.keys)
	if group == t.limit {
		if !t.grow() {
			t.refused++
			return -1
		}
		at = freeSlot(t.slots, t.mask, hash>>placeShift)
	}
	t.keys = append(t.keys, *key)
	if t.arena != nil {
		t.typ.Detach(&t.keys[group], t.arena)
	}
	t.slots[at] = slot{word, uint32(group + 1)}
	return int32(group)
}

// freeSlot returns the free slot at the end of a key's way.
func freeSlot(slots []slot, mask, place uint64) int {
	at := slotOf(place, mask, len(slots))
	for slots[at].ref != 0 {
		if at++; at == len(slots) {
			at = 0
		}
	}
	return at
}

// place returns the hash of a key with that word, shifted by placeShift.
func (t *groups[K]) place(word uint64) uint64 {
	switch {
	case t.decided == 0:
		return word >> placeShift
	case word < t.decided || t.decided == math.MaxUint64:
		return types.HashUint64(word) >> placeShift
	}
	return word & (1<<(64-placeShift) - 1)
}

// reset forgets all keys and keeps the memory. What former keys refer to is left
// to those who have them, the arena's chunks if they are accounted for.
func (t *groups[K]) reset() {
	clear(t.slots)
	clear(t.keys)
	t.keys = t.keys[:0]
	t.release()
	t.unfilter()
	t.closed = false
	t.reopen()
}

// groupFinder finds the groups of a batch of records.
type groupFinder[T, K any] struct {
	key    *types.Key[T, K]
	keys   []K
	words  []uint64
	hashes []uint64
	index  []int32
}

func newGroupFinder[T, K any](key *types.Key[T, K], batch int) *groupFinder[T, K] {
	return &groupFinder[T, K]{key: key, keys: make([]K, batch), words: make([]uint64, batch), hashes: make([]uint64, batch), index: make([]int32, batch)}
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

// hash hashes keys in one call. A type whose values cannot all be hashed panics
// without a word about the place, so that has to be found then.
func (f *groupFinder[T, K]) hash(g *guard, keys []K) {
	defer func() {
		if caught := recover(); caught != nil {
			for g.at = 0; g.at < len(keys)-1 && f.hashable(&keys[g.at]); {
				g.at++
			}
			panic(caught)
		}
	}()
	f.key.Type().Words(keys, f.words, f.hashes)
}

func (f *groupFinder[T, K]) hashable(key *K) (ok bool) {
	defer func() { ok = recover() == nil }()
	f.key.Type().Hash(key)
	return true
}

// groupsOf returns the group of every record of a batch, and how many groups there
// were before it.
func (f *groupFinder[T, K]) groupsOf(g *guard, t *groups[K], rows []T) (index []int32, before int) {
	return f.groupsOfKeys(g, t, f.keysOf(g, rows))
}

// groupsOfKeys is groupsOf for keys; there may be no more than size of them.
func (f *groupFinder[T, K]) groupsOfKeys(g *guard, t *groups[K], keys []K) (index []int32, before int) {
	f.hash(g, keys)
	index = f.index[:len(keys)]
	return index, t.find(f.words, f.hashes, keys, index)
}

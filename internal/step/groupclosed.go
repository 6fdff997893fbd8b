package step

// filter says of keys that a closed table does not have, mostly, that it does not:
// a Bloom filter with one bit a key (Bloom, Space/Time Trade-offs in Hash Coding
// with Allowable Errors, CACM 13, 1970). Without it a table would have to be walked
// for each of them, which the processor cannot foresee.
type filter struct {
	bits []uint64 // a power of two; none: the table is open, or has just been closed
	walk []int32  // places in a batch
}

// filterPart is the part of a share for the filter. filterBits are enough for a
// key.
const (
	filterPart  = 32
	filterBits  = 16
	filterShift = 9 // the bits of places below choose slots as well
)

// filterFor makes a filter for the keys of a table, of no more than limit bytes.
func (t *groups[K]) filterFor(limit int64) {
	n := 1
	for n*64 < len(t.keys)*filterBits && int64(n)*16 <= limit {
		n *= 2
	}
	t.quota.force(int64(n) * 8)
	t.filter.bits = make([]uint64, n)
	for _, s := range t.slots {
		if s.ref != 0 {
			place := t.place(s.word) >> filterShift
			t.filter.bits[place>>6&uint64(n-1)] |= 1 << (place & 63)
		}
	}
}

// unfilter gives the filter up.
func (t *groups[K]) unfilter() {
	t.quota.give(int64(len(t.filter.bits)) * 8)
	t.filter.bits = nil
}

// findClosed is find for a closed table. But for keys that the filter or their
// first slot do not settle no branch depends on the data.
func (t *groups[K]) findClosed(words, hashes []uint64, keys []K, out []int32) {
	if t.filter.bits == nil {
		t.filterFor(t.quota.share.Limit() / filterPart)
	}
	t.filter.walk = lengthen(t.filter.walk, len(keys))
	t.guess(words, hashes, out)
	bits, walk, decided := t.filter.bits, t.filter.walk[:len(keys)], t.decided
	mask := uint64(len(bits) - 1)
	words, out = words[:len(hashes)], out[:len(hashes)]
	n, refused := 0, 0
	for i, h := range hashes {
		place := h >> (placeShift + filterShift)
		may := int(bits[place>>6&mask] >> (place & 63) & 1)
		unknown := int(uint32(out[i]) >> 31)
		refused += unknown &^ may
		need := unknown & may
		if words[i] >= decided {
			need = may
		}
		walk[n] = int32(i)
		n += need
	}
	for _, i := range walk[:n] {
		out[i] = t.seek(t, words[i], hashes[i], &keys[i])
		refused += int(uint32(out[i]) >> 31)
	}
	t.refused = refused
}

// seekExact and seekEqual return the group of a key, or -1. Like the probes they
// differ in how they compare keys.

func seekExact[K comparable](t *groups[K], word, hash uint64, key *K) int32 {
	for at := slotOf(hash>>placeShift, t.mask, len(t.slots)); ; at++ {
		if at == len(t.slots) {
			at = 0
		}
		s := &t.slots[at]
		if s.ref == 0 || s.word == word && (word < t.decided || t.keys[s.ref-1] == *key) {
			return int32(s.ref) - 1
		}
	}
}

func seekEqual[K any](t *groups[K], word, hash uint64, key *K) int32 {
	for at := slotOf(hash>>placeShift, t.mask, len(t.slots)); ; at++ {
		if at == len(t.slots) {
			at = 0
		}
		s := &t.slots[at]
		if s.ref == 0 || s.word == word && (word < t.decided || t.typ.Equal(&t.keys[s.ref-1], key)) {
			return int32(s.ref) - 1
		}
	}
}

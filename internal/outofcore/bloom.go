package outofcore

import "math/bits"

// bloom is a filter over hashes: it says that a hash was certainly not added, or
// that it may have been. Every hash has four bits in one word, so that a question
// costs one miss of the cache (Putze, Sanders, Singler, Cache-, Hash- and
// Space-Efficient Bloom Filters, 2007, with blocks of one word).
//
// The word is chosen by the bits below those that choose subtask and partition, the
// bits in it by the lowest ones.
type bloom struct {
	words   []uint64
	added   int64
	waiting []uint64 // added, but not yet in words
}

// bloomRow is the bits a hash should have: about one of a hundred others passes.
// maxBloom is the most bytes that a filter has.
const (
	bloomRow = 16
	maxBloom = 256 << 20
)

// newBloom returns an empty filter of a number of bytes, at least eight.
func newBloom(bytes int64) *bloom {
	return &bloom{words: make([]uint64, max(bytes/8, 1)), waiting: make([]uint64, 0, 256)}
}

// word returns which word has the bits of a hash.
func (b *bloom) word(hash uint64) uint64 {
	at, _ := bits.Mul64(hash<<(subtaskBits+partBits), uint64(len(b.words)))
	return at
}

func bloomBits(hash uint64) uint64 {
	return 1<<(hash&63) | 1<<(hash>>6&63) | 1<<(hash>>12&63) | 1<<(hash>>18&63)
}

// add adds a hash; settle comes before pass. A nil filter takes none, and lets all
// pass.
func (b *bloom) add(hash uint64) {
	if b != nil {
		if len(b.waiting) == cap(b.waiting) {
			b.settle()
		}
		b.waiting = append(b.waiting, hash)
	}
}

// settle sets the bits of what was added: many hashes in a row, so that the
// processor waits for many words at once.
func (b *bloom) settle() {
	if b == nil {
		return
	}
	for _, hash := range b.waiting {
		b.words[b.word(hash)] |= bloomBits(hash)
	}
	b.added += int64(len(b.waiting))
	b.waiting = b.waiting[:0]
}

// full reports whether hardly anything would be kept back.
func (b *bloom) full() bool { return b.added*3 > int64(len(b.words))*64*2 }

// pass keeps those of index whose hash may have been added at the front, in their
// order, and returns how many; the others follow in any order. words is room for
// as many numbers.
func (b *bloom) pass(hashes []uint64, index []int32, words []uint64) int {
	if b == nil {
		return len(index)
	}
	words = words[:len(index)]
	for k, i := range index { // no branch: the processor waits for many words at once
		words[k] = b.words[b.word(hashes[i])]
	}
	n := 0
	for k, i := range index {
		index[k], index[n] = index[n], i
		if set := bloomBits(hashes[i]); words[k]&set == set {
			n++
		}
	}
	return n
}

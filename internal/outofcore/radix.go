package outofcore

import (
	"math/bits"

	"github.com/thalweg/thalweg/types"
)

// entry is an index entry as words; the first one is the prefix.
type entry interface {
	[2]uint64 | [3]uint64 | [4]uint64
}

// maxStride is the bytes of the largest entry.
const maxStride = 32

// indexSorter sorts ranges of an index by prefix; entries with the same prefix
// get any order, the same for the same input. begin comes before sort, and again
// when the index has got or lost pages; it says how many bytes may be used besides
// the index.
type indexSorter interface {
	begin(bytes int)
	sort(lo, hi int)
}

// radixSort sorts by the bits of the prefix, from the highest in which any two
// differ. Ranges that are too long for its scratch memory are divided in place by
// blocks: entries are collected in a buffer for each value of the digit; full
// buffers overwrite the front of the range, which has been read by then; the
// blocks are then exchanged until those of one value stand together, and moved to
// where they belong. So entries move between pages in blocks, and single ones only
// in the cache (Axtmann, Witt, Ferizovic, Sanders: In-place Parallel Super Scalar
// Samplesort, 2017, and its radix sort IPS²Ra, 2022). What fits into the scratch
// memory is sorted there, from one half to the other.
type radixSort[E entry] struct {
	x     *sortIndex
	all   []E
	pages [][]E // the pages of x
}

// newIndexSorter returns the sorter for the stride of x.
func newIndexSorter(x *sortIndex) indexSorter {
	switch x.stride {
	case 16:
		return &radixSort[[2]uint64]{x: x}
	case 24:
		return &radixSort[[3]uint64]{x: x}
	default:
		return &radixSort[[4]uint64]{x: x}
	}
}

func (r *radixSort[E]) begin(bytes int) {
	if n := max(bytes/r.x.stride, minScratch); len(r.all) != n {
		r.all = make([]E, n)
	}
	r.pages = r.pages[:0]
	for _, page := range r.x.pages {
		view, err := types.View[E](page)
		if err != nil {
			panic(err) // pages are aligned and entries have no pointers
		}
		r.pages = append(r.pages, view[:r.x.perPage])
	}
}

// Blocks of entries that move between pages, and the least scratch memory: two
// buffers and two blocks.
const (
	maxBlock   = 32
	minScratch = 4 * 8
)

func (r *radixSort[E]) from(pos int) []E {
	page := (pos - r.x.first) / r.x.perPage
	return r.pages[page][pos-r.x.first-page*r.x.perPage:]
}

func (r *radixSort[E]) load(pos int, dst []E) {
	for len(dst) > 0 {
		n := copy(dst, r.from(pos))
		dst, pos = dst[n:], pos+n
	}
}

func (r *radixSort[E]) store(pos int, src []E) {
	for len(src) > 0 {
		n := copy(r.from(pos), src)
		src, pos = src[n:], pos+n
	}
}

// sort sorts a range. A range in order, or in reverse order, is one pass over it.
func (r *radixSort[E]) sort(lo, hi int) {
	if hi-lo < 2 {
		return
	}
	s := r.x.survey(lo, hi)
	switch {
	case s.ascending:
	case s.descending:
		r.x.reverse(lo, hi)
	default:
		r.divide(lo, hi, s.differ)
	}
}

// divide sorts a range whose prefixes differ in the given bits.
func (r *radixSort[E]) divide(lo, hi int, differ uint64) {
	n, half := hi-lo, len(r.all)/2
	if n <= half {
		r.inScratch(lo, hi)
		return
	}
	if differ == 0 {
		return
	}
	block := min(max(len(r.all)/64, minScratch/4), maxBlock)
	digit := min(bits.Len(uint(len(r.all)/block-2))-1, bits.Len(uint(4*n/half)), bits.Len64(differ), 10)
	shift := bits.Len64(differ) - digit
	bounds := r.partition(lo, hi, shift, digit, block)
	// Neighbours that fit into the scratch memory together are sorted together.
	for i := 0; i+1 < len(bounds); {
		j := i + 1
		for j+1 < len(bounds) && bounds[j+1]-bounds[i] <= half {
			j++
		}
		switch from, to := bounds[i], bounds[j]; {
		case to-from < 2:
		case to-from <= half:
			r.inScratch(from, to)
		default:
			r.divide(from, to, r.x.survey(from, to).differ)
		}
		i = j
	}
}

// partition orders a range by a digit and returns the bounds of its values.
func (r *radixSort[E]) partition(lo, hi, shift, digit, block int) []int {
	k := 1 << digit
	mask := uint64(k - 1)
	buffers := r.all[:k*block]
	spare := r.all[k*block:]
	fill := make([]int, k)
	full := make([]int, k)

	// Collect.
	end := lo // of the full blocks
	chunk := spare[:min(len(spare), 512)]
	for pos := lo; pos < hi; {
		from := r.from(pos)
		n := min(hi-pos, len(chunk), len(from))
		copy(chunk, from[:n])
		pos += n
		for i := range chunk[:n] {
			d := int(chunk[i][0] >> shift & mask)
			f := fill[d]
			buffers[d*block+f] = chunk[i]
			if f++; f == block {
				r.store(end, buffers[d*block:(d+1)*block])
				end += block
				full[d]++
				f = 0
			}
			fill[d] = f
		}
	}

	// Exchange blocks.
	starts := make([]int, k+1) // of the blocks of each value, as positions
	starts[0] = lo
	for d := range k {
		starts[d+1] = starts[d] + full[d]*block
	}
	next := append([]int(nil), starts[:k]...)
	hand, other := spare[:block], spare[block:2*block]
	for d := range k {
		for next[d] < starts[d+1] {
			if int(r.from(next[d])[0][0]>>shift&mask) == d {
				next[d] += block
				continue
			}
			r.load(next[d], hand)
			for {
				to := int(hand[0][0] >> shift & mask)
				if to == d {
					break
				}
				r.load(next[to], other)
				r.store(next[to], hand)
				next[to] += block
				hand, other = other, hand
			}
			r.store(next[d], hand)
			next[d] += block
		}
	}

	// Move each value's entries to their place, the last ones first: only as many
	// move as stand before it. What is left in the buffers goes behind.
	bounds := make([]int, k+1)
	bounds[k] = hi
	for d := k - 1; d >= 0; d-- {
		bounds[d] = bounds[d+1] - full[d]*block - fill[d]
		from, to := starts[d], starts[d+1]
		n := min(bounds[d], to) - from
		at := max(to, bounds[d])
		for n > 0 {
			m := min(n, len(chunk))
			r.load(from, chunk[:m])
			r.store(at, chunk[:m])
			from, at, n = from+m, at+m, n-m
		}
		r.store(at, buffers[d*block:d*block+fill[d]])
	}
	return bounds
}

// inScratch sorts a range of at most half the scratch memory.
func (r *radixSort[E]) inScratch(lo, hi int) {
	n, half := hi-lo, len(r.all)/2
	a, b := r.all[:n], r.all[half:half+n]
	if from := r.from(lo); len(from) >= n {
		copy(a, from[:n])
		sortEntries(a, b, false)
		copy(from, a)
		return
	}
	r.load(lo, a)
	sortEntries(a, b, false)
	r.store(lo, a)
}

// insertionLimit is the longest range that is sorted by insertion.
const insertionLimit = 24

// sortEntries sorts a by prefix, with the help of b, which is as long. The result
// is in a, or in b if there is true.
func sortEntries[E entry](a, b []E, there bool) {
	if len(a) <= insertionLimit {
		insertEntries(a)
		if there {
			copy(b, a)
		}
		return
	}
	differ := uint64(0)
	for i := range a {
		differ |= a[i][0] ^ a[0][0]
	}
	if differ == 0 {
		if there {
			copy(b, a)
		}
		return
	}
	const maxDigit = 11
	digit := min(max(bits.Len(uint(len(a)))-3, 4), maxDigit, bits.Len64(differ))
	shift := (bits.Len64(differ) - digit) & 63
	k := 1 << digit
	mask := uint64(k - 1)
	var count [1 << maxDigit]uint32
	for i := range a {
		count[a[i][0]>>shift&mask]++
	}
	sum := uint32(0)
	for d := range count[:k] {
		sum, count[d] = sum+count[d], sum
	}
	for i := range a {
		d := a[i][0] >> shift & mask
		b[count[d]] = a[i]
		count[d]++
	}
	if shift == 0 {
		if !there {
			copy(a, b)
		}
		return
	}
	start := uint32(0)
	for _, end := range count[:k] {
		if end > start {
			sortEntries(b[start:end], a[start:end], !there)
		}
		start = end
	}
}

func insertEntries[E entry](a []E) {
	for i := 1; i < len(a); i++ {
		e := a[i]
		j := i
		for ; j > 0 && a[j-1][0] > e[0]; j-- {
			a[j] = a[j-1]
		}
		a[j] = e
	}
}

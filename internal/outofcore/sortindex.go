package outofcore

import (
	"encoding/binary"

	"github.com/thalweg/thalweg/internal/memory"
)

// sortIndex is a queue of entries of one size in pages. An entry is
//
//	 0                       8                      stride
//	+-----------------------+------------------------+
//	| prefix, native uint64 | reference, or the row  |
//	+-----------------------+------------------------+
//
// Entries have positions, counted from the first one that ever was: new ones come
// behind the last, and the oldest ones leave.
//
// Invariant: all pages but the last are full, and pages[0] has the entry at head.
type sortIndex struct {
	share   *memory.Share
	stride  int // bytes of an entry, a multiple of 8
	perPage int
	pages   [][]byte
	first   int // the position of the first entry of pages[0]
	head    int // the oldest entry
	tail    int // behind the newest one
}

func newSortIndex(share *memory.Share, stride int) sortIndex {
	return sortIndex{share: share, stride: stride, perPage: share.PageSize() / stride}
}

// len returns the number of entries.
func (x *sortIndex) len() int { return x.tail - x.head }

// room returns how many entries the last page takes.
func (x *sortIndex) room() int { return x.first + len(x.pages)*x.perPage - x.tail }

// grow adds an empty page.
func (x *sortIndex) grow(page []byte) { x.pages = append(x.pages, page) }

// extend makes n more entries, at most room, and returns their bytes.
func (x *sortIndex) extend(n int) []byte {
	at := x.tail
	x.tail += n
	return x.from(at)[:n*x.stride]
}

// shorten takes back the last n entries, which are in the last page.
func (x *sortIndex) shorten(n int) { x.tail -= n }

// from returns the bytes of the entries from a position to the end of its page.
func (x *sortIndex) from(pos int) []byte {
	page := (pos - x.first) / x.perPage
	at := pos - x.first - page*x.perPage
	return x.pages[page][at*x.stride : x.perPage*x.stride]
}

// read copies the entries from a position on, as many as dst has room for.
func (x *sortIndex) read(pos int, dst []byte) {
	for len(dst) > 0 {
		n := copy(dst, x.from(pos))
		dst, pos = dst[n:], pos+n/x.stride
	}
}

// write puts entries to a position.
func (x *sortIndex) write(pos int, src []byte) {
	for len(src) > 0 {
		n := copy(x.from(pos), src)
		src, pos = src[n:], pos+n/x.stride
	}
}

// drop removes the oldest n entries and frees the pages they leave empty.
func (x *sortIndex) drop(n int) {
	x.head += n
	done := (x.head - x.first) / x.perPage
	if x.head == x.tail {
		done = len(x.pages)
		x.first = x.head - done*x.perPage
	}
	for i := range done {
		x.share.Free(x.pages[i])
	}
	x.pages = append(x.pages[:0], x.pages[done:]...)
	x.first += done * x.perPage
}

// survey is what is known of the prefixes of a range of entries.
type survey struct {
	differ     uint64 // the bits in which any two prefixes differ
	ascending  bool   // none is smaller than the one before it
	descending bool   // none is larger
}

// survey looks at all prefixes of a range, which is not empty.
func (x *sortIndex) survey(lo, hi int) survey {
	first := binary.NativeEndian.Uint64(x.from(lo))
	s := survey{ascending: true, descending: true}
	last := first
	up, down := uint64(0), uint64(0)
	for pos := lo; pos < hi; {
		page := x.from(pos)
		page = page[:min(len(page), (hi-pos)*x.stride)]
		pos += len(page) / x.stride
		for ; len(page) >= 8; page = page[min(x.stride, len(page)):] {
			p := binary.NativeEndian.Uint64(page)
			s.differ |= p ^ first
			if p < last {
				down++
			}
			if p > last {
				up++
			}
			last = p
		}
	}
	s.ascending, s.descending = down == 0, up == 0
	return s
}

// reverse turns a range of entries round.
func (x *sortIndex) reverse(lo, hi int) {
	const block = 64
	var front, back [block * maxStride]byte
	for hi-lo > 1 {
		n := min((hi-lo)/2, block)
		f, b := front[:n*x.stride], back[:n*x.stride]
		x.read(lo, f)
		x.read(hi-n, b)
		reverseEntries(f, x.stride)
		reverseEntries(b, x.stride)
		x.write(lo, b)
		x.write(hi-n, f)
		lo, hi = lo+n, hi-n
	}
}

func reverseEntries(entries []byte, stride int) {
	var e [maxStride]byte
	for i, j := 0, len(entries)-stride; i < j; i, j = i+stride, j-stride {
		copy(e[:], entries[i:i+stride])
		copy(entries[i:i+stride], entries[j:j+stride])
		copy(entries[j:j+stride], e[:stride])
	}
}

// groups calls f for each range of at least two entries of [lo, hi) with the same
// prefix. f may change the entries of its range.
func (x *sortIndex) groups(lo, hi int, f func(lo, hi int) error) error {
	var last uint64
	start := lo
	for pos := lo; pos < hi; {
		page := x.from(pos)
		page = page[:min(len(page), (hi-pos)*x.stride)]
		for ; len(page) >= 8; page = page[min(x.stride, len(page)):] {
			p := binary.NativeEndian.Uint64(page)
			if p != last || pos == lo {
				if pos-start > 1 {
					if err := f(start, pos); err != nil {
						return err
					}
				}
				start, last = pos, p
			}
			pos++
		}
	}
	if hi-start > 1 {
		return f(start, hi)
	}
	return nil
}

// free gives all pages back.
func (x *sortIndex) free() {
	for _, page := range x.pages {
		x.share.Free(page)
	}
	x.pages, x.first, x.head, x.tail = nil, 0, 0, 0
}

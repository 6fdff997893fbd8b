package outofcore

import (
	"encoding/binary"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/types"
)

// sortTable is the rows a sorter has in memory, in blocks, and an index of them.
// Rows of few bytes that all have as many stand in the index and nowhere else.
//
// A reference has the number of a block in its high half and the place of the row
// in its low half. Blocks are numbered from the first one that ever was.
//
// Invariant: entries and rows have the same order until they are sorted, so that
// the rows of the oldest entries are the oldest blocks. Of rows that are spread, see
// [sortFan], that is true of those before seal and those after it.
type sortTable[T any] struct {
	t      *types.Type[T]
	order  Order[T]
	share  *memory.Share
	width  int  // bytes of a row; 0: they differ, or are larger than a page
	inline bool // rows stand in the index
	index  sortIndex

	blocks [][]byte // with room for the header of a block in a file
	gone   int      // blocks before blocks[0]
	open   blockAppender[T]
	large  int // bytes of blocks that are larger than a page
	lent   bool
	fan    *sortFan // of the rows that are added; nil: they are not spread
	sealed int      // blocks before seal, if the rows in them have not left yet

	prefixes [sortStep]uint64
	encoded  []byte // inline rows on their way
}

// sortStep is how many rows are worked on at a time: enough for their loads to
// overlap, few enough to stay in the first-level cache.
const sortStep = 64

func newSortTable[T any](t *types.Type[T], order Order[T], share *memory.Share) *sortTable[T] {
	m := &sortTable[T]{t: t, order: order, share: share, open: newBlockAppender(t)}
	if w := t.Fixed(); w <= share.PageSize()-blockHeader {
		m.width = w
	}
	stride := 16
	if m.width > 0 && m.width <= maxStride-8 {
		m.inline = true
		stride = 8 + (m.width+7)&^7
	}
	m.index = newSortIndex(share, stride)
	return m
}

// held returns the bytes of index and rows.
func (m *sortTable[T]) held() int {
	pages := len(m.index.pages)
	for _, b := range m.blocks {
		if m.isPage(b) {
			pages++
		}
	}
	return pages*m.share.PageSize() + m.large
}

func (m *sortTable[T]) isPage(block []byte) bool { return cap(block) == m.share.PageSize() }

// page returns a page, or nil if the share has none left. What must be had is had.
func (m *sortTable[T]) page(must bool) []byte {
	if must {
		return mustPage(m.share)
	}
	return m.share.Page()
}

// add takes rows from the front and returns how many: all, unless memory is used
// up. If must is set it takes at least one.
func (m *sortTable[T]) add(rows []T, must bool) (taken int) {
	for taken < len(rows) {
		next := rows[taken:min(taken+sortStep, len(rows))]
		if m.order.Prefix != nil {
			m.order.Prefix(next, m.prefixes[:])
		}
		n := m.place(next, must && taken == 0)
		if taken += n; n < len(next) {
			break
		}
	}
	return taken
}

// place takes rows whose prefixes are known.
func (m *sortTable[T]) place(rows []T, must bool) (n int) {
	for n < len(rows) {
		if m.index.room() == 0 {
			page := m.page(must && n == 0)
			if page == nil {
				return n
			}
			m.index.grow(page)
		}
		next := rows[n:min(n+m.index.room(), len(rows))]
		var k int
		switch {
		case m.inline:
			k = m.placeInline(next, m.prefixes[n:])
		case m.fan != nil:
			k = m.placeSpread(next, m.prefixes[n:], must && n == 0)
		case m.width > 0:
			k = m.placeFixed(next, m.prefixes[n:], must && n == 0)
		default:
			k = m.placeAny(next, m.prefixes[n:], must && n == 0)
		}
		if k == 0 {
			return n
		}
		n += k
	}
	return n
}

func (m *sortTable[T]) placeInline(rows []T, prefixes []uint64) int {
	m.encoded = m.t.AppendRows(m.encoded[:0], rows)
	row, stride := m.encoded, m.index.stride
	dst := m.index.extend(len(rows))
	for i := range rows {
		e := dst[i*stride : (i+1)*stride]
		binary.NativeEndian.PutUint64(e, prefixes[i])
		if m.width == 16 {
			*(*[16]byte)(e[8:]) = [16]byte(row)
		} else {
			copy(e[8:], row[:m.width])
		}
		row = row[m.width:]
	}
	return len(rows)
}

func (m *sortTable[T]) placeFixed(rows []T, prefixes []uint64, must bool) int {
	if !m.open.open() || cap(m.open.block)-m.open.size() < m.width {
		if !m.turn(must) {
			return 0
		}
	}
	ref := m.reference()
	n := m.open.appendRows(rows)
	dst := m.index.extend(n)
	for i := range n {
		binary.NativeEndian.PutUint64(dst[16*i:], prefixes[i])
		binary.NativeEndian.PutUint64(dst[16*i+8:], ref+uint64(i*m.width))
	}
	return n
}

func (m *sortTable[T]) placeAny(rows []T, prefixes []uint64, must bool) int {
	for i := range rows {
		if !m.open.open() && !m.turn(must && i == 0) {
			return i
		}
		ref := m.reference()
		for !m.open.append(&rows[i]) {
			if needs := m.open.needs(); needs > m.share.PageSize() {
				if !m.placeLarge(&rows[i], needs, must && i == 0) {
					return i
				}
				ref = uint64(m.gone+len(m.blocks)-1)<<32 | blockHeader
				break
			}
			if !m.turn(must && i == 0) {
				return i
			}
			ref = m.reference()
		}
		dst := m.index.extend(1)
		binary.NativeEndian.PutUint64(dst, prefixes[i])
		binary.NativeEndian.PutUint64(dst[8:], ref)
	}
	return len(rows)
}

// reference returns where the next row of the open block goes.
func (m *sortTable[T]) reference() uint64 {
	return uint64(m.gone+len(m.blocks)-1)<<32 | uint64(m.open.size())
}

// turn ends the open block and begins another, or reports that there is no page.
func (m *sortTable[T]) turn(must bool) bool {
	page := m.page(must)
	if page == nil {
		return false
	}
	m.endBlock()
	m.blocks = append(m.blocks, page)
	m.open.begin(page)
	return true
}

func (m *sortTable[T]) endBlock() {
	if m.open.open() {
		m.open.end()
	}
}

// placeLarge gives a row a block of its own, the last one.
func (m *sortTable[T]) placeLarge(row *T, needs int, must bool) bool {
	if !m.share.Reserve(int64(needs)) {
		if !must {
			return false
		}
		m.share.Force(int64(needs))
	}
	m.endBlock()
	m.blocks = append(m.blocks, make([]byte, needs))
	m.large += needs
	m.open.begin(m.blocks[len(m.blocks)-1])
	m.open.append(row)
	m.open.end()
	return true
}

// row returns the bytes from the row of an entry on, to the end of its block or
// beyond the row.
func (m *sortTable[T]) row(entry []byte) []byte {
	if m.inline {
		return entry[8 : 8+m.width]
	}
	ref := binary.NativeEndian.Uint64(entry[8:])
	block := m.blocks[int(ref>>32)-m.gone]
	if m.width > 0 {
		return block[uint32(ref) : int(uint32(ref))+m.width]
	}
	return block[uint32(ref):]
}

// block returns the number of the block an entry refers to.
func (m *sortTable[T]) block(pos int) int {
	return int(binary.NativeEndian.Uint64(m.index.from(pos)[8:]) >> 32)
}

// portion returns how many of the oldest entries to give up so that bytes, or a
// little more, get free; always so many that some do.
func (m *sortTable[T]) portion(bytes int) int {
	all := m.index.len()
	held := m.held()
	if bytes >= held {
		return all
	}
	n := int(float64(all)*float64(bytes)/float64(held)) + 1
	if m.inline {
		x := &m.index
		end := x.head + n + x.perPage - 1
		n = end - (end-x.first)%x.perPage - x.head
		return min(n, all)
	}
	for n < all && m.block(m.index.head+n) == m.gone {
		n *= 2
	}
	return min(n, all)
}

// drop removes the oldest n entries and the blocks that no entry needs then. Those
// that stay have not been sorted.
func (m *sortTable[T]) drop(n int) {
	count := 0
	switch {
	case m.sealed > 0:
		count, m.sealed = m.sealed, 0
	case n == m.index.len():
		m.endBlock()
		count = len(m.blocks)
	case !m.inline:
		count = m.block(m.index.head+n) - m.gone
	}
	m.index.drop(n)
	for _, b := range m.blocks[:count] {
		m.give(b)
	}
	rest := append(m.blocks[:0], m.blocks[count:]...)
	clear(m.blocks[len(rest):])
	m.blocks = rest
	m.gone += count
}

// give gives a block back.
func (m *sortTable[T]) give(b []byte) {
	switch {
	case !m.isPage(b):
		m.large -= cap(b)
		m.share.Release(int64(cap(b)))
	case m.lent && m.t.HasPointers():
		m.share.Retire(b)
	default:
		m.share.Free(b)
	}
}

// free gives everything back.
func (m *sortTable[T]) free() {
	m.endBlock()
	for _, b := range m.blocks {
		m.give(b)
	}
	m.blocks = nil
	m.index.free()
}

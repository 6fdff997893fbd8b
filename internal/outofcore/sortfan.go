package outofcore

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// sortFan spreads new rows over several open blocks by their prefixes, so that rows
// that will be neighbours lie in the same few blocks (a distribution sort on the way
// in: Knuth, The Art of Computer Programming 3, 5.2.5). When the rows are written as a
// run, the blocks of one bucket after the other are loaded into the cache, which goes
// fast, as they are read from front to end; and the rows of the bucket are then found
// there, whose places have no order. That costs a third of finding them in memory.
//
// Where a row lies says nothing about the order, which is the index's alone: if the
// bounds divide the rows badly, only time is lost.
type sortFan struct {
	bounds [fanWidth]uint64 // the least prefixes of buckets 1 and following; the last one is not used
	open   [fanWidth]fanBlock
	rows   *fanRows // those since seal
}

// fanWidth is the number of buckets, a power of two; fanPages the least pages of a
// share for them: open blocks are half empty.
const (
	fanWidth = 32
	fanPages = 8 * fanWidth
)

// fanBlock is the block that rows of a bucket are added to; none if bytes is nil.
type fanBlock struct {
	bytes  []byte
	number int
}

// fanRows is rows that are spread and leave together, by bucket.
type fanRows struct {
	count  [fanWidth]int
	blocks [fanWidth][][]byte
}

// bucket returns how many bounds are not above a prefix, without a branch that
// depends on it.
func (f *sortFan) bucket(prefix uint64) (n uint64) {
	for step := uint64(fanWidth / 2); step > 0; step /= 2 {
		_, below := bits.Sub64(prefix, f.bounds[(n+step-1)%fanWidth], 0)
		n += step & (below - 1)
	}
	return n
}

// fans reports whether rows can be spread.
func (m *sortTable[T]) fans() bool {
	return m.width > 0 && !m.inline && m.order.Prefix != nil && m.share.Pages() >= fanPages
}

// fanSample is how many prefixes the bounds are chosen from.
const fanSample = 32 * fanWidth

// spread has all rows that come from now on spread as those of a range of entries
// would have to be, which are not sorted yet.
func (m *sortTable[T]) spread(lo, hi int) {
	m.endBlock()
	n := min(fanSample, hi-lo)
	sample := make([]uint64, n)
	for i := range sample {
		sample[i] = binary.NativeEndian.Uint64(m.index.from(lo + (hi-lo)/n*i))
	}
	slices.Sort(sample)
	m.fan = &sortFan{rows: &fanRows{}}
	for i := range fanWidth - 1 {
		m.fan.bounds[i] = sample[n*(i+1)/fanWidth]
	}
}

// placeSpread is placeFixed for rows that are spread.
func (m *sortTable[T]) placeSpread(rows []T, prefixes []uint64, must bool) int {
	m.encoded = m.t.AppendRows(m.encoded[:0], rows)
	f, row, width := m.fan, m.encoded, m.width
	dst := m.index.extend(len(rows))
	for i := range rows {
		b := f.bucket(prefixes[i]) % fanWidth
		o := &f.open[b]
		if cap(o.bytes)-len(o.bytes) < width {
			page := m.page(must && i == 0)
			if page == nil {
				m.index.shorten(len(rows) - i)
				return i
			}
			o.bytes, o.number = page[:blockHeader], m.gone+len(m.blocks)
			m.blocks = append(m.blocks, page)
			f.rows.blocks[b] = append(f.rows.blocks[b], page)
		}
		binary.NativeEndian.PutUint64(dst[16*i:], prefixes[i])
		binary.NativeEndian.PutUint64(dst[16*i+8:], uint64(o.number)<<32|uint64(len(o.bytes)))
		o.bytes = append(o.bytes, row[:width]...)
		f.rows.count[b]++
		row = row[width:]
	}
	return len(rows)
}

// seal sees to it that no block of the rows so far gets another one: all of them are
// to leave together.
func (m *sortTable[T]) seal() *fanRows {
	f := m.fan
	for b := range f.open {
		if n := len(f.rows.blocks[b]); n > 0 {
			f.rows.blocks[b][n-1] = f.open[b].bytes
		}
	}
	rows := f.rows
	f.open, f.rows = [fanWidth]fanBlock{}, &fanRows{}
	m.sealed = len(m.blocks)
	return rows
}

// fanScan loads buckets ahead of a scan of their rows in order.
type fanScan struct {
	*fanRows
	bucket int // the next one to be loaded
	at     int // rows of those before it
	loaded byte
}

// approach prepares for reading rows from the given one on.
func (f *fanScan) approach(row int) {
	for f.bucket < fanWidth && f.at <= row {
		sum := byte(0) // keeps the loads from being left out
		for _, block := range f.blocks[f.bucket] {
			for at := 0; at < len(block); at += line {
				sum ^= block[at]
			}
		}
		f.loaded ^= sum
		f.at += f.count[f.bucket]
		f.bucket++
	}
}

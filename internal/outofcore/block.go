package outofcore

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"

	"github.com/thalweg/thalweg/types"
)

// A block is the rows of a page, or one row that is larger than a page. It looks
// the same in memory and in a spill file:
//
//	 0       4      8
//	+-------+------+-----+-----+---
//	| count | zero | row | row | …
//	+-------+------+-----+-----+---
//
// count is a little-endian uint32; rows are encoded as [types.Type.Append] does. They
// begin at a multiple of 8, so that those that are encoded as they look in memory can
// be seen as they are.
const blockHeader = 8

// batchBytes and maxBatch are the size of the batches that are handed out: what
// the engine's batches have.
const (
	batchBytes = 24 << 10
	maxBatch   = 1024
)

// newBatch returns room for a batch of rows.
func newBatch[T any]() []T {
	size := max(int(reflect.TypeFor[T]().Size()), 1)
	return make([]T, min(max(batchBytes/size, 16), maxBatch))
}

// blockAppender appends rows to a block, which ends where its buffer does.
//
//	a := newBlockAppender(t)
//	a.begin(page)
//	for !a.append(&row) {
//		full := a.end()
//		a.begin(a buffer of a page, or of a.needs() bytes if that is more)
//	}
//
// Nothing but a row that was refused has been written to the buffer when append
// panics with a [types.ValueError]: the block stays as it was.
type blockAppender[T any] struct {
	t       *types.Type[T]
	width   int    // bytes of a row; 0: they differ
	block   []byte // with its header; nil between end and begin
	rows    int
	largest int    // the largest row so far
	wanted  int    // bytes of the row that was refused last
	scratch []byte // takes rows that are likely not to fit
}

func newBlockAppender[T any](t *types.Type[T]) blockAppender[T] {
	return blockAppender[T]{t: t, width: t.Fixed()}
}

// begin starts a block in a buffer, all of whose capacity may be used.
func (a *blockAppender[T]) begin(buffer []byte) {
	a.block, a.rows = buffer[:blockHeader:cap(buffer)], 0
}

// open reports whether a block has been begun and not ended.
func (a *blockAppender[T]) open() bool { return a.block != nil }

// len returns the rows of the open block; size returns its bytes.
func (a *blockAppender[T]) len() int  { return a.rows }
func (a *blockAppender[T]) size() int { return len(a.block) }

// needs returns the bytes a buffer must have for the row that was refused last.
func (a *blockAppender[T]) needs() int { return blockHeader + a.wanted }

// end closes the block and returns it, in the buffer it was begun with.
func (a *blockAppender[T]) end() []byte {
	block := a.block
	binary.LittleEndian.PutUint64(block, uint64(a.rows))
	a.block, a.rows = nil, 0
	return block
}

// append adds a row, or reports that it does not fit.
func (a *blockAppender[T]) append(row *T) bool {
	if a.width > 0 {
		if !a.fits(a.width) {
			return false
		}
		a.block = a.t.Append(a.block, row)
		a.rows++
		return true
	}
	// Appending beyond the buffer would move the block to another one. That is
	// right, as the row is thrown away with it, but slow: near the end of the buffer
	// rows are encoded elsewhere first.
	at := len(a.block)
	if cap(a.block)-at < 2*a.largest {
		a.scratch = a.t.Append(a.scratch[:0], row)
		a.largest = max(a.largest, len(a.scratch))
		return a.appendEncoded(a.scratch)
	}
	longer := a.t.Append(a.block, row)
	n := len(longer) - at
	a.largest = max(a.largest, n)
	if !a.fits(n) {
		return false
	}
	a.block = longer
	a.rows++
	return true
}

// appendRows adds rows from the front and returns how many fitted.
func (a *blockAppender[T]) appendRows(rows []T) int {
	if a.width > 0 {
		n := min(len(rows), (cap(a.block)-len(a.block))/a.width, math.MaxUint32-a.rows)
		a.block = a.t.AppendRows(a.block, rows[:n])
		a.rows += n
		a.wanted = a.width
		return n
	}
	for i := range rows {
		if !a.append(&rows[i]) {
			return i
		}
	}
	return len(rows)
}

// appendEncoded adds a row that is encoded already, or reports that it does not
// fit.
func (a *blockAppender[T]) appendEncoded(row []byte) bool {
	if !a.fits(len(row)) {
		return false
	}
	a.block = append(a.block, row...)
	a.rows++
	return true
}

// fits reports whether a row of n bytes does, and notes it if not.
func (a *blockAppender[T]) fits(n int) bool {
	if n <= cap(a.block)-len(a.block) && a.rows < math.MaxUint32 {
		return true
	}
	a.wanted = n
	return false
}

// blockReader decodes the rows of blocks. Rows whose type has pointers alias the
// block: its buffer may not be used again after they were handed out, but is
// retired. Rows of other types are copies, but for what next returns.
type blockReader[T any] struct {
	t     *types.Type[T]
	seen  bool   // rows look in memory as they do encoded
	bytes []byte // not yet decoded
	left  int    // rows not yet decoded
	rows  []T    // those of next
}

// newBlockReader returns a reader whose next is used.
func newBlockReader[T any](t *types.Type[T]) blockReader[T] {
	return blockReader[T]{t: t, seen: t.Plain()}
}

// open starts with a block.
func (r *blockReader[T]) open(block []byte) error {
	if len(block) < blockHeader {
		return fmt.Errorf("outofcore: a block of %d bytes has no header", len(block))
	}
	r.left = int(binary.LittleEndian.Uint32(block))
	r.bytes = block[blockHeader:]
	return nil
}

// read decodes as many of the next rows as there is room for, and returns how
// many; 0 says that the block has ended.
func (r *blockReader[T]) read(rows []T) (int, error) {
	n := min(len(rows), r.left)
	size, err := r.t.DecodeRows(r.bytes, rows[:n])
	if err != nil {
		return 0, fmt.Errorf("outofcore: a block that was written cannot be read: %w", err)
	}
	return n, r.skip(n, size)
}

// skip goes to the row behind n rows of a number of bytes.
func (r *blockReader[T]) skip(n, size int) error {
	r.bytes = r.bytes[size:]
	r.left -= n
	if r.left == 0 && len(r.bytes) > 0 {
		return fmt.Errorf("outofcore: a block has %d bytes behind its last row", len(r.bytes))
	}
	return nil
}

// next returns some of the next rows, lent until the next call, none at the end of the
// block. They are at most [maxBatch], and, if they look in memory as they do encoded and
// the block is aligned for that, those of the block itself.
func (r *blockReader[T]) next() ([]T, error) {
	if r.seen {
		n := min(r.left, maxBatch)
		size := n * r.t.Fixed()
		if size > len(r.bytes) {
			return nil, fmt.Errorf("outofcore: a block of %d rows has %d bytes", r.left, len(r.bytes))
		}
		if rows, err := types.View[T](r.bytes[:size]); err == nil {
			return rows, r.skip(n, size)
		}
	}
	if r.rows == nil {
		r.rows = newBatch[T]()
	}
	n, err := r.read(r.rows)
	return r.rows[:n], err
}

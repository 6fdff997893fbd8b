package outofcore

import (
	"encoding/binary"
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/types"
)

// A build row in memory has a head, and is the value itself where its type has no
// pointers, else its encoding:
//
//	 0      8
//	+------+-----+
//	| head | row |
//	+------+-----+
//
// While rows come in the head is the row's hash. In a table it is
//
//	 63    62 … 48          47 … 0
//	+-----+----------------+------+
//	| met | hash, 30 … 16  | next |
//	+-----+----------------+------+
//
// where met says that the row has a partner, and next refers to the next row of
// the chain, 0 at its end. A reference is the number of a chunk, times 2^24, plus
// the row's number in it, or its place where rows are encoded. Chunk 0 stays empty.
const (
	headBytes  = 8
	met        = 1 << 63
	refBits    = 48
	refMask    = 1<<refBits - 1
	offsetBits = 24
	offsetMask = 1<<offsetBits - 1
)

// headOf returns the head of a row with a hash in a chain.
func headOf(hash, next uint64) uint64 { return hash>>16&0x7fff<<refBits | next }

// mayBe reports whether a row with a head in a chain may have a hash.
func mayBe(head, hash uint64) bool { return (head>>refBits^hash>>16)&0x7fff == 0 }

type joinRow[B any] struct {
	head uint64
	row  B
}

// joinChunk is a page of rows, or one row larger than a page.
type joinChunk[B any] struct {
	rows  []joinRow[B] // of a type without pointers
	page  []byte       // nil for a single row without pointers
	used  int          // rows, or bytes where they are encoded
	bytes int64        // accounted for; 0: the chunk is free
}

// joinPart is the rows of one partition that are in memory.
//
// Invariant: rows are added to the chunk `tail`, one of chunks, and how much of it
// is used is known here only, until [joinRows.sync].
type joinPart[B any] struct {
	rows []joinRow[B] // of the tail
	used int          // of rows
	page []byte       // of the tail, where rows are encoded, as far as it is used
	tail uint32       // 0: there is none

	chunks []uint32
	bytes  int64 // of chunks
	closed int64 // rows, but for those that `used` counts
}

// count returns the rows of a partition.
func (p *joinPart[B]) count() int64 { return p.closed + int64(p.used) }

// joinRows is the build rows in memory, by partition.
type joinRows[B any] struct {
	t      *types.Type[B]
	share  *memory.Share
	plain  bool // rows are not encoded
	inPage int  // plain rows in a page
	width  int  // of encoded rows; 0: they differ

	parts  []joinPart[B]
	shift  uint // 63 - the bits of a partition's number
	chunks []joinChunk[B]
	idle   []uint32 // free chunks
	stage  int64    // bytes after which a partition gets no more; 0: no bound
	forced bool     // the next row comes in whatever the share

	lent    bool // rows went to the user that may share memory with pages
	largest int  // encoded row so far
	scratch []byte
	decoded B
	touched uint64 // has the compiler keep the loads of fetch
}

func newJoinRows[B any](t *types.Type[B], share *memory.Share) *joinRows[B] {
	r := &joinRows[B]{t: t, share: share, width: t.Fixed(), chunks: make([]joinChunk[B], 1)}
	if !t.HasPointers() {
		_, err := types.View[joinRow[B]](nil)
		r.plain = err == nil
		r.inPage = share.PageSize() / types.SizeOf[joinRow[B]]()
	}
	r.divide(0)
	return r
}

// divide makes 2^bits partitions, all empty.
func (r *joinRows[B]) divide(bits uint) {
	r.parts = make([]joinPart[B], 1<<bits)
	r.shift = 63 - bits
}

// partOf returns the partition of a hash.
func (r *joinRows[B]) partOf(hash uint64) int { return int(hash << subtaskBits >> 1 >> r.shift) }

// scatter adds rows that are not encoded until one needs memory, and returns how
// many it added.
func (r *joinRows[B]) scatter(rows []B, hashes []uint64) int {
	parts, shift := r.parts, r.shift&63
	for i, h := range hashes {
		p := &parts[h<<subtaskBits>>1>>shift]
		if uint(p.used) >= uint(len(p.rows)) {
			return i
		}
		e := &p.rows[p.used]
		e.head = h
		e.row = rows[i]
		p.used++
	}
	return len(hashes)
}

// put adds a row. If that takes memory that is not to be had it reports false, and
// nothing has changed.
func (r *joinRows[B]) put(p *joinPart[B], hash uint64, row *B) bool {
	if !r.plain {
		return r.putEncoded(p, hash, row)
	}
	if p.used == len(p.rows) {
		if r.inPage == 0 {
			size := int64(types.SizeOf[joinRow[B]]())
			if !r.reserve(p, size) {
				return false
			}
			single := make([]joinRow[B], 1)
			single[0].head, single[0].row = hash, *row
			r.addChunk(p, joinChunk[B]{rows: single, used: 1, bytes: size})
			p.closed++
			return true
		}
		if !r.turn(p) {
			return false
		}
	}
	e := &p.rows[p.used]
	e.head, e.row = hash, *row
	p.used++
	return true
}

func (r *joinRows[B]) putEncoded(p *joinPart[B], hash uint64, row *B) bool {
	// Appending beyond the page moves it to other memory: right, as that is thrown
	// away, but slow. Near the end of the page rows are encoded elsewhere first.
	at := len(p.page)
	likely := 2 * min(r.largest, r.share.PageSize()/8)
	inPlace := p.tail != 0 && cap(p.page)-at >= headBytes+likely
	encoded := r.scratch
	if inPlace {
		longer := r.t.Append(p.page[:at+headBytes], row)
		encoded = longer[at:]
		inPlace = len(longer) <= cap(p.page)
	} else {
		encoded = append(encoded[:0], make([]byte, headBytes)...)
		encoded = r.t.Append(encoded, row)
		r.scratch = encoded
	}
	binary.LittleEndian.PutUint64(encoded, hash)
	r.largest = max(r.largest, len(encoded)-headBytes)
	switch {
	case inPlace:
		p.page = p.page[:at+len(encoded)]
		p.closed++
		return true
	case len(encoded) <= r.share.PageSize():
		return r.putBytes(p, encoded)
	}
	r.scratch = nil
	if !r.reserve(p, int64(cap(encoded))) {
		return false
	}
	r.addChunk(p, joinChunk[B]{page: encoded, used: len(encoded), bytes: int64(cap(encoded))})
	p.closed++
	return true
}

// putBytes adds a row of at most a page with its head.
func (r *joinRows[B]) putBytes(p *joinPart[B], row []byte) bool {
	if (p.tail == 0 || len(row) > cap(p.page)-len(p.page)) && !r.turn(p) {
		return false
	}
	p.page = append(p.page, row...)
	p.closed++
	return true
}

// turn gives a partition an empty page as its tail, or reports that there is none.
func (r *joinRows[B]) turn(p *joinPart[B]) bool {
	var page []byte
	switch {
	case r.forced:
		page = takePage(r.share)
	case r.stage == 0 || p.bytes < r.stage:
		page = r.share.Page()
	}
	if page == nil {
		return false
	}
	r.sync(p)
	c := joinChunk[B]{page: page, bytes: int64(len(page))}
	if r.plain {
		rows, err := types.View[joinRow[B]](page)
		if err != nil {
			panic(fmt.Errorf("outofcore: %w", err)) // newJoinRows has asked, and pages are aligned
		}
		c.rows = rows
		p.closed += int64(p.used)
		p.rows, p.used = rows, 0
	} else {
		p.page = page[:0:len(page)]
	}
	p.tail = r.addChunk(p, c)
	return true
}

// reserve accounts for a row that is larger than a page, as turn does for a page.
func (r *joinRows[B]) reserve(p *joinPart[B], n int64) bool {
	if r.forced {
		r.share.Force(n)
		return true
	}
	return (r.stage == 0 || p.bytes < r.stage) && r.share.Reserve(n)
}

// sync writes down how much of the tail is used.
func (r *joinRows[B]) sync(p *joinPart[B]) {
	switch {
	case p.tail == 0:
	case r.plain:
		r.chunks[p.tail].used = p.used
	default:
		r.chunks[p.tail].used = len(p.page)
	}
}

// addChunk gives a chunk to a partition, and returns its number.
func (r *joinRows[B]) addChunk(p *joinPart[B], c joinChunk[B]) uint32 {
	number := uint32(len(r.chunks))
	if n := len(r.idle); n > 0 {
		number = r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.chunks[number] = c
	} else {
		r.chunks = append(r.chunks, c)
	}
	p.chunks = append(p.chunks, number)
	p.bytes += c.bytes
	return number
}

// take empties a partition and returns its chunks, which are still to be freed.
func (r *joinRows[B]) take(p *joinPart[B]) []uint32 {
	r.sync(p)
	chunks := p.chunks
	*p = joinPart[B]{}
	return chunks
}

// free gives the memory of a chunk back.
func (r *joinRows[B]) free(number uint32) {
	c := &r.chunks[number]
	switch {
	case c.bytes == 0:
		return
	case r.single(c):
		r.share.Release(c.bytes)
	case r.lent:
		r.share.Retire(c.page)
	default:
		r.share.Free(c.page)
	}
	*c = joinChunk[B]{}
	r.idle = append(r.idle, number)
}

// single reports whether a chunk is one row, larger than a page.
func (r *joinRows[B]) single(c *joinChunk[B]) bool { return len(c.page) != r.share.PageSize() }

// close gives all memory back.
func (r *joinRows[B]) close() {
	for number := range r.chunks {
		r.free(uint32(number))
	}
	r.parts, r.chunks, r.idle, r.scratch = nil, nil, nil, nil
}

// next returns the bytes of the encoded row at a place in a chunk, its head
// included.
func (r *joinRows[B]) next(c *joinChunk[B], at int) ([]byte, error) {
	n := r.width
	if n == 0 {
		var err error
		if n, err = r.t.RowLen(c.page[at+headBytes : c.used]); err != nil {
			return nil, fmt.Errorf("outofcore: a row that was kept cannot be read: %w", err)
		}
	}
	return c.page[at : at+headBytes+n], nil
}

// row returns the row at a reference, valid until the next call.
func (r *joinRows[B]) row(ref uint64) (*B, error) {
	c, at := &r.chunks[ref>>offsetBits], int(ref&offsetMask)
	if r.plain {
		return &c.rows[at].row, nil
	}
	return r.decode(c.page[at:c.used])
}

// decode returns the row at the front of bytes, behind its head, valid until the
// next call.
func (r *joinRows[B]) decode(bytes []byte) (*B, error) {
	if _, err := r.t.Decode(bytes[headBytes:], &r.decoded); err != nil {
		return nil, fmt.Errorf("outofcore: a row that was kept cannot be read: %w", err)
	}
	return &r.decoded, nil
}

// head returns the head of the row at a reference.
func (r *joinRows[B]) head(ref uint64) uint64 {
	c, at := &r.chunks[ref>>offsetBits], int(ref&offsetMask)
	if r.plain {
		return c.rows[at].head
	}
	return binary.LittleEndian.Uint64(c.page[at:])
}

func (r *joinRows[B]) setHead(ref, head uint64) {
	c, at := &r.chunks[ref>>offsetBits], int(ref&offsetMask)
	if r.plain {
		c.rows[at].head = head
		return
	}
	binary.LittleEndian.PutUint64(c.page[at:], head)
}

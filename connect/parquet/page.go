package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// page is a decoded data page and how much of it was handed out. Levels and
// indexes are in memory that the next page uses again, and so are values of fixed
// size; bytes are in memory that is never written again, because strings refer
// to it.
type page struct {
	rows    int    // rows that begin in the page
	def     []byte // definition levels, as many as values with NULLs; empty if none can be missing
	rep     []byte // repetition levels; empty if the column is no list
	total   int    // values, with NULLs
	missing int    // NULLs
	whole   bool   // rows do not go on in the next page

	indexes []uint32 // into the dictionary, if inDict
	inDict  bool
	plain   values

	level int // next one to hand out
	value int // next one to hand out, without NULLs

	buf []byte // decompressed, if it can be used again
}

// plainDictionary is what old writers call the encoding of a dictionary, and of
// indexes into one.
const plainDictionary format.Encoding = 2

func (p *page) clear() {
	p.rows, p.total, p.missing, p.level, p.value = 0, 0, 0, 0, 0
	p.def, p.rep = p.def[:0], p.rep[:0]
}

// readV1 decodes a page of the first format, in which all is compressed:
//
//	length in 4 bytes, repetition levels | length in 4 bytes, definition levels | values
func (p *page) readV1(c *chunk, h *format.PageHeader, at int64, n int) error {
	d := &h.DataPageHeader.V
	if !h.DataPageHeader.Valid {
		return errors.New("a page has no header of its kind")
	}
	body, err := c.body(h, at)
	if err != nil {
		return err
	}
	if body, err = p.decompress(c, d.Encoding, body, int(h.UncompressedPageSize)); err != nil {
		return err
	}
	levels := func(dst []byte, encoding format.Encoding, most byte) ([]byte, error) {
		if most == 0 {
			return dst[:0], nil
		}
		if encoding != format.RLE {
			return dst, fmt.Errorf("levels in the encoding %s are not supported", encoding)
		}
		if len(body) < 4 || uint64(binary.LittleEndian.Uint32(body)) > uint64(len(body)-4) {
			return dst, io.ErrUnexpectedEOF
		}
		size := binary.LittleEndian.Uint32(body)
		dst, err := decodeLevels(dst, body[4:4+size], n, most)
		body = body[4+size:]
		return dst, err
	}
	var most byte
	if c.b.field.list {
		most = 1
	}
	if p.rep, err = levels(p.rep, d.RepetitionLevelEncoding, most); err != nil {
		return err
	}
	if p.def, err = levels(p.def, d.DefinitionLevelEncoding, c.b.maxDef); err != nil {
		return err
	}
	p.whole = len(c.pages) > 0
	return p.finish(c, d.Encoding, body, n)
}

// readV2 decodes a page of the second format, in which only values are compressed
// and every page begins with a row:
//
//	repetition levels | definition levels | values
func (p *page) readV2(c *chunk, h *format.PageHeader, at int64, n int) error {
	d := &h.DataPageHeaderV2.V
	if !h.DataPageHeaderV2.Valid {
		return errors.New("a page has no header of its kind")
	}
	body, err := c.body(h, at)
	if err != nil {
		return err
	}
	rep, def := int(d.RepetitionLevelsByteLength), int(d.DefinitionLevelsByteLength)
	if rep < 0 || def < 0 || rep > len(body) || def > len(body)-rep || rep+def > int(h.UncompressedPageSize) {
		return errors.New("the levels of a page do not fit into it")
	}
	if c.b.field.list {
		if p.rep, err = decodeLevels(p.rep, body[:rep], n, 1); err != nil {
			return err
		}
	}
	if c.b.maxDef > 0 {
		if p.def, err = decodeLevels(p.def, body[rep:rep+def], n, c.b.maxDef); err != nil {
			return err
		}
	}
	codec, size := c.codec, int(h.UncompressedPageSize)-rep-def
	body = body[rep+def:]
	if d.IsCompressed.Valid && !d.IsCompressed.V {
		codec = format.Uncompressed
	}
	if len(body) > 0 || size > 0 { // of nothing but NULLs some writers compress nothing
		fresh := p.fresh(c, d.Encoding)
		if body, err = decompress(codec, p.reused(fresh), body, size, fresh); err != nil {
			return err
		}
		p.keep(fresh, codec, body)
	}
	p.whole = true
	if err := p.finish(c, d.Encoding, body, n); err != nil {
		return err
	}
	if p.rows != int(d.NumRows) || len(p.rep) > 0 && p.rep[0] != 0 {
		return fmt.Errorf("a page has %d rows, %d in its header", p.rows, d.NumRows)
	}
	return nil
}

func (p *page) decompress(c *chunk, encoding format.Encoding, body []byte, size int) ([]byte, error) {
	fresh := p.fresh(c, encoding)
	out, err := decompress(c.codec, p.reused(fresh), body, size, fresh)
	if err == nil {
		p.keep(fresh, c.codec, out)
	}
	return out, err
}

// fresh reports whether the values will refer to the page's memory.
func (p *page) fresh(c *chunk, encoding format.Encoding) bool {
	return c.isBytes() && encoding != format.RLEDictionary && encoding != plainDictionary
}

func (p *page) reused(fresh bool) []byte {
	if fresh {
		return nil
	}
	return p.buf
}

func (p *page) keep(fresh bool, codec format.CompressionCodec, b []byte) {
	if !fresh && codec != format.Uncompressed {
		p.buf = b[:0]
	}
}

// decodeLevels decodes n levels of which none may be above most.
func decodeLevels(dst, src []byte, n int, most byte) ([]byte, error) {
	dst = sized8(dst, n)
	bits := 0
	for m := most; m > 0; m >>= 1 {
		bits++
	}
	if err := decodeRuns(dst, src, bits); err != nil {
		return dst, err
	}
	if most&(most+1) != 0 { // else the bits allow no more
		for _, l := range dst {
			if l > most {
				return dst, errors.New("a level is too high")
			}
		}
	}
	return dst, nil
}

func sized8(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// finish decodes the values behind the levels and counts.
func (p *page) finish(c *chunk, encoding format.Encoding, body []byte, n int) error {
	p.total, p.rows, p.missing = n, n, 0
	if len(p.def) > 0 {
		p.missing = n - bytes.Count(p.def, []byte{c.b.maxDef})
	}
	if c.b.field.list {
		p.rows = bytes.Count(p.rep, []byte{0})
	}
	if int64(p.rows) > c.rows-c.first {
		return fmt.Errorf("it has more than %d rows", c.rows)
	}
	there := n - p.missing
	p.inDict = encoding == format.RLEDictionary || encoding == plainDictionary
	if !p.inDict {
		p.plain.c = c
		return p.plain.decode(encoding, body, there)
	}
	return p.readIndexes(c, body, there)
}

// readIndexes decodes indexes into the dictionary: the number of their bits in a
// byte, then runs.
func (p *page) readIndexes(c *chunk, body []byte, n int) error {
	if cap(p.indexes) < n {
		p.indexes = make([]uint32, n)
	}
	p.indexes = p.indexes[:n]
	if n == 0 {
		return nil
	}
	if len(body) == 0 {
		return io.ErrUnexpectedEOF
	}
	if err := decodeRuns(p.indexes, body[1:], int(body[0])); err != nil {
		return err
	}
	// The body may be in the buffer that reading the dictionary overwrites.
	if err := c.needDictionary(); err != nil {
		return err
	}
	var most uint32
	for _, i := range p.indexes {
		most = max(most, i)
	}
	if int(most) >= c.dictionary.n {
		return fmt.Errorf("index %d into a dictionary of %d values", most, c.dictionary.n)
	}
	return nil
}

// skip passes over rows, of which the page must have that many, and over what
// belongs to the row before them.
func (p *page) skip(c *chunk, rows int) {
	from := p.level
	switch {
	case len(p.rep) == 0:
		p.level += rows
	default:
		for p.level < p.total {
			if p.rep[p.level] == 0 {
				if rows == 0 {
					break
				}
				rows--
			}
			p.level++
		}
	}
	if p.missing == 0 {
		p.value += p.level - from
	} else {
		p.value += bytes.Count(p.def[from:p.level], []byte{c.b.maxDef})
	}
}

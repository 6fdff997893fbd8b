package parquet

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// readAhead is how much of a column is read at once, at least.
const readAhead = 128 << 10

// chunk is the reading position in a column of a row group. Its pages follow one
// another, the dictionary, if there is one, first:
//
//	header, a Thrift struct | body, compressed
//
// Where the file has an index of pages, those that are not wanted are stepped over
// without looking at their headers.
type chunk struct {
	o      *opened
	b      *binding
	codec  format.CompressionCodec
	counts *counts

	from, end int64 // in the file
	at        int64 // where the next page's header is
	rows      int64 // of the row group
	values    int64 // of the chunk, with NULLs
	pages     []format.PageLocation

	buf   []byte // of the file, from bufAt on
	bufAt int64

	page   page
	first  int64 // row that the page begins with
	row    int64 // the next row to hand out
	number int   // of the page, if there is an index
	taken  int64 // values in the pages so far

	dictionary *values // nil until a page needs it
}

// failed names the column in an error.
func (c *chunk) failed(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // io.EOF would look like the regular end of the input
	}
	return fmt.Errorf("parquet: %s: column %q: %w", c.o.path, c.b.name, err)
}

// open goes to the beginning of a row group. index is that of the column's pages,
// or empty.
func (c *chunk) open(group int, index []format.PageLocation) {
	g := &c.o.footer.RowGroups[group]
	m := &g.Columns[c.b.number].MetaData
	c.codec = m.Codec
	c.from = chunkStart(m)
	c.end = c.from + m.TotalCompressedSize
	c.at, c.rows, c.values = c.from, g.NumRows, m.NumValues
	c.pages, c.number = index, -1
	c.buf, c.bufAt = c.buf[:0], c.from
	c.page.clear()
	c.first, c.row, c.taken = 0, 0, 0
	c.dictionary = nil
}

// bytes returns n bytes of the file. They are valid until the next call.
func (c *chunk) bytes(at int64, n int) ([]byte, error) {
	if n < 0 || int64(n) > c.end-at || at < c.from {
		return nil, fmt.Errorf("a page does not end where the column does: %w", io.ErrUnexpectedEOF)
	}
	if at >= c.bufAt && at+int64(n) <= c.bufAt+int64(len(c.buf)) {
		return c.buf[at-c.bufAt:][:n], nil
	}
	size := int(min(int64(max(n, readAhead)), c.end-at))
	if cap(c.buf) < size {
		c.buf = make([]byte, size)
	}
	c.buf, c.bufAt = c.buf[:size], at
	if err := readFull(c.o.file, c.buf, at); err != nil {
		c.buf = c.buf[:0]
		return nil, err
	}
	return c.buf[:n], nil
}

// header reads the header of a page and returns where its body begins.
func (c *chunk) header(at int64) (*format.PageHeader, int64, error) {
	for size := 256; ; size *= 8 {
		rest := c.end - at
		b, err := c.bytes(at, int(min(int64(size), rest)))
		if err != nil {
			return nil, 0, err
		}
		n, err := measure(b)
		if errors.Is(err, errShort) && int64(len(b)) < rest && size < maxPage {
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("the header of a page: %w", err)
		}
		var protocol thrift.CompactProtocol
		h := new(format.PageHeader)
		if err := thrift.NewDecoder(protocol.NewReaderFromBytes(b[:n])).Decode(h); err != nil {
			return nil, 0, fmt.Errorf("the header of a page: %w", err)
		}
		if h.CompressedPageSize < 0 || h.UncompressedPageSize < 0 || h.UncompressedPageSize > maxPage {
			return nil, 0, fmt.Errorf("a page is said to have %d bytes and %d before compression; the most is %d",
				h.CompressedPageSize, h.UncompressedPageSize, maxPage)
		}
		return h, at + int64(n), nil
	}
}

// body reads what a page holds, as it is in the file.
func (c *chunk) body(h *format.PageHeader, at int64) ([]byte, error) {
	b, err := c.bytes(at, int(h.CompressedPageSize))
	if err == nil && h.CRC != 0 && crc32.ChecksumIEEE(b) != uint32(h.CRC) {
		err = errors.New("the checksum of a page is wrong")
	}
	return b, err
}

// seek makes row the next one to hand out. It must not be behind the position.
func (c *chunk) seek(row int64) error {
	for row != c.row || c.page.rows == 0 {
		if end := c.first + int64(c.page.rows); row < end {
			c.page.skip(c, int(row-c.row))
			c.row = row
			return nil
		}
		if err := c.turn(row); err != nil {
			return c.failed(err)
		}
	}
	return nil
}

// next goes on to the page with the next row.
func (c *chunk) next() error {
	if err := c.turn(c.row); err != nil {
		return c.failed(err)
	}
	return nil
}

// turn leaves the page and decodes the next one, or the first that does not end
// before row. A page can have no row, but the rest of a list.
func (c *chunk) turn(row int64) error {
	first := c.first + int64(c.page.rows)
	c.page.clear()
	c.first = first
	if len(c.pages) > 0 {
		return c.jump(row)
	}
	for {
		if c.at >= c.end {
			return fmt.Errorf("it ends after %d of %d rows", c.first, c.rows)
		}
		h, at, err := c.header(c.at)
		if err != nil {
			return err
		}
		c.at = at + int64(h.CompressedPageSize)
		switch {
		case h.Type == format.DictionaryPage:
			if err := c.readDictionary(h, at); err != nil {
				return err
			}
		case h.Type != format.DataPage && h.Type != format.DataPageV2:
			// Pages of other kinds say nothing about values.
		default:
			n, known := rowsOf(h, c.b)
			if known && row >= c.first+n {
				c.first += n
				c.row = c.first
				c.taken += valuesOf(h)
				continue
			}
			if err := c.read(h, at); err != nil {
				return err
			}
			c.row = c.first
			return nil
		}
	}
}

// jump decodes the page that the index says has the row.
func (c *chunk) jump(row int64) error {
	n := c.number + 1
	for n+1 < len(c.pages) && c.pages[n+1].FirstRowIndex <= row {
		n++
	}
	if n >= len(c.pages) {
		return fmt.Errorf("it ends after %d of %d rows", c.first, c.rows)
	}
	p := &c.pages[n]
	end := c.rows
	if n+1 < len(c.pages) {
		end = c.pages[n+1].FirstRowIndex
	}
	h, at, err := c.header(p.Offset)
	if err != nil {
		return err
	}
	if h.Type != format.DataPage && h.Type != format.DataPageV2 {
		return errors.New("the index of pages leads to a page of another kind")
	}
	c.number, c.first = n, p.FirstRowIndex
	if err := c.read(h, at); err != nil {
		return err
	}
	if int64(c.page.rows) != end-c.first {
		return fmt.Errorf("a page has %d rows, %d in the index of pages", c.page.rows, end-c.first)
	}
	c.row = c.first
	return nil
}

// rowsOf returns how many rows a page has, if its header says so.
func rowsOf(h *format.PageHeader, b *binding) (rows int64, known bool) {
	switch {
	case h.Type == format.DataPageV2:
		return int64(h.DataPageHeaderV2.V.NumRows), h.DataPageHeaderV2.V.NumRows >= 0
	case !b.field.list:
		return int64(h.DataPageHeader.V.NumValues), h.DataPageHeader.V.NumValues >= 0
	}
	return 0, false
}

func valuesOf(h *format.PageHeader) int64 {
	if h.Type == format.DataPageV2 {
		return int64(h.DataPageHeaderV2.V.NumValues)
	}
	return int64(h.DataPageHeader.V.NumValues)
}

// read decodes a data page.
func (c *chunk) read(h *format.PageHeader, at int64) error {
	n := valuesOf(h)
	if n < 0 || n > c.values-c.taken && len(c.pages) == 0 || n > c.values {
		return fmt.Errorf("a page is said to have %d values, the column %d", n, c.values)
	}
	if c.taken += n; n > maxPage/16 {
		return fmt.Errorf("a page has %d values; the most is %d", n, maxPage/16)
	}
	c.counts.pages.Add(1)
	if h.Type == format.DataPageV2 {
		return c.page.readV2(c, h, at, int(n))
	}
	return c.page.readV1(c, h, at, int(n))
}

// readDictionary decodes the dictionary.
func (c *chunk) readDictionary(h *format.PageHeader, at int64) error {
	n := h.DictionaryPageHeader.V.NumValues
	if !h.DictionaryPageHeader.Valid || n < 0 || n > maxPage/16 {
		return errors.New("the header of a dictionary is malformed")
	}
	body, err := c.body(h, at)
	if err != nil {
		return err
	}
	v := &values{c: c}
	plain, err := decompress(c.codec, nil, body, int(h.UncompressedPageSize), true)
	if err != nil {
		return err
	}
	encoding := h.DictionaryPageHeader.V.Encoding
	if encoding != format.Plain && encoding != plainDictionary {
		return fmt.Errorf("a dictionary in the encoding %s is not supported", encoding)
	}
	if err := v.decode(format.Plain, plain, int(n)); err != nil {
		return fmt.Errorf("the dictionary: %w", err)
	}
	c.dictionary = v
	return nil
}

// needDictionary reads the dictionary if that was stepped over.
func (c *chunk) needDictionary() error {
	if c.dictionary != nil {
		return nil
	}
	h, at, err := c.header(c.from)
	if err != nil {
		return err
	}
	if h.Type != format.DictionaryPage {
		return errors.New("there is no dictionary")
	}
	return c.readDictionary(h, at)
}

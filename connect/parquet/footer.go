package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/thalweg/thalweg/connect"
)

// maxPage bounds what a page may hold before compression, in bytes, and how much
// is made of it in memory, so that a damaged number cannot take all there is.
const maxPage = 256 << 20

// A Parquet file ends with its description:
//
//	"PAR1" | row groups | footer, a Thrift struct | its length in 4 bytes | "PAR1"
const (
	magic     = "PAR1"
	encrypted = "PARE"
	tailSize  = 8
)

// opened is a file whose footer was read.
type opened struct {
	path   string
	file   io.ReaderAt
	close  func() error
	size   int64 // in bytes
	body   int64 // where the footer begins
	root   *parquet.Column
	footer *format.FileMetaData
	arrow  bool // written through Arrow, which has types that Parquet has not
}

// open reads the footer of a file.
func open(files connect.Files, path string) (o *opened, err error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, failed("open", path, err)
	}
	o = &opened{path: path, file: f, close: f.Close}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	defer recovered(path, &err)
	if o.size, err = f.Seek(0, io.SeekEnd); err != nil {
		return nil, failed("read", path, err)
	}
	if err := o.readFooter(); err != nil {
		return nil, err
	}
	return o, o.check()
}

func (o *opened) readFooter() error {
	if o.size < int64(len(magic)+tailSize) {
		return fmt.Errorf("parquet: %s is no Parquet file: it has only %d bytes", o.path, o.size)
	}
	var head [len(magic)]byte
	var tail [tailSize]byte
	if err := readFull(o.file, head[:], 0); err != nil {
		return failed("read", o.path, err)
	}
	if err := readFull(o.file, tail[:], o.size-tailSize); err != nil {
		return failed("read", o.path, err)
	}
	switch end := string(tail[4:]); {
	case string(head[:]) == encrypted || end == encrypted:
		return fmt.Errorf("parquet: %s is encrypted, which is not supported", o.path)
	case string(head[:]) != magic:
		return fmt.Errorf("parquet: %s is no Parquet file: it begins with %q", o.path, head)
	case end != magic:
		return fmt.Errorf("parquet: %s has no footer: it was cut off or not completed", o.path)
	}
	size := int64(binary.LittleEndian.Uint32(tail[:]))
	o.body = o.size - tailSize - size
	if o.body < int64(len(magic)) {
		return fmt.Errorf("parquet: %s is damaged: its footer of %d bytes does not fit into the %d bytes of the file", o.path, size, o.size)
	}
	footer := make([]byte, size)
	if err := readFull(o.file, footer, o.body); err != nil {
		return failed("read", o.path, err)
	}
	if _, err := measure(footer); err != nil {
		return fmt.Errorf("parquet: %s: the footer: %w", o.path, err)
	}
	f, err := parquet.OpenFile(&ends{footer, tail, o.body}, o.size,
		parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("parquet: %s: the footer: %w", o.path, err)
	}
	o.root, o.footer = f.Root(), f.Metadata()
	_, o.arrow = f.Lookup("ARROW:schema")
	return nil
}

// ends is the beginning and the end of a file, already read.
type ends struct {
	footer []byte
	tail   [tailSize]byte
	body   int64
}

func (e *ends) ReadAt(p []byte, at int64) (int, error) {
	if at == 0 {
		return copy(p, magic), nil
	}
	at -= e.body
	switch n := int64(len(e.footer)); {
	case at >= 0 && at+int64(len(p)) <= n:
		return copy(p, e.footer[at:]), nil
	case at >= n && at+int64(len(p)) <= n+tailSize:
		return copy(p, e.tail[at-n:]), nil
	}
	return 0, io.ErrUnexpectedEOF
}

// check makes sure of what the rest relies on: that every row group has every
// column, and that columns lie within the file.
func (o *opened) check() error {
	damaged := func(group int, format string, args ...any) error {
		return fmt.Errorf("parquet: %s is damaged: row group %d: %s", o.path, group, fmt.Sprintf(format, args...))
	}
	n := leafCount(o.root)
	var rows int64
	for i := range o.footer.RowGroups {
		g := &o.footer.RowGroups[i]
		if len(g.Columns) != n {
			return damaged(i, "it has %d columns, the schema %d", len(g.Columns), n)
		}
		if g.NumRows < 0 || rows+g.NumRows < rows {
			return damaged(i, "it has %d rows", g.NumRows)
		}
		rows += g.NumRows
		for j := range g.Columns {
			c := &g.Columns[j]
			if c.FilePath != "" {
				return damaged(i, "it lies in another file")
			}
			m := &c.MetaData
			from := chunkStart(m)
			if g.NumRows > 0 && (from < int64(len(magic)) || m.TotalCompressedSize < 0 || m.TotalCompressedSize > o.body-from || m.NumValues < 0) {
				return damaged(i, "column %d does not lie within the file", j)
			}
		}
	}
	return nil
}

// chunkStart returns where a column of a row group begins. Some writers leave
// out where the dictionary is, which then comes first.
func chunkStart(m *format.ColumnMetaData) int64 {
	if m.DictionaryPageOffset > 0 && m.DictionaryPageOffset < m.DataPageOffset {
		return m.DictionaryPageOffset
	}
	return m.DataPageOffset
}

func leafCount(c *parquet.Column) int {
	if c.Leaf() {
		return 1
	}
	n := 0
	for _, child := range c.Columns() {
		n += leafCount(child)
	}
	return n
}

// readFull reads all of p.
func readFull(f io.ReaderAt, p []byte, at int64) error {
	n, err := f.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// failed is the error of an operation on a path, which it names exactly once.
func failed(doing, path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("parquet: cannot %s %s: %w", doing, path, err)
}

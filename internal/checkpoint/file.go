package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/thalweg/thalweg/internal/operator"
)

// A state file has what the operators of one task remember:
//
//	┌────────┬─────────┬───────────────┬───────┬──────────┬─────────┐
//	│ "TWCF" │ version │ pieces        │ index │ size of  │ sum of  │
//	│        │ 1 byte  │ side by side  │ JSON  │ index, 8 │ index,4 │
//	└────────┴─────────┴───────────────┴───────┴──────────┴─────────┘
//
// in little endian. The index has the parts with their schemas, and of each the pieces:
// where they are, their sums (CRC-32C), and the key groups of keyed ones. The rows of other
// parts are one piece: the size of each as a varint, and itself.
const (
	fileMagic   = "TWCF"
	fileVersion = 1
	fileHead    = len(fileMagic) + 1
	fileTail    = 8 + 4
	mostIndex   = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// index is the table of contents of a state file.
type index struct {
	Parts []indexPart `json:"parts"`
}

type indexPart struct {
	Node   int             `json:"node"`
	Name   string          `json:"name"`
	Share  operator.Share  `json:"share"`
	Schema json.RawMessage `json:"schema,omitempty"`
	Rows   int             `json:"rows,omitempty"`
	Pieces []piece         `json:"pieces"`
}

// piece is a place in the file. Those of keyed parts are the header, whose group is -1, the
// groups in order, and the end, whose group is -1 too.
type piece struct {
	Group  int    `json:"group"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
	Sum    uint32 `json:"sum"`
}

// File is a state file as those know it who need it: it is found, and told from others, by
// this.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Sum  uint32 `json:"sum"` // of its index
}

// fileWriter writes a state file. After an error it writes nothing.
type fileWriter struct {
	w     io.Writer
	at    int64
	index index
	err   error
}

func newFileWriter(w io.Writer) *fileWriter {
	f := &fileWriter{w: w}
	f.write(append([]byte(fileMagic), fileVersion))
	return f
}

func (f *fileWriter) write(b []byte) {
	if f.err != nil {
		return
	}
	n, err := f.w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	f.at, f.err = f.at+int64(n), err
}

// add writes a piece of a part; the parts are in the index before.
func (f *fileWriter) add(part, group int, b []byte) {
	p := &f.index.Parts[part]
	p.Pieces = append(p.Pieces, piece{group, f.at, int64(len(b)), crc32.Checksum(b, castagnoli)})
	f.write(b)
}

// finish writes the index.
func (f *fileWriter) finish() (File, error) {
	text, err := json.Marshal(f.index)
	if f.err == nil {
		f.err = err
	}
	sum := crc32.Checksum(text, castagnoli)
	tail := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	f.write(text)
	f.write(binary.LittleEndian.AppendUint32(tail, sum))
	return File{Size: f.at, Sum: sum}, f.err
}

// rowsPiece is the piece of a part of rows.
func rowsPiece(rows [][]byte) (b []byte) {
	for _, r := range rows {
		b = binary.AppendUvarint(b, uint64(len(r)))
		b = append(b, r...)
	}
	return b
}

// fileReader reads a state file.
type fileReader struct {
	name  string
	in    io.ReaderAt
	close func() error
	index index
}

// openFile reads the index of a state file and makes sure that it is the one that is meant.
func openFile(s Storage, f File) (r *fileReader, err error) {
	broken := func(format string, a ...any) (*fileReader, error) {
		return nil, fmt.Errorf("checkpoint: the file %s in %s %w", f.Name, s, fmt.Errorf(format, a...))
	}
	in, err := s.Open(f.Name)
	if err != nil {
		return broken("cannot be opened: %w", err)
	}
	defer func() {
		if err != nil {
			_ = in.Close()
		}
	}()
	at, err := readerAt(in, f.Size)
	if err != nil {
		return broken("cannot be read: %v", err)
	}
	head := make([]byte, fileHead)
	if _, err := at.ReadAt(head, 0); err != nil {
		return broken("is cut: it cannot be read from the beginning (%v)", err)
	}
	if string(head[:len(fileMagic)]) != fileMagic {
		return broken("is no state file")
	}
	if v := head[len(fileMagic)]; v != fileVersion {
		return broken("has version %d, this release knows %d", v, fileVersion)
	}
	tail := make([]byte, fileTail)
	if _, err := at.ReadAt(tail, f.Size-int64(fileTail)); err != nil && !errors.Is(err, io.EOF) {
		return broken("is cut: it has no end at %d bytes (%v)", f.Size, err)
	}
	size, sum := binary.LittleEndian.Uint64(tail), binary.LittleEndian.Uint32(tail[8:])
	if sum != f.Sum || size > mostIndex || int64(size) > f.Size-int64(fileHead+fileTail) {
		return broken("is not the one that belongs to the checkpoint, or is damaged at its end")
	}
	text := make([]byte, size)
	if _, err := at.ReadAt(text, f.Size-int64(fileTail)-int64(size)); err != nil {
		return broken("cannot be read: %v", err)
	}
	if crc32.Checksum(text, castagnoli) != sum {
		return broken("has a damaged index")
	}
	r = &fileReader{name: f.Name, in: at, close: in.Close}
	if err := json.Unmarshal(text, &r.index); err != nil {
		return broken("has an index that cannot be read: %v", err)
	}
	for _, p := range r.index.Parts {
		for _, piece := range p.Pieces {
			if piece.Offset < int64(fileHead) || piece.Size < 0 || piece.Offset > f.Size-piece.Size {
				return broken("has an index that leads out of it")
			}
		}
	}
	return r, nil
}

// readerAt makes a file one that can be read anywhere; one that cannot is read whole.
func readerAt(in io.Reader, size int64) (io.ReaderAt, error) {
	if at, ok := in.(io.ReaderAt); ok {
		return at, nil
	}
	b, err := io.ReadAll(io.LimitReader(in, size))
	if err != nil {
		return nil, err
	}
	return bytesAt(b), nil
}

type bytesAt []byte

func (b bytesAt) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset > int64(len(b)) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, b[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// read reads a piece and checks it.
func (r *fileReader) read(p piece) ([]byte, error) {
	b := make([]byte, p.Size)
	if _, err := r.in.ReadAt(b, p.Offset); err != nil && (!errors.Is(err, io.EOF) || p.Size > 0 && errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, fmt.Errorf("checkpoint: reading the file %s: %w", r.name, err)
	}
	if crc32.Checksum(b, castagnoli) != p.Sum {
		return nil, fmt.Errorf("checkpoint: the file %s is damaged: the %d bytes from %d on have a wrong checksum", r.name, p.Size, p.Offset)
	}
	return b, nil
}

// rows calls f with the rows of a part.
func (r *fileReader) rows(p *indexPart, f func([]byte) error) error {
	rows := 0
	for _, piece := range p.Pieces {
		b, err := r.read(piece)
		if err != nil {
			return err
		}
		for ; len(b) > 0; rows++ {
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return fmt.Errorf("checkpoint: the file %s has rows that are cut", r.name)
			}
			b = b[n:]
			if err := f(b[:size:size]); err != nil {
				return err
			}
			b = b[size:]
		}
	}
	if rows != p.Rows {
		return fmt.Errorf("checkpoint: the file %s has %d rows in %q, its index says %d", r.name, rows, p.Name, p.Rows)
	}
	return nil
}

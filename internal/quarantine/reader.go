package quarantine

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/types"
)

// File is what a file says of all of its entries.
type File struct {
	Origin  Origin
	Schemas map[int32]*types.Schema // by input, of the entries so far

	in     *bufio.Reader
	closer io.Closer
	path   string
	at     int64 // bytes read
	stacks []string
	body   bytes.Buffer
}

// Open opens a file and reads what comes before its entries.
func Open(files host.FileSystem, path string) (*File, error) {
	in, err := files.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the quarantine: %w", err)
	}
	f, err := NewFile(in, path)
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	f.closer = in
	return f, nil
}

// NewFile is Open for what was opened already. path is for errors.
func NewFile(in io.Reader, path string) (*File, error) {
	f := &File{in: bufio.NewReaderSize(in, 64<<10), path: path, Schemas: map[int32]*types.Schema{}}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f.in, head); err != nil || string(head) != magic {
		return nil, fmt.Errorf("%s is no file of a quarantine", path)
	}
	f.at = int64(len(magic))
	kind, body, err := f.frame()
	if err == nil && kind != originFrame {
		err = errors.New("it does not begin with its origin")
	}
	if err == nil {
		err = json.Unmarshal(body, &f.Origin)
	}
	if err == io.EOF {
		err = ErrTorn
	}
	if err != nil {
		return nil, f.wrong(err)
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Next returns the next entry, and io.EOF behind the last one. An error that is ErrTorn
// says that the file ends in the middle of an entry.
func (f *File) Next() (*Entry, error) {
	for {
		kind, body, err := f.frame()
		if err == io.EOF {
			return nil, io.EOF
		}
		if err != nil {
			return nil, f.wrong(err)
		}
		if kind == entryFrame {
			e, err := f.entry(body)
			if err != nil {
				return nil, f.wrong(err)
			}
			return e, nil
		}
		if err := f.note(kind, body); err != nil {
			return nil, f.wrong(err)
		}
	}
}

func (f *File) wrong(err error) error { return fmt.Errorf("%s, byte %d: %w", f.path, f.at, err) }

// note takes what a frame says of the entries behind it.
func (f *File) note(kind byte, body []byte) error {
	switch kind {
	case stackFrame:
		f.stacks = append(f.stacks, string(body))
		return nil
	case schemaFrame:
		if len(body) == 0 {
			return errors.New("a schema without an input")
		}
		s := &types.Schema{}
		if err := json.Unmarshal(body[1:], s); err != nil {
			return err
		}
		f.Schemas[int32(body[0])] = s
		return nil
	}
	return fmt.Errorf("a frame of an unknown kind %q", kind)
}

func (f *File) entry(body []byte) (*Entry, error) {
	var s stored
	n, err := storedType().Decode(body, &s)
	switch {
	case err != nil:
		return nil, err
	case n != len(body):
		return nil, fmt.Errorf("an entry with %d bytes too many", len(body)-n)
	case s.Stack < 0 || int(s.Stack) > len(f.stacks):
		return nil, fmt.Errorf("stack %d of %d", s.Stack, len(f.stacks))
	case s.Input >= 0 && f.Schemas[s.Input] == nil:
		return nil, fmt.Errorf("an entry of input %d, which has no schema", s.Input)
	}
	e := &Entry{
		Kind: Kind(s.Kind), Input: s.Input, Number: s.Number, Timed: s.Timed, Time: s.Time, At: s.At, Key: s.Key,
		Cause: s.Cause, Record: s.Record, Source: s.Source, Offset: s.Offset, Size: s.Size, Piece: s.Piece,
	}
	if s.Stack > 0 {
		e.Stack = f.stacks[s.Stack-1]
	}
	return e, nil
}

// frame reads one frame. Its body is the caller's, who may keep parts of it. Memory
// grows with what there is to read, whatever a header claims.
func (f *File) frame() (kind byte, body []byte, err error) {
	var header [frameHeader]byte
	n, err := io.ReadFull(f.in, header[:])
	if n == 0 && err == io.EOF {
		return 0, nil, io.EOF
	}
	if err != nil {
		return 0, nil, torn(err)
	}
	length := binary.LittleEndian.Uint32(header[:])
	if length < 1 || length > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", length)
	}
	f.body.Reset()
	if _, err := io.CopyN(&f.body, f.in, int64(length)); err != nil {
		return 0, nil, torn(err)
	}
	content := bytes.Clone(f.body.Bytes())
	if crc := crc32.Checksum(content, castagnoli); crc != binary.LittleEndian.Uint32(header[4:]) {
		return 0, nil, fmt.Errorf("the checksum of a frame is %08x, not %08x", crc, binary.LittleEndian.Uint32(header[4:]))
	}
	f.at += int64(frameHeader) + int64(length)
	return content[0], content[1:], nil
}

// torn tells the end of a file from other errors of reading it.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTorn
	}
	return err
}

package outofcore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/thalweg/thalweg/internal/spill"
)

// Blocks keeps pieces of bytes of any length in the order they were added: in pages
// until the share has no more, then in a file. What is in memory stays there. They
// are read once, unless they are kept: then they can be read again from the
// beginning, as often as wanted, and give nothing back before Close.
//
// In a page pieces stand one behind the other, each with its length as a
// little-endian uint32 before it; a piece that is larger than a page has a buffer of
// its own. The file has them as its blocks.
type Blocks struct {
	room   Room
	pages  [][]byte // full ones, and the one that is being filled, cut to what is filled
	writer *spill.Writer
	file   *spill.File
	reader *spill.Reader
	kept   bool
	read   int    // pages that were read
	next   []byte // what is left of the page after those
}

const pieceHeader = 4

// NewBlocks returns an empty store, which keeps what is read or does not.
func NewBlocks(room Room, kept bool) *Blocks { return &Blocks{room: room, kept: kept} }

// Add appends a piece, which is the caller's again.
func (b *Blocks) Add(piece []byte) error {
	if b.writer == nil && b.keep(piece) {
		return nil
	}
	if b.writer == nil {
		w, err := b.room.Space.Create()
		if err != nil {
			return fmt.Errorf("outofcore: %w", err)
		}
		b.writer = w
	}
	if err := b.writer.Write(piece); err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return nil
}

// keep puts a piece into memory, or reports that there is no room.
func (b *Blocks) keep(piece []byte) bool {
	needs := pieceHeader + len(piece)
	if n := len(b.pages); n == 0 || cap(b.pages[n-1])-len(b.pages[n-1]) < needs {
		page := b.page(needs)
		if page == nil {
			return false
		}
		b.pages = append(b.pages, page[:0])
	}
	last := &b.pages[len(b.pages)-1]
	*last = binary.LittleEndian.AppendUint32(*last, uint32(len(piece)))
	*last = append(*last, piece...)
	return true
}

// page returns memory for at least so many bytes, or nil.
func (b *Blocks) page(needs int) []byte {
	if needs <= b.room.Memory.PageSize() {
		return b.room.Memory.Page()
	}
	if !b.room.Memory.Reserve(int64(needs)) {
		return nil
	}
	return make([]byte, needs)
}

// Spilled reports whether some of it is in a file.
func (b *Blocks) Spilled() bool { return b.writer != nil || b.file != nil }

// Seal ends adding. Rewind is to come next.
func (b *Blocks) Seal() error {
	if b.writer == nil {
		return nil
	}
	file, err := b.writer.Close()
	b.writer = nil
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	b.file = file
	return nil
}

// Rewind makes Next return the first piece. Only what is kept can be rewound twice.
func (b *Blocks) Rewind() {
	b.read, b.next = 0, nil
	if len(b.pages) > 0 {
		b.next = b.pages[0]
	}
	if b.reader != nil {
		b.reader.Close()
	}
	if b.file != nil {
		b.reader = b.file.Reader(b.file.Start(), b.file.End())
	}
}

// Next copies the next piece behind dst and returns the longer slice, or io.EOF.
// Unless it is kept, memory is given back as it has been read.
func (b *Blocks) Next(dst []byte) ([]byte, error) {
	for b.read < len(b.pages) {
		if len(b.next) > 0 {
			n := int(binary.LittleEndian.Uint32(b.next))
			dst = append(dst, b.next[pieceHeader:pieceHeader+n]...)
			b.next = b.next[pieceHeader+n:]
			return dst, nil
		}
		if !b.kept {
			b.drop(b.pages[b.read])
			b.pages[b.read] = nil
		}
		if b.read++; b.read < len(b.pages) {
			b.next = b.pages[b.read]
		}
	}
	if b.reader == nil {
		return dst, io.EOF
	}
	dst, err := b.reader.Next(dst)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("outofcore: %w", err)
	}
	return dst, err
}

func (b *Blocks) drop(page []byte) {
	if cap(page) == b.room.Memory.PageSize() {
		b.room.Memory.Free(page)
	} else {
		b.room.Memory.Release(int64(cap(page)))
	}
}

// Close gives everything back. It may be called at any time and more than once.
func (b *Blocks) Close() {
	for _, p := range b.pages {
		if p != nil {
			b.drop(p)
		}
	}
	if b.writer != nil {
		b.writer.Discard()
	}
	if b.reader != nil {
		b.reader.Close()
	}
	if b.file != nil {
		b.file.Remove()
	}
	b.pages, b.next, b.writer, b.reader, b.file = nil, nil, nil, nil, nil
}

package outofcore

import (
	"errors"
	"fmt"
	"io"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
	"github.com/thalweg/thalweg/types"
)

// rowFile is the rows of one side of a partition that are on disk, as blocks.
// Unlike a [Spool] it has one page while rows are added, and none then.
type rowFile[T any] struct {
	t    *types.Type[T]
	room Room

	page   []byte           // of the share; nil when sealed
	open   blockAppender[T] // into page, behind the writer's margin
	writer *spill.Writer    // nil until the first block is full
	file   *spill.File

	rows, bytes int64 // of rows as they are encoded, those of the open block included
}

// newRowFile returns an empty file, which owns the page from now on.
func newRowFile[T any](t *types.Type[T], room Room, page []byte) *rowFile[T] {
	f := &rowFile[T]{t: t, room: room, page: page, open: newBlockAppender(t)}
	f.begin()
	return f
}

// begin opens a block in the page.
func (f *rowFile[T]) begin() {
	end := min(len(f.page), spill.Margin+f.room.Space.Piece())
	f.open.begin(f.page[spill.Margin:spill.Margin:end])
}

// add appends a row.
func (f *rowFile[T]) add(row *T) error {
	before := f.open.size()
	if !f.open.append(row) {
		if err := f.turn(); err != nil {
			return err
		}
		before = f.open.size()
		if f.open.needs() > cap(f.open.block) {
			return f.addLarge(f.t.Append(make([]byte, blockHeader, f.open.needs()), row))
		}
		if !f.open.append(row) {
			return fmt.Errorf("outofcore: the encoding of a row has two lengths")
		}
	}
	f.rows++
	f.bytes += int64(f.open.size() - before)
	return nil
}

// addEncoded appends a row that is encoded already.
func (f *rowFile[T]) addEncoded(row []byte) error {
	if !f.open.appendEncoded(row) {
		if err := f.turn(); err != nil {
			return err
		}
		if f.open.needs() > cap(f.open.block) {
			return f.addLarge(append(make([]byte, blockHeader, f.open.needs()), row...))
		}
		f.open.appendEncoded(row)
	}
	f.rows++
	f.bytes += int64(len(row))
	return nil
}

// addLarge writes a row that is larger than a page, behind room for a header.
func (f *rowFile[T]) addLarge(block []byte) error {
	n := int64(cap(block))
	f.room.Memory.Force(n)
	defer f.room.Memory.Release(n)
	large := blockAppender[T]{block: block, rows: 1}
	f.rows++
	f.bytes += int64(len(block) - blockHeader)
	return f.write(large.end())
}

// turn writes the open block, if it has rows, and begins another one.
func (f *rowFile[T]) turn() error {
	if f.open.len() == 0 {
		return nil
	}
	end := spill.Margin + len(f.open.end())
	err := f.create()
	if err == nil {
		f.page, err = f.writer.Swap(f.page, end)
	}
	f.begin()
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return nil
}

// write writes a block that is not in the page.
func (f *rowFile[T]) write(block []byte) error {
	err := f.create()
	if err == nil {
		err = f.writer.Write(block)
	}
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return nil
}

// create makes the file, once.
func (f *rowFile[T]) create() (err error) {
	if f.writer == nil {
		f.writer, err = f.room.Space.Create()
	}
	return err
}

// seal ends adding, and returns the page, which is the caller's again.
func (f *rowFile[T]) seal() (page []byte, err error) {
	if err := f.turn(); err != nil {
		return nil, err
	}
	if f.writer != nil {
		file, err := f.writer.Close()
		if err != nil {
			return nil, fmt.Errorf("outofcore: %w", err)
		}
		f.file, f.writer = file, nil
	}
	page, f.page = f.page, nil
	f.open.end()
	return page, nil
}

// close gives everything back, at any time and more than once. No reader is left.
func (f *rowFile[T]) close() {
	if f == nil {
		return
	}
	if f.page != nil {
		f.room.Memory.Free(f.page)
	}
	if f.writer != nil {
		f.writer.Discard()
	}
	if f.file != nil {
		f.file.Remove()
	}
	f.page, f.writer, f.file = nil, nil, nil
}

// rowReader reads a sealed rowFile from its beginning. It holds a page, if need be
// one beyond the share.
type rowReader[T any] struct {
	share  *memory.Share
	fresh  bool // rows may be kept that alias a block
	in     *spill.Reader
	block  blockReader[T]
	buffer []byte // accounted for by its capacity
}

// read returns a reader. lends says that the rows go to the user, who may keep what
// they refer to.
func (f *rowFile[T]) read(lends bool) *rowReader[T] {
	r := &rowReader[T]{
		share: f.room.Memory, fresh: lends && f.t.HasPointers(),
		block: newBlockReader(f.t),
	}
	if f.file != nil {
		r.in = f.file.Reader(f.file.Start(), f.file.End())
	}
	return r
}

// next returns the next rows, lent until the next call, or [io.EOF].
func (r *rowReader[T]) next() ([]T, error) {
	for {
		rows, err := r.block.next()
		if len(rows) > 0 || err != nil {
			return rows, err
		}
		if err := r.advance(); err != nil {
			return nil, err
		}
	}
}

// advance goes to the next block.
func (r *rowReader[T]) advance() error {
	if r.in == nil {
		return io.EOF
	}
	if r.fresh || cap(r.buffer) != r.share.PageSize() {
		r.drop()
	}
	if r.buffer == nil {
		r.buffer = takePage(r.share)
	}
	block, err := r.load()
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return r.block.open(block)
}

// load returns the next block: in the buffer, or, where no row may be kept, as the
// spill reader has it.
func (r *rowReader[T]) load() ([]byte, error) {
	var block []byte
	var lent bool
	var err error
	if r.fresh {
		block, err = r.in.Next(r.buffer[:0])
	} else {
		block, lent, err = r.in.Lend(r.buffer[:0])
	}
	if err == nil && !lent && cap(block) != cap(r.buffer) { // a single row, larger than a page
		r.drop()
		r.share.Force(int64(cap(block)))
		r.buffer = block
	}
	return block, err
}

// drop gives the buffer back.
func (r *rowReader[T]) drop() {
	switch {
	case r.buffer == nil:
	case cap(r.buffer) != r.share.PageSize():
		r.share.Release(int64(cap(r.buffer)))
	case r.fresh:
		r.share.Retire(r.buffer)
	default:
		r.share.Free(r.buffer)
	}
	r.buffer = nil
}

// close ends reading, at any place, and more than once.
func (r *rowReader[T]) close() {
	if r.in != nil {
		r.in.Close()
		r.in = nil
	}
	r.drop()
	r.block = blockReader[T]{}
}

// takePage returns a page, if need be one beyond the share.
func takePage(share *memory.Share) []byte {
	if page := share.Page(); page != nil {
		return page
	}
	share.Force(int64(share.PageSize()))
	return make([]byte, share.PageSize())
}

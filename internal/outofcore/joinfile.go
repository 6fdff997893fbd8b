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

	open   blockAppender[T] // into a page of the share
	writer *spill.Writer    // nil until the first block is full
	file   *spill.File

	rows, bytes int64 // of rows as they are encoded, those of the open block included
}

// newRowFile returns an empty file, which owns the page from now on.
func newRowFile[T any](t *types.Type[T], room Room, page []byte) *rowFile[T] {
	f := &rowFile[T]{t: t, room: room, open: newBlockAppender(t)}
	f.open.begin(page)
	return f
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
	block := f.open.end()
	f.open.begin(block)
	return f.write(block)
}

func (f *rowFile[T]) write(block []byte) error {
	if f.writer == nil {
		w, err := f.room.Space.Create()
		if err != nil {
			return fmt.Errorf("outofcore: %w", err)
		}
		f.writer = w
	}
	if err := f.writer.Write(block); err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return nil
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
	return f.open.end(), nil
}

// close gives everything back, at any time and more than once. No reader is left.
func (f *rowFile[T]) close() {
	if f == nil {
		return
	}
	if f.open.open() {
		f.room.Memory.Free(f.open.end())
	}
	if f.writer != nil {
		f.writer.Discard()
	}
	if f.file != nil {
		f.file.Remove()
	}
	f.writer, f.file = nil, nil
}

// rowReader reads a sealed rowFile from its beginning. It holds a page, if need be
// one beyond the share.
type rowReader[T any] struct {
	share  *memory.Share
	fresh  bool // rows may be kept that alias a block
	in     *spill.Reader
	block  blockReader[T]
	rows   []T
	buffer []byte // accounted for by its capacity
}

// read returns a reader. lends says that the rows go to the user, who may keep what
// they refer to.
func (f *rowFile[T]) read(lends bool) *rowReader[T] {
	r := &rowReader[T]{
		share: f.room.Memory, fresh: lends && f.t.HasPointers(),
		block: blockReader[T]{t: f.t}, rows: newBatch[T](),
	}
	if f.file != nil {
		r.in = f.file.Reader(f.file.Start(), f.file.End())
	}
	return r
}

// next returns the next rows, lent until the next call, or [io.EOF].
func (r *rowReader[T]) next() ([]T, error) {
	for {
		n, err := r.block.read(r.rows)
		if n > 0 || err != nil {
			return r.rows[:n], err
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
	block, err := r.in.Next(r.buffer[:0])
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	if cap(block) != cap(r.buffer) { // a single row, larger than a page
		r.drop()
		r.share.Force(int64(cap(block)))
		r.buffer = block
	}
	return r.block.open(block)
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
	r.block, r.rows = blockReader[T]{}, nil
}

// takePage returns a page, if need be one beyond the share.
func takePage(share *memory.Share) []byte {
	if page := share.Page(); page != nil {
		return page
	}
	share.Force(int64(share.PageSize()))
	return make([]byte, share.PageSize())
}

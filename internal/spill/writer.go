package spill

import (
	"fmt"
	"math"

	"github.com/thalweg/thalweg/internal/memory"
)

// plainChunks is how many chunks are written as they are after one that could not
// be compressed, before the next attempt.
const plainChunks = 16

// Writer appends blocks to a new file. It belongs to one goroutine.
type Writer struct {
	f      *File
	waiter waiter
	buffer []byte // bytes to be written at sent; held; nil: none
	sent   int64  // bytes of the file that are written or on their way
	plain  int    // chunks that will not be compressed
}

// Write appends a block, which is the caller's again when Write returns. An error
// may be that of a block written before.
func (w *Writer) Write(block []byte) error {
	if err := w.f.failure(); err != nil {
		return err
	}
	if uint64(len(block)) > math.MaxUint32 {
		return fmt.Errorf("spill: a block of %s is too large", memory.Text(int64(len(block))))
	}
	for {
		piece := block[:min(len(block), w.f.space.piece)]
		block = block[len(piece):]
		if err := w.add(piece, len(block)); err != nil {
			return err
		}
		if len(block) == 0 {
			return nil
		}
	}
}

// add appends a chunk. The buffer it is made in is given back, or becomes the one
// that is held, or is on its way to the disk when add returns.
func (w *Writer) add(piece []byte, rest int) error {
	s := w.f.space
	buffer := s.buffers.take(&w.waiter)
	compress := len(piece) >= minCompressed && w.plain == 0
	chunk := putChunk(buffer, piece, rest, compress)
	switch {
	case compress && len(chunk) == headerSize+len(piece):
		w.plain = plainChunks
	case w.plain > 0:
		w.plain--
	}
	w.f.size += int64(len(piece))
	w.f.stored += int64(len(chunk))
	s.wrote.add(len(piece), len(chunk))

	if w.buffer == nil {
		if !s.buffers.hold() {
			return w.send(chunk)
		}
		w.buffer = chunk // it is not full, for a chunk is smaller than a buffer
		return nil
	}
	n := min(len(chunk), cap(w.buffer)-len(w.buffer))
	w.buffer = append(w.buffer, chunk[:n]...)
	chunk = chunk[:copy(chunk, chunk[n:])]
	if len(w.buffer) < cap(w.buffer) {
		s.buffers.give(buffer)
		return nil
	}
	// The hold passes to the new buffer, if anything is in it.
	full := w.buffer
	w.buffer = chunk
	if len(chunk) == 0 {
		w.buffer = nil
		s.buffers.letGo()
		s.buffers.give(buffer)
	}
	return w.send(full)
}

// send has a buffer written, which is not held any more.
func (w *Writer) send(b []byte) error {
	if err := w.f.enter(); err != nil {
		w.f.space.buffers.give(b[:cap(b)])
		return err
	}
	offset := w.sent
	w.sent += int64(len(b))
	w.f.disk.submit(request{file: w.f, buffer: b, offset: offset})
	return nil
}

// Position returns the place behind the last block: runs that share a file are
// told apart by it.
func (w *Writer) Position() Position { return Position{w.f.stored} }

// Size returns the bytes of the blocks so far.
func (w *Writer) Size() int64 { return w.f.size }

// Close ends the file, when all of it is written. Nothing may be written then. If
// it fails the file is removed.
func (w *Writer) Close() (*File, error) {
	err := w.f.failure()
	if err == nil && w.buffer != nil {
		b := w.buffer
		w.buffer = nil
		w.f.space.buffers.letGo()
		err = w.send(b)
	}
	w.f.drain()
	if err == nil {
		err = w.f.failure()
	}
	if err != nil {
		w.Discard()
		return nil, err
	}
	return w.f, nil
}

// Discard gives the file up. It does not wait: what is under way ends first.
func (w *Writer) Discard() {
	if w.buffer != nil {
		w.f.space.buffers.letGo()
		w.f.space.buffers.give(w.buffer[:cap(w.buffer)])
		w.buffer = nil
	}
	w.f.Remove()
}

package spill

import (
	"fmt"
	"math"

	"github.com/thalweg/thalweg/internal/memory"
)

// plainTimes is how many times as many bytes are written as they are after some that
// could not be compressed, before the next attempt.
const plainTimes = 16

// fillUp is which part of a page may be left when a chunk fills it up.
const fillUp = 16

// Writer appends blocks to a new file. It belongs to one goroutine.
type Writer struct {
	f      *File
	waiter waiter
	buffer []byte // bytes to be written at sent; held; nil: none
	sent   int64  // bytes of the file that are written or on their way
	plain  int    // bytes that will not be compressed
}

// Write appends a block, which is the caller's again when Write returns. An error
// may be that of a block written before.
func (w *Writer) Write(block []byte) error {
	if err := w.check(len(block)); err != nil {
		return err
	}
	for {
		n, err := w.add(block)
		if err != nil {
			return err
		}
		if block = block[n:]; len(block) == 0 {
			return nil
		}
	}
}

// Margin is where a block begins in a page that is swapped.
const Margin = headerSize

// Swap appends the block page[Margin:end], which need not be copied if it cannot be
// compressed, where pages are those of the space's share. It returns the page for the
// caller's next block, with any content: this one, or one of the same size for it,
// also with an error, which may be that of a block written before. A block that is
// longer than [Space.Piece] is copied.
func (w *Writer) Swap(page []byte, end int) ([]byte, error) {
	s := w.f.space
	piece := page[Margin:end]
	if len(page) != s.buffers.size || len(piece) > s.piece || len(piece) < s.piece/2 {
		return page, w.Write(piece)
	}
	if err := w.check(len(piece)); err != nil {
		return page, err
	}
	buffer := s.buffers.take(&w.waiter)
	if w.attempt(piece) {
		if chunk := w.pack(buffer, piece, 0); chunk != nil {
			return page, w.join(chunk)
		}
	}
	chunk := page[:end]
	if len(page)-end <= len(page)/fillUp {
		chunk = page
	}
	putHeader(chunk, len(piece), 0)
	w.count(len(piece), len(chunk))
	if err := w.flush(); err != nil {
		s.buffers.give(buffer)
		return page, err
	}
	return buffer, w.send(chunk, false)
}

// check returns why a block cannot be written.
func (w *Writer) check(size int) error {
	if uint64(size) > math.MaxUint32 {
		return fmt.Errorf("spill: a block of %s is too large", memory.Text(int64(size)))
	}
	return w.f.failure()
}

// add appends a chunk with the front of a block, and returns how many bytes of it.
func (w *Writer) add(block []byte) (int, error) {
	s := w.f.space
	piece := block[:min(len(block), s.piece)]
	if w.attempt(piece) {
		buffer := s.buffers.take(&w.waiter)
		if chunk := w.pack(buffer, piece, len(block)-len(piece)); chunk != nil {
			return len(piece), w.join(chunk)
		}
		s.buffers.give(buffer)
	}
	if w.buffer != nil && cap(w.buffer)-len(w.buffer) <= headerSize {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	buffer, held := w.buffer, w.buffer != nil
	if !held {
		held = s.buffers.hold()
		buffer = s.buffers.take(&w.waiter)[:0]
	}
	// It takes what there is room for, and the next one the rest.
	piece = block[:min(len(block), cap(buffer)-len(buffer)-headerSize)]
	at := len(buffer)
	buffer = appendChunk(buffer, piece, len(block)-len(piece))
	w.count(len(piece), len(buffer)-at)
	if !held {
		return len(piece), w.send(buffer, true)
	}
	w.buffer = buffer
	if len(buffer) == cap(buffer) {
		return len(piece), w.flush()
	}
	return len(piece), nil
}

// attempt reports whether it is time to attempt to compress a piece.
func (w *Writer) attempt(piece []byte) bool { return len(piece) >= minCompressed && w.plain <= 0 }

// pack writes a compressed chunk to a buffer, if that succeeds; else it returns nil.
func (w *Writer) pack(buffer, piece []byte, rest int) []byte {
	chunk := packChunk(buffer, piece, rest)
	if chunk == nil {
		w.plain = plainTimes*len(piece) + len(piece) // which are to come yet
		return nil
	}
	w.count(len(piece), len(chunk))
	return chunk
}

// count notes a chunk.
func (w *Writer) count(raw, stored int) {
	if stored >= headerSize+raw {
		w.f.chunk = stored
		w.plain -= raw
	}
	w.f.size += int64(raw)
	w.f.stored += int64(stored)
	w.f.space.wrote.add(raw, stored)
	if spilled := w.f.space.spilled; spilled != nil {
		spilled.Add(int64(raw))
	}
}

// join appends a compressed chunk to the buffer that is held. The one it is in is
// given back, or becomes the one that is held, or is on its way to the disk when join
// returns.
func (w *Writer) join(chunk []byte) error {
	s := w.f.space
	if w.buffer == nil {
		if !s.buffers.hold() {
			return w.send(chunk, true)
		}
		w.buffer = chunk
		return nil
	}
	n := min(len(chunk), cap(w.buffer)-len(w.buffer))
	w.buffer = append(w.buffer, chunk[:n]...)
	chunk = chunk[:copy(chunk, chunk[n:])]
	if len(w.buffer) < cap(w.buffer) {
		s.buffers.give(chunk[:cap(chunk)])
		return nil
	}
	// The hold passes to the new buffer, if anything is in it.
	full := w.buffer
	w.buffer = chunk
	if len(chunk) == 0 {
		w.buffer = nil
		s.buffers.letGo()
		s.buffers.give(chunk[:cap(chunk)])
	}
	return w.send(full, true)
}

// flush sends the buffer that is held, if there is one.
func (w *Writer) flush() error {
	if w.buffer == nil {
		return nil
	}
	b := w.buffer
	w.buffer = nil
	w.f.space.buffers.letGo()
	return w.send(b, true)
}

// send has a buffer written, which is not held any more.
func (w *Writer) send(b []byte, sealed bool) error {
	if err := w.f.enter(); err != nil {
		w.f.space.buffers.give(b[:cap(b)])
		return err
	}
	offset := w.sent
	w.sent += int64(len(b))
	w.f.disk.submit(request{file: w.f, buffer: b, offset: offset, sealed: sealed})
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
	if err == nil {
		err = w.flush()
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

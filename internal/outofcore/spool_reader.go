package outofcore

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/thalweg/thalweg/internal/spill"
)

// SpoolReader reads the rows of a spool once, in their order.
type SpoolReader[T any] struct {
	s     *Spool[T]
	drain bool

	block  blockReader[T]
	rows   []T
	next   int           // of the spool's blocks
	file   *spill.Reader // nil before the file's turn
	buffer []byte        // the block of the file; a page of the share, or larger
	closed bool
}

// Read returns a reader of all rows. The spool is sealed, and not drained.
func (s *Spool[T]) Read() *SpoolReader[T] {
	r := &SpoolReader[T]{s: s, block: blockReader[T]{t: s.t}, rows: newBatch[T]()}
	s.readers = append(s.readers, r)
	return r
}

// Drain is the last Read. The memory of rows is given back when they have been
// read, and the spool is closed at the end.
func (s *Spool[T]) Drain() *SpoolReader[T] {
	r := s.Read()
	r.drain = true
	return r
}

// Next returns the next rows, lent until the next call, or io.EOF.
func (r *SpoolReader[T]) Next() ([]T, error) {
	for !r.closed {
		n, err := r.block.read(r.rows)
		if n > 0 || err != nil {
			return r.rows[:n], err
		}
		if err := r.advance(); err == io.EOF {
			r.Close()
			if r.drain {
				r.s.Close()
			}
		} else if err != nil {
			return nil, err
		}
	}
	return nil, io.EOF
}

// advance goes to the next block.
func (r *SpoolReader[T]) advance() error {
	s := r.s
	if r.drain && r.next > 0 && r.next <= len(s.blocks) {
		if last := &s.blocks[r.next-1]; *last != nil {
			s.drop(*last)
			*last = nil
		}
	}
	if r.next < len(s.blocks) {
		s.lent = s.t.HasPointers()
		r.next++
		return r.block.open(s.blocks[r.next-1])
	}
	if s.file == nil {
		return io.EOF
	}
	if r.file == nil {
		r.next++ // the last block in memory has been dropped
		r.file = s.file.Reader(s.file.Start(), s.file.End())
	}
	r.renew()
	block, err := r.file.Next(r.buffer[:0])
	if err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("outofcore: %w", err)
	}
	if cap(block) != cap(r.buffer) { // a single row, larger than a page
		s.room.Memory.Force(int64(cap(block)))
		s.giveBack(r.buffer, false)
		r.buffer = block
	}
	return r.block.open(block)
}

// renew sees to it that the buffer is a page to which no row refers.
func (r *SpoolReader[T]) renew() {
	s := r.s
	if r.buffer != nil && (s.t.HasPointers() || cap(r.buffer) != s.room.Memory.PageSize()) {
		s.giveBack(r.buffer, true)
		r.buffer = nil
	}
	if r.buffer == nil {
		if r.buffer, s.page = s.page, nil; r.buffer == nil {
			r.buffer = s.take()
		}
	}
}

// giveBack takes a reader's buffer, to which rows may refer that were handed out.
func (s *Spool[T]) giveBack(buffer []byte, used bool) {
	switch {
	case cap(buffer) != s.room.Memory.PageSize():
		s.room.Memory.Release(int64(cap(buffer)))
	case used && s.t.HasPointers():
		s.room.Memory.Retire(buffer)
	case s.page == nil:
		s.page = buffer
	default:
		s.room.Memory.Free(buffer)
	}
}

// Close ends reading, at any place.
func (r *SpoolReader[T]) Close() {
	if r.closed {
		return
	}
	r.closed = true
	if r.file != nil {
		r.file.Close()
	}
	if r.buffer != nil {
		r.s.giveBack(r.buffer, true)
		r.buffer = nil
	}
	r.block, r.rows = blockReader[T]{}, nil
	i := slices.Index(r.s.readers, r)
	r.s.readers = slices.Delete(r.s.readers, i, i+1)
}

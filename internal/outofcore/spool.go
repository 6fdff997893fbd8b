package outofcore

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/spill"
	"github.com/thalweg/thalweg/types"
)

// Spool keeps rows in the order they were added: in pages until the share has no
// more, then in a file. What is in memory stays there.
//
//	s := NewSpool(t, room)
//	defer s.Close()
//	s.Add(rows)
//	s.Seal()
//	r := s.Read()           // as often as wanted
//	rows, err := r.Next()   // until io.EOF
//	r = s.Drain()           // the last time
//
// One page is its own from the beginning, even if the share has none left: for
// the block rows are added to, and later for the block of the file that is read.
//
// Invariant: the rows of blocks come before those of the file, and once there is
// a file every new row goes to it.
type Spool[T any] struct {
	t    *types.Type[T]
	room Room

	open   blockAppender[T]
	blocks [][]byte // in memory; those that are not of a page's size were reserved
	writer *spill.Writer
	file   *spill.File // what the writer has left
	page   []byte      // the spool's own, while neither open nor a reader has it

	rows, bytes int64 // without those of the open block
	lent        bool  // rows that alias blocks were handed out
	readers     []*SpoolReader[T]
}

// NewSpool returns an empty spool.
func NewSpool[T any](t *types.Type[T], room Room) *Spool[T] {
	s := &Spool[T]{t: t, room: room, open: newBlockAppender(t)}
	s.open.begin(s.take())
	return s
}

// take returns a page, if need be one beyond the share.
func (s *Spool[T]) take() []byte {
	if page := s.room.Memory.Page(); page != nil {
		return page
	}
	size := s.room.Memory.PageSize()
	s.room.Memory.Force(int64(size))
	return make([]byte, size)
}

// Len returns how many rows were added.
func (s *Spool[T]) Len() int64 { return s.rows + int64(s.open.len()) }

// Size returns the bytes of all rows, as they are encoded.
func (s *Spool[T]) Size() int64 {
	if !s.open.open() {
		return s.bytes
	}
	return s.bytes + int64(s.open.size()-blockHeader)
}

// Spilled reports whether there are rows on disk.
func (s *Spool[T]) Spilled() bool { return s.writer != nil || s.file != nil }

// Add appends rows, which are the caller's again. It panics with a
// [types.ValueError] for a row that cannot be encoded; those before it are added.
func (s *Spool[T]) Add(rows []T) error {
	for {
		rows = rows[s.open.appendRows(rows):]
		if len(rows) == 0 {
			return nil
		}
		needs := s.open.needs()
		if s.open.len() > 0 {
			if err := s.turn(); err != nil {
				return err
			}
		}
		if needs > s.room.Memory.PageSize() {
			if err := s.addLarge(&rows[0], needs); err != nil {
				return err
			}
			rows = rows[1:]
		}
	}
}

// turn ends the open block, which has rows, and begins another.
func (s *Spool[T]) turn() error {
	block := s.end()
	if s.writer == nil {
		if page := s.room.Memory.Page(); page != nil {
			s.blocks = append(s.blocks, block)
			s.open.begin(page)
			return nil
		}
	}
	s.open.begin(block)
	return s.write(block)
}

// end takes the open block.
func (s *Spool[T]) end() []byte {
	s.rows += int64(s.open.len())
	block := s.open.end()
	s.bytes += int64(len(block) - blockHeader)
	return block
}

// write puts a block into the file.
func (s *Spool[T]) write(block []byte) error {
	if s.writer == nil {
		w, err := s.room.Space.Create()
		if err != nil {
			return fmt.Errorf("outofcore: %w", err)
		}
		s.writer = w
	}
	if err := s.writer.Write(block); err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return nil
}

// addLarge adds a row that needs more than a page, as a block of its own. The open
// block is empty.
func (s *Spool[T]) addLarge(row *T, needs int) error {
	large := newBlockAppender(s.t)
	large.begin(make([]byte, needs))
	for !large.append(row) { // the row's codec has changed its mind
		large.begin(make([]byte, large.needs()))
	}
	block := large.end()
	s.rows++
	s.bytes += int64(len(block) - blockHeader)
	if s.writer == nil && s.room.Memory.Reserve(int64(cap(block))) {
		s.blocks = append(s.blocks, block)
		return nil
	}
	s.room.Memory.Force(int64(cap(block)))
	defer s.room.Memory.Release(int64(cap(block)))
	return s.write(block)
}

// Seal ends adding. It is called once, before Read.
func (s *Spool[T]) Seal() error {
	some := s.open.len() > 0
	block := s.end()
	if s.writer == nil {
		if some {
			s.blocks = append(s.blocks, block)
		} else {
			s.room.Memory.Free(block)
		}
		return nil
	}
	s.page = block
	if some {
		if err := s.write(block); err != nil {
			return err
		}
	}
	file, err := s.writer.Close()
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	s.file, s.writer = file, nil
	return nil
}

// drop gives a block in memory back.
func (s *Spool[T]) drop(block []byte) {
	switch {
	case cap(block) != s.room.Memory.PageSize():
		s.room.Memory.Release(int64(cap(block)))
	case s.lent:
		s.room.Memory.Retire(block)
	default:
		s.room.Memory.Free(block)
	}
}

// Close gives everything back. It may be called at any time and more than once;
// readers are closed with it.
func (s *Spool[T]) Close() {
	for len(s.readers) > 0 {
		s.readers[0].Close()
	}
	if s.open.open() {
		s.room.Memory.Free(s.open.end())
	}
	for _, b := range s.blocks {
		if b != nil {
			s.drop(b)
		}
	}
	if s.page != nil {
		s.room.Memory.Free(s.page)
	}
	if s.writer != nil {
		s.writer.Discard()
	}
	if s.file != nil {
		s.file.Remove()
	}
	s.blocks, s.page, s.writer, s.file = nil, nil, nil, nil
}

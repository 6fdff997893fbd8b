package outofcore

import (
	"fmt"
	"io"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
	"github.com/thalweg/thalweg/types"
)

// mergeSource is a sorted sequence of rows that is merged: a run in a file, or
// what is in memory. Some of its next rows are decoded, with their prefixes.
//
// Invariant: pos < coded ≤ len(rows), until the source has ended.
type mergeSource[T any] struct {
	rows  []T
	codes []mergeCode // of rows
	pos   int
	coded int         // rows that have codes
	keys  *sourceKeys // nil: codes are prefixes

	table *sortScan[T] // or
	run   *sortedRun
	in    *spill.Reader
	block blockReader[T]

	page  []byte // of the share
	used  bool   // the block is in the page
	lent  bool   // rows that alias blocks are handed out
	large int64  // bytes of the block, if it is larger than the page
}

// newRunSource returns a source of the rows of a run.
func newRunSource[T any](run *sortedRun, share *memory.Share, chunk int, t *types.Type[T], lent bool, keys *sourceKeys) *mergeSource[T] {
	return &mergeSource[T]{
		rows:  make([]T, 0, chunk),
		codes: make([]mergeCode, chunk),
		keys:  keys,
		run:   run,
		in:    run.file.file.Reader(run.from, run.to),
		block: blockReader[T]{t: t},
		page:  mustPage(share),
		lent:  lent && t.HasPointers(),
	}
}

// mustPage returns a page, if need be one beyond the share.
func mustPage(share *memory.Share) []byte {
	if page := share.Page(); page != nil {
		return page
	}
	share.Force(int64(share.PageSize()))
	return make([]byte, share.PageSize())
}

// chunkRows returns how many rows of each source are decoded at a time, and the
// bytes they take with their codes and keys.
func chunkRows[T any](pageSize int) (rows, bytes int) {
	size := types.SizeOf[T]() + 16
	rows = min(max(pageSize/4/size, 1), sortStep)
	return rows, rows*size + keyBytes(pageSize)
}

// fill moves to the next rows that have no codes yet. It returns false at the end.
func (s *mergeSource[T]) fill(order *Order[T], share *memory.Share) (bool, error) {
	if s.coded < len(s.rows) {
		s.pos = s.coded
		s.code(order)
		return true, nil
	}
	chunk := s.rows[:cap(s.rows)]
	var n int
	var err error
	switch {
	case s.table != nil:
		n, err = s.table.next(chunk)
	case s.in != nil:
		for {
			if n, err = s.block.read(chunk); n > 0 || err != nil {
				break
			}
			if err = s.nextBlock(share); err == io.EOF {
				s.close(share)
				return false, nil
			}
			if err != nil {
				break
			}
		}
	}
	if err != nil || n == 0 {
		return false, err
	}
	s.rows, s.pos, s.coded = chunk[:n], 0, 0
	s.code(order)
	return true, nil
}

// nextBlock reads the next block.
func (s *mergeSource[T]) nextBlock(share *memory.Share) error {
	if s.used && s.lent {
		share.Retire(s.page)
		s.page = mustPage(share)
	}
	share.Release(s.large)
	s.large, s.used = 0, false
	block, err := s.in.Next(s.page[:0])
	if err == io.EOF {
		return err
	}
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	if len(block) > len(s.page) {
		s.large = int64(cap(block))
		share.Force(s.large)
	}
	s.used = s.large == 0
	return s.block.open(block)
}

// close gives back what the source has; it may be called more than once.
func (s *mergeSource[T]) close(share *memory.Share) {
	if s.in != nil {
		s.in.Close()
		s.in = nil
		s.run.remove()
	}
	if s.page != nil {
		if s.used && s.lent {
			share.Retire(s.page)
		} else {
			share.Free(s.page)
		}
		s.page = nil
	}
	share.Release(s.large)
	s.large = 0
}

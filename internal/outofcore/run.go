package outofcore

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
)

// sortedRun is rows in order in a file: blocks from one position to another.
type sortedRun struct {
	file     *runFile
	from, to spill.Position
	bytes    int64
}

// runFile is a file of several runs. It is removed with the last of them.
type runFile struct {
	file *spill.File // nil while it is written
	runs int
}

func (r *sortedRun) remove() {
	r.file.runs--
	if r.file.runs == 0 && r.file.file != nil {
		r.file.file.Remove()
		r.file.file = nil
	}
}

// runWriter writes runs to one file, one after the other. It has a page for the
// block it fills, which is the caller's.
type runWriter[T any] struct {
	share *memory.Share
	w     *spill.Writer
	file  *runFile
	page  []byte
	block blockAppender[T]
	from  spill.Position
	size  int64
}

// newRunWriter makes a file.
func newRunWriter[T any](room Room, block blockAppender[T], page []byte) (*runWriter[T], error) {
	w, err := room.Space.Create()
	if err != nil {
		return nil, fmt.Errorf("outofcore: %w", err)
	}
	r := &runWriter[T]{share: room.Memory, w: w, file: &runFile{}, page: page, block: block}
	r.block.begin(page)
	return r, nil
}

// begin starts a run.
func (r *runWriter[T]) begin() { r.from, r.size = r.w.Position(), r.w.Size() }

// end ends the run.
func (r *runWriter[T]) end() (*sortedRun, error) {
	if err := r.flush(); err != nil {
		return nil, err
	}
	r.file.runs++
	return &sortedRun{r.file, r.from, r.w.Position(), r.w.Size() - r.size}, nil
}

// close ends the file, so that its runs can be read.
func (r *runWriter[T]) close() error {
	file, err := r.w.Close()
	r.w = nil
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	r.file.file = file
	return nil
}

// discard gives up the file and all its runs, at any time before it is closed.
func (r *runWriter[T]) discard() {
	if r.w != nil {
		r.w.Discard()
		r.w = nil
	}
}

func (r *runWriter[T]) flush() error {
	if r.block.len() == 0 {
		return nil
	}
	block := r.block.end()
	r.block.begin(r.page)
	return r.write(block)
}

func (r *runWriter[T]) write(block []byte) error {
	if err := r.w.Write(block); err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return nil
}

// add appends rows to the run.
func (r *runWriter[T]) add(rows []T) error {
	for {
		rows = rows[r.block.appendRows(rows):]
		if len(rows) == 0 {
			return nil
		}
		needs := r.block.needs()
		if err := r.flush(); err != nil {
			return err
		}
		if needs > len(r.page) {
			if err := r.addLarge(&rows[0], needs); err != nil {
				return err
			}
			rows = rows[1:]
		}
	}
}

// addLarge appends a row that is larger than a page. The open block is empty.
func (r *runWriter[T]) addLarge(row *T, needs int) error {
	r.share.Force(int64(needs))
	defer r.share.Release(int64(needs))
	r.block.begin(make([]byte, needs))
	r.block.append(row)
	return r.flush()
}

// addScan appends the next rows of a sorted range of a table: at least so many,
// unless it reports that there are no more.
func (r *runWriter[T]) addScan(scan *sortScan[T], rows int) (done bool, err error) {
	m := scan.m
	for n := scan.step(sortStep); n > 0; n = scan.step(sortStep) {
		for i, row := range scan.rows[:n] {
			if m.width == 0 {
				size, err := m.t.RowLen(row)
				if err != nil {
					return false, fmt.Errorf("outofcore: a row in memory cannot be read: %w", err)
				}
				row = row[:size]
			}
			if r.block.appendEncoded(row) {
				continue
			}
			if err := r.flush(); err != nil {
				return false, err
			}
			if r.block.appendEncoded(row) {
				continue
			}
			// A row larger than a page is a block already.
			if err := r.write(m.blocks[m.block(scan.pos-n+i)-m.gone]); err != nil {
				return false, err
			}
		}
		if rows -= n; rows <= 0 {
			break
		}
	}
	return scan.pos == scan.end, nil
}

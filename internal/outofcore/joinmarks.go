package outofcore

import (
	"fmt"
	"io"

	"github.com/thalweg/thalweg/internal/spill"
)

// joinMarks is a bit for each row of a file that is read again and again, always
// in order. If there are many rows the bits are in a file, too: every pass reads
// those of the pass before and writes its own.
type joinMarks struct {
	room  Room
	chunk []byte // the bits of the rows from base on
	base  int64

	spooled bool
	old     *spill.File // of the pass before
	reader  *spill.Reader
	writer  *spill.Writer
}

// marksChunk is the bytes of bits that are in memory at a time if they are in a
// file; in memory, they may take a sixteenth of the share.
const marksChunk = 4 << 10

// newJoinMarks returns bits for a number of rows, none of which is set.
func newJoinMarks(room Room, rows int64) *joinMarks {
	m := &joinMarks{room: room}
	n := (rows + 7) / 8
	if m.spooled = n > max(room.Memory.Limit()/16, marksChunk) || !room.Memory.Reserve(n); m.spooled {
		n = marksChunk
		room.Memory.Force(n)
	}
	m.chunk = make([]byte, n)
	return m
}

// begin starts a pass.
func (m *joinMarks) begin() error {
	if !m.spooled {
		return nil
	}
	if m.old != nil {
		m.reader = m.old.Reader(m.old.Start(), m.old.End())
	}
	w, err := m.room.Space.Create()
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	m.writer = w
	m.base = 0
	return m.load()
}

// load reads the bits of the pass before. Beyond its end none are set.
func (m *joinMarks) load() error {
	if m.reader == nil {
		clear(m.chunk)
		return nil
	}
	bits, err := m.reader.Next(m.chunk[:0])
	if err != nil && err != io.EOF {
		return fmt.Errorf("outofcore: %w", err)
	}
	clear(m.chunk[len(bits):])
	return nil
}

func (m *joinMarks) store() error {
	if err := m.writer.Write(m.chunk); err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	return nil
}

// set sets the bit of a row, if it is to be set, and returns whether it was set
// before. Rows come in order.
func (m *joinMarks) set(row int64, mark bool) (was bool, err error) {
	for row-m.base >= int64(len(m.chunk))*8 {
		if err := m.store(); err != nil {
			return false, err
		}
		m.base += int64(len(m.chunk)) * 8
		if err := m.load(); err != nil {
			return false, err
		}
	}
	b, bit := &m.chunk[(row-m.base)/8], byte(1)<<(row&7)
	was = *b&bit != 0
	if mark {
		*b |= bit
	}
	return was, nil
}

// end ends a pass that has come to the last row.
func (m *joinMarks) end() error {
	if !m.spooled {
		return nil
	}
	if err := m.store(); err != nil {
		return err
	}
	m.drop()
	file, err := m.writer.Close()
	if err != nil {
		return fmt.Errorf("outofcore: %w", err)
	}
	m.old, m.writer = file, nil
	return nil
}

// drop gives up what the pass before has left.
func (m *joinMarks) drop() {
	if m.reader != nil {
		m.reader.Close()
	}
	if m.old != nil {
		m.old.Remove()
	}
	m.reader, m.old = nil, nil
}

// close gives everything back.
func (m *joinMarks) close() {
	m.drop()
	if m.writer != nil {
		m.writer.Discard()
		m.writer = nil
	}
	m.room.Memory.Release(int64(len(m.chunk)))
	m.chunk = nil
}

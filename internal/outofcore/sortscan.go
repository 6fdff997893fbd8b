package outofcore

import (
	"encoding/binary"
	"fmt"
)

// sortScan reads the rows of a range of entries in the order of the index, in
// steps. Their places in memory have no order, and a row that is not in the cache
// takes as long as everything else that is done with it: so the first lines of all
// rows of a step are loaded first, in loads that do not wait for each other.
type sortScan[T any] struct {
	m        *sortTable[T]
	pos, end int
	ahead    *fanScan // of the entries behind from; nil: they are not spread
	from     int
	rows     [sortStep][]byte // each begins with its row
	prefixes [sortStep]uint64 // of the rows of a step, if those decide the order
	entries  [sortStep * maxStride]byte
	gathered []byte
	touched  byte // keeps the loads from being left out
}

// line is the bytes the processor loads at a time.
const line = 64

// step finds the next rows, at most limit and sortStep, and returns how many.
func (s *sortScan[T]) step(limit int) int {
	n := min(limit, s.end-s.pos, sortStep)
	if n == 0 {
		return 0
	}
	if s.ahead != nil {
		s.ahead.approach(s.pos - s.from)
	}
	stride := s.m.index.stride
	entries := s.m.index.from(s.pos)
	if len(entries) < n*stride {
		entries = s.entries[:n*stride]
		s.m.index.read(s.pos, entries)
	}
	s.pos += n
	if s.m.order.Decides {
		for i := range n {
			s.prefixes[i] = binary.NativeEndian.Uint64(entries[i*stride:])
		}
	}
	if s.m.inline {
		for i := range n {
			s.rows[i] = entries[i*stride+8 : i*stride+8+s.m.width]
		}
		return n
	}
	touched := byte(0)
	for i := range n {
		row := s.m.row(entries[i*stride : (i+1)*stride])
		touched ^= row[0]
		if s.m.width > line {
			touched ^= row[line]
		}
		s.rows[i] = row
	}
	s.touched = touched
	return n
}

// gatherLimit is the width up to which rows are copied together before they are
// decoded, as that decodes them in one piece.
const gatherLimit = 256

// next decodes the next rows, as many as out has room for or the range still has.
func (s *sortScan[T]) next(out []T) (int, error) {
	at := 0
	for at < len(out) {
		n := s.step(len(out) - at)
		if n == 0 {
			break
		}
		if err := s.decode(n, out[at:at+n]); err != nil {
			return at, fmt.Errorf("outofcore: a row in memory cannot be read: %w", err)
		}
		at += n
	}
	return at, nil
}

func (s *sortScan[T]) decode(n int, out []T) error {
	m := s.m
	if m.width > 0 && m.width <= gatherLimit {
		all := s.gathered[:0]
		for _, row := range s.rows[:n] {
			all = append(all, row...)
		}
		s.gathered = all
		_, err := m.t.DecodeRows(all, out)
		return err
	}
	for i, row := range s.rows[:n] {
		if _, err := m.t.Decode(row, &out[i]); err != nil {
			return err
		}
	}
	return nil
}

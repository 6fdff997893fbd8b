package keyed

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/types"
)

// Restore implements Backend.
func (b *Slots[K]) Restore(r io.Reader, groups keygroup.Range) error {
	return b.scope.restore(r, groups)
}

func (s *Scope) restore(r io.Reader, groups keygroup.Range) error {
	if s.slot != noSlot || s.snapshot != nil {
		panic("state is restored during a call for a key, or a snapshot")
	}
	d := &restorer{scope: s, in: bufio.NewReader(r)}
	if err := d.header(); err != nil {
		return fmt.Errorf("restoring state: %w", err)
	}
	for {
		more, err := d.group(groups)
		if err != nil {
			return fmt.Errorf("restoring state: %w", err)
		}
		if !more {
			break
		}
	}
	for _, a := range s.aging {
		a.restore(d.slots)
	}
	return nil
}

// restorer reads one snapshot.
type restorer struct {
	scope  *Scope
	in     *bufio.Reader
	last   uint64 // group + 1 that came last
	states []State
	buffer bytes.Buffer
	slots  []int32 // that were restored
}

var (
	errNone  = errors.New("it is no snapshot of keyed state")
	errShort = errors.New("the snapshot ends too early")
)

// part reads a number of bytes, which are valid until the next call. It takes no more
// memory than there are bytes.
func (d *restorer) part(n uint64) ([]byte, error) {
	if n > math.MaxInt64 {
		return nil, errShort
	}
	d.buffer.Reset()
	if _, err := io.CopyN(&d.buffer, d.in, int64(n)); err != nil {
		return nil, short(err)
	}
	return d.buffer.Bytes(), nil
}

func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errShort
	}
	return err
}

func (d *restorer) number() (uint64, error) {
	n, err := binary.ReadUvarint(d.in)
	return n, short(err)
}

// header reads the header and finds the states it speaks of.
func (d *restorer) header() error {
	start := make([]byte, len(magic)+1)
	if _, err := io.ReadFull(d.in, start); err != nil {
		return short(err)
	}
	if string(start[:len(magic)]) != magic {
		return errNone
	}
	if v := start[len(magic)]; v != version {
		return fmt.Errorf("the snapshot has version %d, this release knows %d", v, version)
	}
	n, err := d.number()
	if err != nil {
		return err
	}
	rest, err := d.part(n)
	if err != nil {
		return err
	}
	h := &cursor{bytes: rest}
	if err := sameSchema("the keys", h.field(), d.scope.table.keySchema()); err != nil && !h.bad {
		return err
	}
	for range h.number() {
		name, schema := string(h.field()), h.field()
		if h.bad {
			break
		}
		s := d.scope.states[name]
		if s == nil {
			return fmt.Errorf("the snapshot has a state %q, which the operator does not declare", name)
		}
		if err := sameSchema(fmt.Sprintf("state %q", name), schema, s.schema()); err != nil {
			return err
		}
		if slices.Contains(d.states, s) {
			return errNone
		}
		d.states = append(d.states, s)
	}
	kinds := h.number()
	if h.bad || len(h.bytes) > 0 {
		return errNone
	}
	if want := len(d.scope.timers); kinds != uint64(want) {
		return fmt.Errorf("the snapshot has %d kinds of timers, the operator has %d", kinds, want)
	}
	return d.stamps()
}

// stamps makes sure that states that expire have the moments at which they were written.
func (d *restorer) stamps() error {
	for _, s := range d.states {
		w := d.scope.states[s.Name()+Written]
		if w != nil && !slices.Contains(d.states, w) {
			return fmt.Errorf("state %q has a time to live, and had none when the snapshot was written", s.Name())
		}
	}
	return nil
}

// sameSchema compares a stored schema with that of the program.
func sameSchema(what string, stored []byte, want *types.Schema) error {
	if bytes.Equal(stored, schemaText(want)) {
		return nil
	}
	var s types.Schema
	if err := json.Unmarshal(stored, &s); err != nil {
		return errNone
	}
	return fmt.Errorf("%s had another type when the snapshot was written: %s, now %s", what, &s, want)
}

// group reads a group, or the end.
func (d *restorer) group(wanted keygroup.Range) (more bool, err error) {
	group, keys, rows, err := d.next(wanted)
	if err != nil || group < 0 {
		return false, err
	}
	for ; len(rows) > 0; keys-- {
		n, err := d.entry(rows, group)
		if err != nil {
			return false, fmt.Errorf("key group %d: %w", group, err)
		}
		rows = rows[n:]
	}
	if keys != 0 {
		return false, fmt.Errorf("key group %d has another number of keys than it says", group)
	}
	return true, nil
}

// next reads the next group that is wanted, and skips others: how many entries it has, and
// their bytes, which are valid until the next call. At the end the group is negative.
func (d *restorer) next(wanted keygroup.Range) (group int, entries uint64, rows []byte, err error) {
	for {
		var numbers [3]uint64 // group + 1, entries, size
		for i := range numbers {
			if numbers[i], err = d.number(); err != nil {
				return 0, 0, nil, err
			}
			if numbers[0] == 0 {
				return -1, 0, nil, nil
			}
		}
		next, size := numbers[0], numbers[2]
		if next <= d.last || next > keygroup.Count {
			return 0, 0, nil, fmt.Errorf("key group %d comes after %d", next-1, d.last-1)
		}
		d.last = next
		if wanted.Has(int(next - 1)) {
			rows, err = d.part(size)
			return int(next - 1), numbers[1], rows, err
		}
		if size > math.MaxInt64 {
			return 0, 0, nil, errShort
		}
		if _, err := io.CopyN(io.Discard, d.in, int64(size)); err != nil {
			return 0, 0, nil, short(err)
		}
	}
}

// entry reads a key and what it holds, and returns how many bytes that takes.
func (d *restorer) entry(src []byte, group int) (int, error) {
	s := d.scope
	slot, hash, n, err := s.table.admit(src)
	if err != nil {
		return 0, err
	}
	if int(slot) >= s.ready {
		s.prepare(slot)
	}
	if keygroup.Of(hash) != group || s.held[slot] != 0 {
		return 0, errors.New("a key is not where it belongs, or comes twice")
	}
	h := &cursor{bytes: src[n:]}
	for {
		i := h.number()
		if h.bad || i > uint64(len(d.states)) {
			return 0, errShort
		}
		if i == 0 {
			break
		}
		state := d.states[i-1]
		if state.has(slot) {
			return 0, fmt.Errorf("a key has the state %q twice", state.Name())
		}
		n, err := state.read(h.bytes, slot)
		if err != nil {
			return 0, err
		}
		s.hold(slot, 1)
		h.bytes = h.bytes[n:]
	}
	for _, t := range s.timers {
		for range h.number() {
			a := alarm{h.signed(), slot}
			number := h.number()
			if _, twice := t.set[a]; h.bad || twice {
				return 0, errors.New("a key has a timer twice, or a part of one")
			}
			t.next = max(t.next, number)
			t.add(timer{a, number})
		}
	}
	switch {
	case h.bad:
		return 0, errShort
	case s.held[slot] == 0:
		return 0, errors.New("a key holds nothing")
	case !s.Within():
		return 0, s.Overfull()
	}
	d.slots = append(d.slots, slot)
	return len(src) - len(h.bytes), nil
}

// restore puts slots into the queue that have something of the state.
func (a *Aging) restore(slots []int32) {
	for _, slot := range slots {
		a.scope.Enter(slot)
		if oldest, some := a.trim(math.MinInt64); some {
			a.Wrote(oldest)
		}
		a.scope.Leave()
	}
	slices.SortStableFunc(a.queue[a.first:], func(x, y aged) int { return cmp.Compare(x.at, y.at) })
}

// cursor reads the parts of a piece of memory.
type cursor struct {
	bytes []byte
	bad   bool // it ended too early
}

func (c *cursor) fail() {
	c.bad, c.bytes = true, nil
}

func (c *cursor) number() uint64 {
	v, n := binary.Uvarint(c.bytes)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.bytes = c.bytes[n:]
	return v
}

func (c *cursor) signed() int64 {
	v, n := binary.Varint(c.bytes)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.bytes = c.bytes[n:]
	return v
}

// field reads a number of bytes.
func (c *cursor) field() []byte {
	n := c.number()
	if n > uint64(len(c.bytes)) {
		c.fail()
		return nil
	}
	b := c.bytes[:n]
	c.bytes = c.bytes[n:]
	return b
}

package keyed

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/types"
)

// A snapshot is what the keys of a scope held at one moment:
//
//	┌────────┬─────────┬──────┬────────────┬─────────┬──────────────┬────────────────┐
//	│ "TWKS" │ version │ size │ key schema │ n       │ n × state    │ kinds of       │
//	│        │ 1 byte  │      │ bytes      │         │ bytes, bytes │ timers         │
//	└────────┴─────────┴──────┴────────────┴─────────┴──────────────┴────────────────┘
//	┌───────────┬──────┬──────┬────────────────┐
//	│ group + 1 │ keys │ size │ keys × entry   │  a group, in the order of their numbers;
//	└───────────┴──────┴──────┴────────────────┘  those without keys are left out
//	┌───┐
//	│ 0 │                                         the end
//	└───┘
//
// Numbers are varints as package encoding/binary has them; bytes are a number of them
// and themselves. The size in the header is that of all that follows in it. A state is
// its name and its schema as JSON. An entry is
//
//	┌─────┬──────────────────────────┬───┬──────────────────────────────┐
//	│ key │ state + 1, value, …      │ 0 │ for each kind of timers:     │
//	│ row │ number and row of each   │   │ n, n × (moment, number)      │
//	└─────┴──────────────────────────┴───┴──────────────────────────────┘
//
// where the moment is a signed number of nanoseconds, and numbers give the order of
// timers of one moment. Times at which values were written, of states that expire, are
// states of their own. A checksum is the business of who stores it.
const (
	magic   = "TWKS"
	version = 1
)

// snapshot is a snapshot of a scope that is being written.
//
// It copies nothing when it begins but numbers of slots, and the timers. Until a slot is
// written it is pending; when its key is entered before that, and so may change, it is
// written aside, where the rest of its group finds it.
type snapshot struct {
	scope  *Scope
	began  bool
	group  int    // the next one
	head   []byte // buffers
	buffer []byte

	slots  []int32 // by group
	starts [keygroup.Count + 1]int32

	pending []bool                  // by slot
	aside   [keygroup.Count]written // what was entered meanwhile

	timers [][]alert // by kind, by slot
	first  [][]int32 // by kind and slot: where in timers its own begin; one more at the end

	size int64 // accounted for
}

type written struct {
	keys int
	rows []byte
}

// alert is a timer without its slot.
type alert struct {
	at     int64
	number uint64
}

// Snapshot implements Backend.
func (b *Slots[K]) Snapshot() (Snapshot, error) { return b.scope.begin() }

// begin begins a snapshot of a scope.
func (s *Scope) begin() (*snapshot, error) {
	switch {
	case s.slot != noSlot:
		panic("a snapshot begins during a call for a key")
	case s.snapshot != nil:
		return nil, fmt.Errorf("a snapshot begins before the last one has ended")
	}
	n := &snapshot{scope: s, pending: make([]bool, len(s.held)), slots: make([]int32, s.table.Len())}
	for slot := range s.held {
		if s.held[slot] != 0 {
			n.pending[slot] = true
			n.starts[keygroup.Of(s.table.Hash(int32(slot)))+1]++
		}
	}
	for g := range keygroup.Count {
		n.starts[g+1] += n.starts[g]
	}
	next := n.starts
	for slot := range s.held {
		if n.pending[slot] {
			g := keygroup.Of(s.table.Hash(int32(slot)))
			n.slots[next[g]] = int32(slot)
			next[g]++
		}
	}
	for _, t := range s.timers {
		n.copyTimers(t)
	}
	n.count(int64(len(n.pending) + 4*len(n.slots)))
	s.snapshot, s.ready = n, 0
	return n, nil
}

// copyTimers takes the timers of a kind, in the order of their slots.
func (n *snapshot) copyTimers(t *Timers) {
	first := make([]int32, len(n.pending)+1)
	for a := range t.set {
		first[a.slot+1]++
	}
	for slot := range n.pending {
		first[slot+1] += first[slot]
	}
	all, next := make([]alert, len(t.set)), slices.Clone(first)
	for a, number := range t.set {
		all[next[a.slot]] = alert{a.at, number}
		next[a.slot]++
	}
	n.timers, n.first = append(n.timers, all), append(n.first, first)
	n.count(int64(len(all)*types.SizeOf[alert]() + 4*len(first)))
}

// count accounts for memory of the snapshot.
func (n *snapshot) count(bytes int64) {
	n.size += bytes
	n.scope.account.held += bytes
}

// Close implements Snapshot.
func (n *snapshot) Close() {
	if n.scope.snapshot == n {
		n.scope.snapshot, n.scope.ready = nil, len(n.scope.held)
		n.scope.account.held -= n.size
	}
}

// save writes a slot aside that is about to change, if it is pending.
func (n *snapshot) save(slot int32) {
	if int(slot) >= len(n.pending) || !n.pending[slot] {
		return
	}
	aside := &n.aside[keygroup.Of(n.scope.table.Hash(slot))]
	before := cap(aside.rows)
	aside.rows = n.append(aside.rows, slot)
	aside.keys++
	n.count(int64(cap(aside.rows) - before))
}

// append writes the entry of a slot, which is not pending any more.
func (n *snapshot) append(dst []byte, slot int32) []byte {
	n.pending[slot] = false
	dst = n.scope.table.appendKey(dst, slot)
	for i, state := range n.scope.order {
		if state.has(slot) {
			dst = binary.AppendUvarint(dst, uint64(i)+1)
			dst = state.append(dst, slot)
		}
	}
	dst = append(dst, 0)
	for kind, all := range n.timers {
		own := all[n.first[kind][slot]:n.first[kind][slot+1]]
		dst = binary.AppendUvarint(dst, uint64(len(own)))
		for _, a := range own {
			dst = binary.AppendVarint(dst, a.at)
			dst = binary.AppendUvarint(dst, a.number)
		}
	}
	return dst
}

// Next implements Snapshot.
func (n *snapshot) Next(w io.Writer) (more bool, err error) {
	switch {
	case n.scope.snapshot != n:
		return false, fmt.Errorf("a snapshot goes on after it was closed")
	case !n.began:
		n.began = true
		n.buffer = n.header(n.buffer[:0])
		_, err := w.Write(n.buffer)
		return true, err
	}
	for ; n.group < keygroup.Count; n.group++ {
		if n.starts[n.group] < n.starts[n.group+1] {
			err := n.writeGroup(w)
			n.group++
			return true, err
		}
	}
	_, err = w.Write([]byte{0})
	return false, err
}

// writeGroup writes a group that has keys.
func (n *snapshot) writeGroup(w io.Writer) error {
	slots, aside := n.slots[n.starts[n.group]:n.starts[n.group+1]], &n.aside[n.group]
	rows := n.buffer[:0]
	for _, slot := range slots {
		if n.pending[slot] {
			rows = n.append(rows, slot)
		}
	}
	n.buffer = rows
	head := binary.AppendUvarint(n.head[:0], uint64(n.group)+1)
	head = binary.AppendUvarint(head, uint64(len(slots)))
	head = binary.AppendUvarint(head, uint64(len(aside.rows)+len(rows)))
	n.head = head
	for _, part := range [...][]byte{head, aside.rows, rows} {
		if len(part) == 0 {
			continue
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	n.count(-int64(cap(aside.rows)))
	aside.rows = nil
	return nil
}

// header writes what a snapshot begins with.
func (n *snapshot) header(dst []byte) []byte {
	var rest []byte
	bytes := func(b []byte) {
		rest = binary.AppendUvarint(rest, uint64(len(b)))
		rest = append(rest, b...)
	}
	bytes(schemaText(n.scope.table.keySchema()))
	rest = binary.AppendUvarint(rest, uint64(len(n.scope.order)))
	for _, s := range n.scope.order {
		bytes([]byte(s.Name()))
		bytes(schemaText(s.schema()))
	}
	rest = binary.AppendUvarint(rest, uint64(len(n.scope.timers)))
	dst = append(append(dst, magic...), version)
	dst = binary.AppendUvarint(dst, uint64(len(rest)))
	return append(dst, rest...)
}

// schemaText is a schema as it is stored.
func schemaText(s *types.Schema) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a compiled type has a schema that can be stored
	}
	return text
}

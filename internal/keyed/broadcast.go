package keyed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/types"
)

// Broadcasts is the state that all subtasks of an operator have alike, because all get the
// records that change it. It belongs to the subtask's goroutine.
//
// A snapshot of any subtask's is one of all:
//
//	┌────────┬─────────┬───┬────────────────────────────┐
//	│ "TWBS" │ version │ n │ n × (name, schema, row)    │
//	│        │ 1 byte  │   │ bytes, bytes, bytes        │
//	└────────┴─────────┴───┴────────────────────────────┘
//
// with numbers and bytes as in the snapshots of keys.
type Broadcasts struct {
	scope  *Scope
	states []Broadcast
	change Change
}

// Broadcast is one such state.
type Broadcast interface {
	Name() string
	Schema() *types.Schema
	Append(dst []byte) []byte
	Read(src []byte) (n int, err error)
}

// Change is the right to change such state. It is given to the function that gets what is
// broadcast, for its calls.
type Change struct{ now bool }

// Check panics if it is no call of that function.
func (c *Change) Check(name string) {
	if c == nil || !c.now {
		panic(fmt.Errorf("the broadcast state %q changes by the function that gets what is broadcast only, within its calls", name))
	}
}

// NewBroadcasts returns an operator's, whose memory is counted with that of a scope.
func NewBroadcasts(s *Scope) *Broadcasts { return &Broadcasts{scope: s} }

// Declare adds a state. Two of one name are a mistake in the program.
func (b *Broadcasts) Declare(s Broadcast) {
	for _, other := range b.states {
		if other.Name() == s.Name() {
			panic(fmt.Errorf("two broadcast states of the name %q: give each its own", s.Name()))
		}
	}
	b.states = append(b.states, s)
}

// Heavier notes that n bytes more are held, or -n less.
func (b *Broadcasts) Heavier(n int) { b.scope.account.add(n) }

// Begin begins a call that may change state, and End ends it.
func (b *Broadcasts) Begin() *Change {
	b.change.now = true
	return &b.change
}

// End is described at Begin.
func (b *Broadcasts) End() { b.change.now = false }

const broadcastMagic = "TWBS"

// Append writes a snapshot.
func (b *Broadcasts) Append(dst []byte) []byte {
	field := func(bytes []byte) {
		dst = binary.AppendUvarint(dst, uint64(len(bytes)))
		dst = append(dst, bytes...)
	}
	dst = append(append(dst, broadcastMagic...), version)
	dst = binary.AppendUvarint(dst, uint64(len(b.states)))
	for _, s := range b.states {
		field([]byte(s.Name()))
		field(schemaText(s.Schema()))
		field(s.Append(nil))
	}
	return dst
}

// Restore reads a snapshot. A state that it does not have stays empty; one that the
// operator does not declare is an error, as are bytes that are no snapshot.
func (b *Broadcasts) Restore(src []byte) error {
	if err := b.restore(src); err != nil {
		return fmt.Errorf("restoring broadcast state: %w", err)
	}
	return nil
}

func (b *Broadcasts) restore(src []byte) error {
	rest, ok := bytes.CutPrefix(src, []byte(broadcastMagic))
	switch {
	case !ok || len(rest) == 0:
		return errors.New("it is no snapshot of broadcast state")
	case rest[0] != version:
		return fmt.Errorf("the snapshot has version %d, this release knows %d", rest[0], version)
	}
	c := &cursor{bytes: rest[1:]}
	read := map[string]bool{}
	for range c.number() {
		name, schema, row := string(c.field()), c.field(), c.field()
		if c.bad {
			return errShort
		}
		s := b.find(name)
		if s == nil || read[name] {
			return fmt.Errorf("the snapshot has a broadcast state %q, which the operator does not declare, or twice", name)
		}
		read[name] = true
		if err := sameSchema(fmt.Sprintf("broadcast state %q", name), schema, s.Schema()); err != nil {
			return err
		}
		if n, err := s.Read(row); err != nil || n != len(row) {
			return errors.Join(fmt.Errorf("broadcast state %q is not as its schema says", name), err)
		}
	}
	if c.bad || len(c.bytes) > 0 {
		return errShort
	}
	if !b.scope.Within() {
		return b.scope.Overfull()
	}
	return nil
}

func (b *Broadcasts) find(name string) Broadcast {
	for _, s := range b.states {
		if s.Name() == name {
			return s
		}
	}
	return nil
}

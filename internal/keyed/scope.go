package keyed

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/types"
)

// Scope is the state of one operator in one subtask, whatever the type of its keys.
type Scope struct {
	slot     int32   // of the current key; noSlot: there is none
	ready    int     // slots from here on are to be prepared when they are entered
	held     []int32 // by slot: how many things it holds
	snapshot *snapshot
	account

	states map[string]State
	order  []State // as they were declared
	timers []*Timers
	aging  []*Aging

	forget func(slot int32)
	clock  func() int64
	table  table
}

const noSlot = -1

// State is one declared state of a scope, for who goes through all of them.
type State interface {
	Name() string
	schema() *types.Schema
	// has reports whether a slot has something.
	has(slot int32) bool
	// drop gives up what a slot has, without counting.
	drop(slot int32)
	// append writes what a slot has; read puts into a slot that has nothing what stands in
	// front of src, without counting, and returns how many bytes that takes.
	append(dst []byte, slot int32) []byte
	read(src []byte, slot int32) (n int, err error)
}

// table is the keys of a scope, whatever their type.
type table interface {
	Len() int
	Hash(slot int32) uint64
	keySchema() *types.Schema
	appendKey(dst []byte, slot int32) []byte
	admit(src []byte) (slot int32, hash uint64, n int, err error)
}

// NewScope returns an empty scope without a limit, for who has a table of keys of its own
// and writes no snapshots. forget is called with the slots that let go of the last thing
// they held; clock is the engine's, in nanoseconds.
func NewScope(forget func(slot int32), clock func() int64) *Scope {
	return &Scope{
		slot: noSlot, states: map[string]State{}, forget: forget, clock: clock,
		account: newAccount(memory.Unlimited()),
	}
}

// Enter makes a slot's key the current one.
func (s *Scope) Enter(slot int32) {
	s.slot = slot
	if int(slot) >= s.ready {
		s.prepare(slot)
	}
}

// prepare does what is to be done before a slot is used: all of them while there is a
// snapshot, else new ones.
func (s *Scope) prepare(slot int32) {
	if int(slot) >= len(s.held) {
		before := cap(s.held)
		s.held = append(s.held, make([]int32, int(slot)+1-len(s.held))...)
		s.array(before, cap(s.held), 4)
	}
	if s.snapshot != nil {
		s.snapshot.save(slot)
		return
	}
	s.ready = len(s.held)
}

// Slot returns the slot of the current key.
func (s *Scope) Slot() int32 {
	if s.slot == noSlot {
		panic("keyed state is used outside of a call for a key: there is no current key")
	}
	return s.slot
}

// Leave ends the calls for the current key, which is forgotten if it holds nothing.
func (s *Scope) Leave() {
	slot := s.slot
	s.slot = noSlot
	if s.held[slot] == 0 {
		s.forget(slot)
	}
}

// Within reports whether the scope holds no more than it may, and takes what it needs from
// the share of memory. It is asked after Leave; if it is false, [Scope.Overfull] says why.
func (s *Scope) Within() bool { return s.settled() || s.settle() }

// Overfull returns the error of who holds more than it may.
func (s *Scope) Overfull() error {
	return fmt.Errorf("its state of %d keys takes %s, and there are %s of memory for it in this subtask: raise --memory, use more processes, or have state expire (state.TTL)",
		s.table.Len(), memory.Text(s.account.held), memory.Text(s.share.Limit()))
}

// Busy reports whether there is a current key.
func (s *Scope) Busy() bool { return s.slot != noSlot }

// hold notes that a slot holds one thing more, or n things less.
func (s *Scope) hold(slot int32, n int32) { s.held[slot] += n }

// declare adds a state. Two of one name are a mistake in the program.
func (s *Scope) declare(state State) {
	if s.states[state.Name()] != nil {
		panic(fmt.Sprintf("two states of the name %q: give each its own", state.Name()))
	}
	s.states[state.Name()] = state
	s.order = append(s.order, state)
}

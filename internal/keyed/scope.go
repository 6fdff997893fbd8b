package keyed

import "fmt"

// Scope is the state of one operator in one subtask, whatever the type of its keys.
type Scope struct {
	slot   int32   // of the current key; noSlot: there is none
	held   []int32 // by slot: how many things it holds
	states map[string]State
	order  []State // as they were declared
	aging  []*Aging

	forget func(slot int32)
	clock  func() int64
}

const noSlot = -1

// State is one declared state of a scope, for who goes through all of them.
type State interface {
	Name() string
	// drop gives up what a slot has, without counting.
	drop(slot int32)
}

// NewScope returns an empty scope. forget is called with the slots that let go of the
// last thing they held; clock is the engine's, in nanoseconds.
func NewScope(forget func(slot int32), clock func() int64) *Scope {
	return &Scope{slot: noSlot, states: map[string]State{}, forget: forget, clock: clock}
}

// Enter makes a slot's key the current one.
func (s *Scope) Enter(slot int32) {
	s.slot = slot
	if int(slot) >= len(s.held) {
		s.held = append(s.held, make([]int32, int(slot)+1-len(s.held))...)
	}
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

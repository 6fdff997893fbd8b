package keyed

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/types"
)

// Heavier accounts for n bytes more that the operator keeps for its keys in a form of its
// own, or -n less.
func (s *Scope) Heavier(n int) { s.add(n) }

// OverfullWith returns the error of an operator whose keys are kept in a form of its own,
// with what helps besides more memory.
func (s *Scope) OverfullWith(advice string) error {
	return fmt.Errorf("what it keeps of %d keys takes %s, and there are %s of memory for it in this subtask: raise --memory, use more processes, or %s",
		s.table.Len(), memory.Text(s.account.held), memory.Text(s.share.Limit()), advice)
}

// NewSlotsWith is NewSlots for an operator that keeps something by slot in a form of its
// own: forget is called with slots whose keys are forgotten.
func NewSlotsWith[K comparable](t *types.Type[K], s Settings, forget func(slot int32)) *Slots[K] {
	b := NewSlots(t, s)
	b.scope.forget = func(slot int32) {
		forget(slot)
		b.Forget(slot)
	}
	return b
}

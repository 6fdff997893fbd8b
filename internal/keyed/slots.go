package keyed

import (
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/types"
)

// Slots is the [Backend] that has everything in memory: each known key has a slot.
type Slots[K any] struct {
	Keys[K]
	scope Scope
}

// Settings is what a backend is made with.
type Settings struct {
	Clock  func() int64  // the engine's, in nanoseconds
	Memory *memory.Share // what the backend may hold; nil: no limit
}

// NewSlots returns a backend without keys.
func NewSlots[K comparable](t *types.Type[K], s Settings) *Slots[K] {
	if s.Memory == nil {
		s.Memory = memory.Unlimited()
	}
	b := &Slots[K]{}
	b.scope = *NewScope(b.Forget, s.Clock)
	b.scope.account, b.scope.table = newAccount(s.Memory), b
	b.Keys = newKeys(t, &b.scope.account)
	return b
}

// Scope implements Backend.
func (b *Slots[K]) Scope() *Scope { return &b.scope }

// Enter implements Backend. It never fails.
func (b *Slots[K]) Enter(hash uint64, key *K) error {
	b.scope.Enter(b.Find(hash, key))
	return nil
}

// Current implements Backend.
func (b *Slots[K]) Current() *K { return b.Key(b.scope.Slot()) }

// EachKey implements Backend: it goes by slot.
func (b *Slots[K]) EachKey(f func() error) error {
	for slot := range b.scope.held {
		if b.scope.held[slot] == 0 {
			continue
		}
		b.scope.Enter(int32(slot))
		err := f()
		b.scope.Leave()
		if err == nil && !b.scope.Within() {
			err = b.scope.Overfull()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// The methods below are what snapshots ask of a table of keys.

func (b *Slots[K]) keySchema() *types.Schema { return b.typ.Schema() }

func (b *Slots[K]) appendKey(dst []byte, slot int32) []byte { return b.typ.Append(dst, b.Key(slot)) }

// admit makes the key known that stands in front of src, and returns how many bytes it
// takes there.
func (b *Slots[K]) admit(src []byte) (slot int32, hash uint64, n int, err error) {
	var key K
	if n, err = b.typ.Decode(src, &key); err != nil {
		return 0, 0, 0, err
	}
	hash = b.typ.Hash(&key)
	return b.Find(hash, &key), hash, n, nil
}

package keyed

import (
	"fmt"

	"github.com/thalweg/thalweg/types"
)

// Value is a state with one value a key.
type Value[V any] struct {
	name   string
	scope  *Scope
	typ    *types.Type[V]
	values []V
	set    []bool
	beside []int // by slot: bytes the value refers to; nil if values refer to none
}

// NewValue declares a state.
func NewValue[V any](s *Scope, name string, t *types.Type[V]) *Value[V] {
	v := &Value[V]{name: name, scope: s, typ: t}
	s.declare(v)
	return v
}

// Name implements State.
func (v *Value[V]) Name() string { return v.name }

// Get returns the value of the current key, or false.
func (v *Value[V]) Get() (value V, ok bool) {
	slot := v.scope.Slot()
	if int(slot) >= len(v.set) || !v.set[slot] {
		return value, false
	}
	return v.values[slot], true
}

// At returns where the value of the current key is, and makes room for it, with the
// zero value, if it has none. Who puts something there that refers to memory says so:
// see Weigh and Heavier.
func (v *Value[V]) At() *V {
	slot := v.scope.Slot()
	if int(slot) >= len(v.set) {
		v.grow(slot)
	}
	if !v.set[slot] {
		v.set[slot] = true
		v.scope.hold(slot, 1)
	}
	return &v.values[slot]
}

// grow makes room for a slot.
func (v *Value[V]) grow(slot int32) {
	n := max(int(slot)+1, 2*len(v.set), 16)
	values, set, beside := cap(v.values), cap(v.set), cap(v.beside)
	v.values = append(v.values, make([]V, n-len(v.values))...)
	v.set = append(v.set, make([]bool, n-len(v.set))...)
	if v.typ.HasPointers() {
		v.beside = append(v.beside, make([]int, n-len(v.beside))...)
	}
	a := &v.scope.account
	a.array(values, cap(v.values), types.SizeOf[V]())
	a.array(set, cap(v.set), 1)
	a.array(beside, cap(v.beside), 8)
}

// Set gives the current key a value.
func (v *Value[V]) Set(value V) {
	*v.At() = value
	v.Weigh()
}

// Weigh accounts for what the value of the current key, which has one, refers to.
func (v *Value[V]) Weigh() {
	if v.beside != nil {
		v.weigh(v.scope.slot)
	}
}

//go:noinline
func (v *Value[V]) weigh(slot int32) {
	n := v.typ.Held(&v.values[slot])
	v.scope.add(n - v.beside[slot])
	v.beside[slot] = n
}

// Heavier accounts for n bytes more that the value of the current key refers to, or -n
// less, for who knows without Weigh. V has pointers.
func (v *Value[V]) Heavier(n int) {
	v.beside[v.scope.Slot()] += n
	v.scope.add(n)
}

// Clear takes the value of the current key away.
func (v *Value[V]) Clear() {
	slot := v.scope.Slot()
	if int(slot) < len(v.set) && v.set[slot] {
		v.drop(slot)
		v.scope.hold(slot, -1)
	}
}

func (v *Value[V]) drop(slot int32) {
	var zero V
	v.values[slot], v.set[slot] = zero, false
	if v.beside != nil {
		v.scope.add(-v.beside[slot])
		v.beside[slot] = 0
	}
}

func (v *Value[V]) schema() *types.Schema { return v.typ.Schema() }

func (v *Value[V]) has(slot int32) bool { return int(slot) < len(v.set) && v.set[slot] }

func (v *Value[V]) append(dst []byte, slot int32) []byte { return v.typ.Append(dst, &v.values[slot]) }

func (v *Value[V]) read(src []byte, slot int32) (n int, err error) {
	if int(slot) >= len(v.set) {
		v.grow(slot)
	}
	at := &v.values[slot]
	if n, err = v.typ.Decode(src, at); err != nil {
		return 0, fmt.Errorf("state %q: %w", v.name, err)
	}
	v.set[slot] = true
	if v.beside != nil {
		v.typ.Detach(at, nil)
		v.weigh(slot)
	}
	return n, nil
}

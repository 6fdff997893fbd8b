package keyed

import "github.com/thalweg/thalweg/types"

// Value is a state with one value a key.
type Value[V any] struct {
	name   string
	scope  *Scope
	typ    *types.Type[V]
	values []V
	set    []bool
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
// zero value, if it has none.
func (v *Value[V]) At() *V {
	slot := v.scope.Slot()
	if int(slot) >= len(v.set) {
		n := max(int(slot)+1, 2*len(v.set), 16)
		v.values = append(v.values, make([]V, n-len(v.values))...)
		v.set = append(v.set, make([]bool, n-len(v.set))...)
	}
	if !v.set[slot] {
		v.set[slot] = true
		v.scope.hold(slot, 1)
	}
	return &v.values[slot]
}

// Set gives the current key a value.
func (v *Value[V]) Set(value V) { *v.At() = value }

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
}

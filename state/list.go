package state

import (
	"slices"

	"github.com/thalweg/thalweg/internal/keyed"
)

// List is any number of values a key, in the order in which they were added.
type List[V any] struct{ v *keyed.Value[[]V] }

// NewList declares a list. Two states of an operator may not have the same name.
func NewList[V any](ctx Keyed, name string) *List[V] {
	return &List[V]{keyed.NewValue(ctx.Scope(), name, typeOf[[]V](name))}
}

// Add appends values to the list of the current key.
func (l *List[V]) Add(values ...V) {
	if len(values) > 0 {
		at := l.v.At()
		*at = append(*at, values...)
	}
}

// All returns the values of the current key. They belong to the list: they are valid
// until it changes, and are not to be changed.
func (l *List[V]) All() []V {
	values, _ := l.v.Get()
	return values
}

// Len returns how many values the current key has.
func (l *List[V]) Len() int { return len(l.All()) }

// Set replaces the values of the current key by copies of others; by none, it clears
// them.
func (l *List[V]) Set(values []V) {
	if len(values) == 0 {
		l.Clear()
		return
	}
	*l.v.At() = slices.Clone(values)
}

// Clear takes the values of the current key away.
func (l *List[V]) Clear() { l.v.Clear() }

package state

import (
	"iter"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/types"
)

// Map is any number of values a key, each under a name of its own.
type Map[N comparable, V any] struct {
	v     *keyed.Value[map[N]V]
	names *types.Type[N]
}

// NewMap declares a map. Two states of an operator may not have the same name.
func NewMap[N comparable, V any](ctx Keyed, name string) *Map[N, V] {
	return &Map[N, V]{keyed.NewValue(ctx.Scope(), name, typeOf[map[N]V](name)), typeOf[N](name)}
}

func (m *Map[N, V]) all() map[N]V {
	values, _ := m.v.Get()
	return values
}

// Get returns the value of a name of the current key, or the zero value.
func (m *Map[N, V]) Get(name N) V { return m.all()[name] }

// Lookup returns the value of a name of the current key, and whether it has one.
func (m *Map[N, V]) Lookup(name N) (value V, ok bool) {
	value, ok = m.all()[name]
	return value, ok
}

// Set gives a name of the current key a value.
func (m *Map[N, V]) Set(name N, value V) {
	at := m.v.At()
	if *at == nil {
		*at = map[N]V{}
	}
	(*at)[name] = value
}

// Delete takes the value of a name of the current key away.
func (m *Map[N, V]) Delete(name N) {
	values := m.all()
	delete(values, name)
	if len(values) == 0 {
		m.v.Clear()
	}
}

// Len returns how many names of the current key have a value.
func (m *Map[N, V]) Len() int { return len(m.all()) }

// All goes through the names and values of the current key as they are when it begins, in
// the order of the names: the map may be changed meanwhile.
func (m *Map[N, V]) All() iter.Seq2[N, V] {
	return func(yield func(N, V) bool) {
		values := m.all()
		names := make([]N, 0, len(values))
		for name := range values {
			names = append(names, name)
		}
		sort(names, m.names)
		copies := make([]V, len(names))
		for i, name := range names {
			copies[i] = values[name]
		}
		for i, name := range names {
			if !yield(name, copies[i]) {
				return
			}
		}
	}
}

// Clear takes all values of the current key away.
func (m *Map[N, V]) Clear() { m.v.Clear() }

package state

import (
	"iter"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/types"
)

// Broadcasting is the context of an operator that has an input that is broadcast.
type Broadcasting interface{ Broadcasts() *keyed.Broadcasts }

// Change is the right to change broadcast state. The function that gets what is broadcast
// is given one, which is good for that call.
type Change = keyed.Change

// BroadcastMap is any number of values, each under a name of its own, which all subtasks of
// an operator have alike, whatever the key: the function that gets what is broadcast changes
// it, in the same way in each of them, and all functions may read it.
type BroadcastMap[N comparable, V any] struct {
	name   string
	typ    *types.Type[map[N]V]
	names  *types.Type[N]
	held   *types.Type[V]
	of     *keyed.Broadcasts
	values map[N]V
}

// NewBroadcastMap declares a map. Two of an operator may not have the same name.
func NewBroadcastMap[N comparable, V any](ctx Broadcasting, name string) *BroadcastMap[N, V] {
	m := &BroadcastMap[N, V]{
		name: name, typ: typeOf[map[N]V](name), names: typeOf[N](name), held: typeOf[V](name),
		of: ctx.Broadcasts(), values: map[N]V{},
	}
	m.of.Declare(broadcastMap[N, V]{m})
	return m
}

// Get returns the value of a name, or the zero value.
func (m *BroadcastMap[N, V]) Get(name N) V { return m.values[name] }

// Lookup returns the value of a name, and whether it has one.
func (m *BroadcastMap[N, V]) Lookup(name N) (value V, ok bool) {
	value, ok = m.values[name]
	return value, ok
}

// Len returns how many names have a value.
func (m *BroadcastMap[N, V]) Len() int { return len(m.values) }

// All goes through the names and values as they are when it begins, in the order of the
// names: the map may be changed meanwhile.
func (m *BroadcastMap[N, V]) All() iter.Seq2[N, V] {
	return func(yield func(N, V) bool) {
		names := make([]N, 0, len(m.values))
		for name := range m.values {
			names = append(names, name)
		}
		sort(names, m.names)
		copies := make([]V, len(names))
		for i, name := range names {
			copies[i] = m.values[name]
		}
		for i, name := range names {
			if !yield(name, copies[i]) {
				return
			}
		}
	}
}

// Set gives a name a value.
func (m *BroadcastMap[N, V]) Set(by *Change, name N, value V) {
	m.Delete(by, name)
	m.values[name] = value
	m.of.Heavier(m.weight(name, value))
}

// Delete takes the value of a name away.
func (m *BroadcastMap[N, V]) Delete(by *Change, name N) {
	by.Check(m.name)
	if old, ok := m.values[name]; ok {
		m.of.Heavier(-m.weight(name, old))
		delete(m.values, name)
	}
}

// weight returns what a name and its value take.
func (m *BroadcastMap[N, V]) weight(name N, value V) int {
	return types.MapEntrySize(types.SizeOf[N](), types.SizeOf[V]()) + m.names.Held(&name) + m.held.Held(&value)
}

// broadcastMap is what snapshots see of a BroadcastMap.
type broadcastMap[N comparable, V any] struct{ m *BroadcastMap[N, V] }

func (b broadcastMap[N, V]) Name() string             { return b.m.name }
func (b broadcastMap[N, V]) Schema() *types.Schema    { return b.m.typ.Schema() }
func (b broadcastMap[N, V]) Append(dst []byte) []byte { return b.m.typ.Append(dst, &b.m.values) }

func (b broadcastMap[N, V]) Read(src []byte) (n int, err error) {
	values := map[N]V{}
	if n, err = b.m.typ.Decode(src, &values); err != nil {
		return n, err
	}
	if values == nil {
		values = map[N]V{}
	}
	b.m.values = values
	for name, value := range values {
		b.m.of.Heavier(b.m.weight(name, value))
	}
	return n, nil
}

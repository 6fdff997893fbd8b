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
	typ   *types.Type[V]
	ages  *ages[map[N]int64] // of each name
}

// NewMap declares a map. Two states of an operator may not have the same name.
func NewMap[N comparable, V any](ctx Keyed, name string, options ...Option) *Map[N, V] {
	m := &Map[N, V]{v: keyed.NewValue(ctx.Scope(), name, typeOf[map[N]V](name)), names: typeOf[N](name), typ: typeOf[V](name)}
	m.ages = newAges[map[N]int64](ctx, name, options, m.trim)
	return m
}

func (m *Map[N, V]) all() map[N]V {
	values, _ := m.v.Get()
	return values
}

// times returns when the names of the current key were written, if they expire.
func (m *Map[N, V]) times() map[N]int64 {
	times, _ := m.ages.at.Get()
	return times
}

// alive reports whether a name that has a value has not expired, and counts as reading.
func (m *Map[N, V]) alive(name N) bool {
	if m.ages == nil {
		return true
	}
	times := m.times()
	if times[name] <= m.ages.Limit() {
		return false
	}
	if m.ages.onRead {
		times[name] = m.ages.Now()
	}
	return true
}

// trim drops the names of the current key that are too old.
func (m *Map[N, V]) trim(limit int64) (oldest int64, left bool) {
	for name, at := range m.times() {
		switch {
		case at <= limit:
			m.Delete(name)
		case !left || at < oldest:
			oldest, left = at, true
		}
	}
	return oldest, left
}

// Get returns the value of a name of the current key, or the zero value.
func (m *Map[N, V]) Get(name N) V {
	value, _ := m.Lookup(name)
	return value
}

// Lookup returns the value of a name of the current key, and whether it has one.
func (m *Map[N, V]) Lookup(name N) (value V, ok bool) {
	found, ok := m.all()[name]
	if !ok || !m.alive(name) {
		return value, false
	}
	return found, true
}

// Set gives a name of the current key a value.
func (m *Map[N, V]) Set(name N, value V) {
	at := m.v.At()
	if *at == nil {
		*at = map[N]V{}
	}
	m.put(*at, name, value)
	if m.ages == nil {
		return
	}
	now, times := m.ages.Now(), m.ages.at.At()
	if *times == nil {
		*times = map[N]int64{}
	}
	before := len(*times)
	(*times)[name] = now
	m.ages.at.Heavier((len(*times) - before) * types.MapEntrySize(types.SizeOf[N](), 8))
	m.ages.Wrote(now)
}

// put sets a name in the map of the current key, and accounts for it.
func (m *Map[N, V]) put(values map[N]V, name N, value V) {
	n := len(values)
	old, beside := value, m.typ.HasPointers()
	if beside {
		old = values[name]
	}
	values[name] = value
	if len(values) > n {
		m.v.Heavier(m.entry(&name, &value))
	} else if beside {
		m.v.Heavier(m.typ.Held(&value) - m.typ.Held(&old))
	}
}

// entry returns what a name and its value take in the map.
func (m *Map[N, V]) entry(name *N, value *V) int {
	return types.MapEntrySize(types.SizeOf[N](), types.SizeOf[V]()) + m.names.Held(name) + m.typ.Held(value)
}

// Delete takes the value of a name of the current key away.
func (m *Map[N, V]) Delete(name N) {
	values := m.all()
	value, ok := values[name]
	if !ok {
		return
	}
	m.v.Heavier(-m.entry(&name, &value))
	delete(values, name)
	if m.ages != nil {
		m.ages.at.Heavier(-types.MapEntrySize(types.SizeOf[N](), 8))
		delete(m.times(), name)
	}
	if len(values) == 0 {
		m.Clear()
	}
}

// Len returns how many names of the current key have a value.
func (m *Map[N, V]) Len() (n int) {
	if m.ages == nil {
		return len(m.all())
	}
	limit := m.ages.Limit()
	for _, at := range m.times() {
		if at > limit {
			n++
		}
	}
	return n
}

// All goes through the names and values of the current key as they are when it begins, in
// the order of the names: the map may be changed meanwhile.
func (m *Map[N, V]) All() iter.Seq2[N, V] {
	return func(yield func(N, V) bool) {
		values := m.all()
		names := make([]N, 0, len(values))
		for name := range values {
			if m.alive(name) {
				names = append(names, name)
			}
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
func (m *Map[N, V]) Clear() {
	m.v.Clear()
	if m.ages != nil {
		m.ages.at.Clear()
	}
}

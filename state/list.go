package state

import (
	"slices"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/types"
)

// List is any number of values a key, in the order in which they were added.
type List[V any] struct {
	v    *keyed.Value[[]V]
	typ  *types.Type[V]
	ages *ages[[]int64] // of each value
}

// NewList declares a list. Two states of an operator may not have the same name.
func NewList[V any](ctx Keyed, name string, options ...Option) *List[V] {
	l := &List[V]{v: keyed.NewValue(ctx.Scope(), name, typeOf[[]V](name)), typ: typeOf[V](name)}
	l.ages = newAges[[]int64](ctx, name, options, l.trim)
	return l
}

// Add appends values to the list of the current key.
func (l *List[V]) Add(values ...V) {
	if len(values) > 0 {
		at := l.v.At()
		before := cap(*at)
		*at = append(*at, values...)
		if n := (cap(*at) - before) * types.SizeOf[V](); n > 0 || l.typ.HasPointers() {
			l.v.Heavier(n + held(l.typ, values))
		}
		l.wrote(len(values))
	}
}

// held returns what values refer to.
func held[V any](t *types.Type[V], values []V) (bytes int) {
	if t.HasPointers() {
		for i := range values {
			bytes += t.Held(&values[i])
		}
	}
	return bytes
}

// wrote notes the age of the last n values.
func (l *List[V]) wrote(n int) {
	if l.ages == nil {
		return
	}
	now, at := l.ages.Now(), l.ages.at.At()
	for range n {
		*at = append(*at, now)
	}
	l.ages.at.Weigh()
	l.ages.Wrote(now)
}

// All returns the values of the current key. They belong to the list: they are valid
// until it changes, and are not to be changed.
func (l *List[V]) All() []V {
	values, _ := l.v.Get()
	if l.ages != nil {
		expired := l.expired(l.ages.Limit())
		values = values[expired:]
		if times, _ := l.ages.at.Get(); l.ages.onRead {
			now := l.ages.Now()
			for i := expired; i < len(times); i++ {
				times[i] = now
			}
		}
	}
	return values
}

// expired returns how many values of the current key, the first ones, are too old.
func (l *List[V]) expired(limit int64) (n int) {
	times, _ := l.ages.at.Get()
	for n < len(times) && times[n] <= limit {
		n++
	}
	return n
}

// trim drops the values of the current key that are too old.
func (l *List[V]) trim(limit int64) (oldest int64, left bool) {
	n := l.expired(limit)
	times, _ := l.ages.at.Get()
	if n == len(times) {
		l.Clear()
		return 0, false
	}
	values := l.v.At()
	*values, *l.ages.at.At() = slices.Delete(*values, 0, n), slices.Delete(times, 0, n)
	l.v.Weigh()
	return times[0], true
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
	l.v.Set(slices.Clone(values))
	if l.ages != nil {
		l.ages.at.Clear()
		l.wrote(len(values))
	}
}

// Clear takes the values of the current key away.
func (l *List[V]) Clear() {
	l.v.Clear()
	if l.ages != nil {
		l.ages.at.Clear()
	}
}

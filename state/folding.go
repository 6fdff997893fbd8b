package state

import (
	"slices"

	"github.com/thalweg/thalweg/types"
)

// Reducing is one value a key, to which others are joined as they come.
type Reducing[V any] struct {
	v one[V]
	f func(a, b V) V
}

// NewReducing declares a value of which f makes a new one with each that is added. Two
// states of an operator may not have the same name.
func NewReducing[V any](ctx Keyed, name string, f func(a, b V) V, options ...Option) *Reducing[V] {
	return &Reducing[V]{newOne[V](ctx, name, options), f}
}

// Add joins a value to that of the current key; the first one is taken as it is.
func (r *Reducing[V]) Add(value V) {
	if before, ok := r.v.get(); ok {
		value = r.f(before, value)
	}
	*r.v.at() = value
	r.v.wrote()
}

// Get returns the value of the current key; of a key that has none, the zero value.
func (r *Reducing[V]) Get() V {
	value, _ := r.v.get()
	return value
}

// Lookup returns the value of the current key, and whether it has one.
func (r *Reducing[V]) Lookup() (value V, ok bool) { return r.v.get() }

// Clear takes the value of the current key away.
func (r *Reducing[V]) Clear() { r.v.clear() }

// Aggregating is an accumulator a key, of which a result is made when it is asked for.
type Aggregating[I, A, O any] struct {
	v one[A]
	f Aggregation[I, A, O]
}

// Aggregation is what an [Aggregating] does. Init makes the accumulator of a key; nil is
// the zero one.
type Aggregation[I, A, O any] struct {
	Init   func() A
	Add    func(accumulator *A, value I)
	Result func(accumulator *A) O
}

// NewAggregating declares an accumulator. Two states of an operator may not have the same
// name.
func NewAggregating[I, A, O any](ctx Keyed, name string, f Aggregation[I, A, O], options ...Option) *Aggregating[I, A, O] {
	return &Aggregating[I, A, O]{newOne[A](ctx, name, options), f}
}

// Add adds a value to the accumulator of the current key.
func (a *Aggregating[I, A, O]) Add(value I) {
	_, known := a.v.get()
	at := a.v.at()
	if !known && a.f.Init != nil {
		*at = a.f.Init()
	}
	a.f.Add(at, value)
	a.v.wrote()
}

// Get returns the result of the current key, or false if nothing was added.
func (a *Aggregating[I, A, O]) Get() (result O, ok bool) {
	if _, ok := a.v.get(); !ok {
		return result, false
	}
	return a.f.Result(a.v.v.At()), true
}

// Clear takes the accumulator of the current key away.
func (a *Aggregating[I, A, O]) Clear() { a.v.clear() }

// sort puts values into the order of their type.
func sort[V any](values []V, t *types.Type[V]) {
	slices.SortFunc(values, func(a, b V) int { return t.Compare(&a, &b) })
}

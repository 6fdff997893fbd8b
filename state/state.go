// Package state has what keyed operators remember, as typed handles. Floor 3.
//
//	stream.Process(stream.KeyBy(orders, customer), func(ctx *stream.KeyedContext[string, Total]) (stream.Handler[Order], error) {
//		sum := state.NewValue[int64](ctx, "sum")
//		return stream.Handler[Order]{Record: func(o Order) {
//			sum.Set(sum.Get() + o.Amount)
//			ctx.Emit(Total{ctx.Key(), sum.Get()})
//		}}, nil
//	})
//
// A handle is made in the function that opens an operator's functions, and speaks of
// the current key of the call. It belongs to the goroutine of its subtask. A key that
// has nothing set and no timers costs nothing.
//
// A state lives as long as the job, unless it has a time to live, see [TTL].
package state

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/types"
)

// Keyed is the context of a keyed operator.
type Keyed interface{ Scope() *keyed.Scope }

// typeOf returns the type of what is kept. What cannot be stored is a mistake in the
// program.
func typeOf[V any](name string) *types.Type[V] {
	t, err := types.Of[V]()
	if err != nil {
		panic(fmt.Errorf("state %q: %w", name, err))
	}
	return t
}

// Value is one value a key.
type Value[V any] struct{ v one[V] }

// NewValue declares a value. Two states of an operator may not have the same name.
func NewValue[V any](ctx Keyed, name string, options ...Option) *Value[V] {
	return &Value[V]{newOne[V](ctx, name, options)}
}

// Get returns the value of the current key; of a key that has none, the zero value.
func (v *Value[V]) Get() V {
	value, _ := v.v.get()
	return value
}

// Lookup returns the value of the current key, and whether it has one.
func (v *Value[V]) Lookup() (value V, ok bool) { return v.v.get() }

// Set gives the current key a value.
func (v *Value[V]) Set(value V) {
	*v.v.at() = value
	v.v.wrote()
}

// Clear takes the value of the current key away.
func (v *Value[V]) Clear() { v.v.clear() }

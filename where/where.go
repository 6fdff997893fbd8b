// Package where makes conditions of records, as plain values: comparisons of fields
// with constants, put together with and and or. Floor 2.
//
//	batch.Where(lineItems, where.AtLeast(shipDate, begin), where.Below(shipDate, end))
//	batch.Where(parts, where.Any(
//		where.Equal(brand, "Brand#12"),
//		where.All(where.Prefix(name, "forest"), where.Between(size, 1, 15))))
//
// A field is given as a function from a record's address to the field's, as for keys.
// What a condition says is known before a job runs, which is not so of a function: a
// source that can use it does not read what does not satisfy it, see
// [connect.Narrowed].
//
// Numbers, strings and types based on them are compared as < does: strings in the order
// of their bytes, and a NaN satisfies nothing, whether it is the field's value or the
// constant. Times are compared as instants. What a pointer points to is asked with
// [Behind]; a pointer that is nil satisfies nothing.
//
// There is no negation: a record that has no value, or a NaN, would have to satisfy it.
package where

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/types"
)

// Predicate is a condition of records of type T. It is a [connect.Condition], immutable
// and safe for concurrent use. The zero value is a mistake.
type Predicate[T any] struct {
	text  string
	holds func(*T) bool
	logic
}

// logic is what a predicate says, without the type of the records.
type logic struct {
	places []connect.Place // all fields, each once
	terms  []connect.Term
	joined bool // several parts are put together: it needs parentheses
	err    error
}

// Err says what is wrong with the predicate, or nil: a field that is no field.
func (p Predicate[T]) Err() error {
	if p.err == nil && p.holds == nil {
		return errors.New("where: an empty predicate: make one with the functions of package where")
	}
	return p.err
}

// String is the condition as in "ShipDate >= 1994-01-01".
func (p Predicate[T]) String() string { return p.text }

// Holds implements [connect.Condition].
func (p Predicate[T]) Holds(row *T) bool { return p.holds(row) }

// Places implements [connect.Condition].
func (p Predicate[T]) Places() []connect.Place { return p.places }

// Terms implements [connect.Condition]. Those of All are the terms of its parts, those
// of Any the fields that all of its parts have terms for.
func (p Predicate[T]) Terms() []connect.Term { return p.terms }

// Equal is satisfied where the field has the value.
func Equal[T any, V cmp.Ordered](field func(*T) *V, value V) Predicate[T] {
	return leaf(field, "%s = %s", []any{value}, func(v *V) bool { return *v == value }, closed(value, value))
}

// OneOf is satisfied where the field has one of the values; it tries one after the
// other. Without values nothing satisfies it.
func OneOf[T any, V cmp.Ordered](field func(*T) *V, values ...V) Predicate[T] {
	values = slices.Clone(values)
	var spans []connect.Span
	var shown []string
	for _, v := range values {
		spans, shown = append(spans, closed(v, v)), append(shown, constant(v))
	}
	return leaf(field, "%s in {%s}", []any{list(strings.Join(shown, ", "))}, func(v *V) bool { return slices.Contains(values, *v) }, spans...)
}

// Below is satisfied where the field is less than the value.
func Below[T any, V cmp.Ordered](field func(*T) *V, value V) Predicate[T] {
	return leaf(field, "%s < %s", []any{value}, func(v *V) bool { return *v < value }, connect.Span{High: value, HighOpen: true})
}

// AtMost is satisfied where the field is the value or less.
func AtMost[T any, V cmp.Ordered](field func(*T) *V, value V) Predicate[T] {
	return leaf(field, "%s <= %s", []any{value}, func(v *V) bool { return *v <= value }, connect.Span{High: value})
}

// Above is satisfied where the field is greater than the value.
func Above[T any, V cmp.Ordered](field func(*T) *V, value V) Predicate[T] {
	return leaf(field, "%s > %s", []any{value}, func(v *V) bool { return *v > value }, connect.Span{Low: value, LowOpen: true})
}

// AtLeast is satisfied where the field is the value or greater.
func AtLeast[T any, V cmp.Ordered](field func(*T) *V, value V) Predicate[T] {
	return leaf(field, "%s >= %s", []any{value}, func(v *V) bool { return *v >= value }, connect.Span{Low: value})
}

// Between is satisfied where the field lies between two values, both included.
func Between[T any, V cmp.Ordered](field func(*T) *V, low, high V) Predicate[T] {
	return leaf(field, "%s between %s and %s", []any{low, high}, func(v *V) bool { return low <= *v && *v <= high }, closed(low, high))
}

// Prefix is satisfied where the field's text begins with another.
func Prefix[T any, V ~string](field func(*T) *V, prefix V) Predicate[T] {
	span := connect.Span{Low: prefix}
	// What begins with it is less than the text whose last byte that can be is one more.
	for end := []byte(prefix); len(end) > 0; end = end[:len(end)-1] {
		if last := len(end) - 1; end[last] < 0xff {
			end[last]++
			span.High, span.HighOpen = V(end), true
			break
		}
	}
	return leaf(field, "%s begins with %s", []any{prefix}, func(v *V) bool { return strings.HasPrefix(string(*v), string(prefix)) }, span)
}

// Is is satisfied where the field is true, or false.
func Is[T any, V ~bool](field func(*T) *V, value V) Predicate[T] {
	return leaf(field, "%s = %s", []any{value}, func(v *V) bool { return *v == value }, closed(value, value))
}

// Before is satisfied where the field is an instant before another.
func Before[T any](field func(*T) *time.Time, t time.Time) Predicate[T] {
	return leaf(field, "%s < %s", []any{t}, func(v *time.Time) bool { return v.Before(t) }, connect.Span{High: t, HighOpen: true})
}

// Since is satisfied where the field is that instant or a later one.
func Since[T any](field func(*T) *time.Time, t time.Time) Predicate[T] {
	return leaf(field, "%s >= %s", []any{t}, func(v *time.Time) bool { return !v.Before(t) }, connect.Span{Low: t})
}

// closed is the values from low to high, of which a NaN makes none.
func closed(low, high any) connect.Span { return connect.Span{Low: low, High: high} }

// leaf is a predicate about one field. The format takes the field's name and constants.
func leaf[T, V any](field func(*T) *V, format string, constants []any, in func(*V) bool, spans ...connect.Span) Predicate[T] {
	f, err := types.FieldOf(field)
	if err != nil {
		return Predicate[T]{logic: logic{err: fmt.Errorf("where: %w", err)}}
	}
	place := connect.Place{Path: f.Path(), Offset: f.Offset()}
	p := Predicate[T]{holds: func(row *T) bool { return in(f.At(row)) }}
	p.logic = logic{places: []connect.Place{place}, terms: []connect.Term{{Place: place, Spans: spans}}}
	p.text = sentence(format, f.Path(), constants)
	return p
}

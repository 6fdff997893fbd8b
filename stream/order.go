package stream

import "github.com/thalweg/thalweg/internal/skin"

// Order is an order of records, or one part of it: several orders decide one after the
// other. Values are ordered as package types says: numbers by size with NaN last, strings
// by bytes, false before true, nil pointers first, structs by their fields in turn.
type Order[T any] = skin.Order[T]

// Asc orders by a field, smallest first. field is a field reference.
func Asc[T, V any](field func(*T) *V) Order[T] { return skin.OrderBy(field, false) }

// Desc orders by a field, largest first: the exact reverse of [Asc].
func Desc[T, V any](field func(*T) *V) Order[T] { return skin.OrderBy(field, true) }

// AscFunc orders by a computed value, smallest first.
func AscFunc[T, V any](value func(T) V) Order[T] { return skin.OrderByValue(value, false) }

// DescFunc orders by a computed value, largest first.
func DescFunc[T, V any](value func(T) V) Order[T] { return skin.OrderByValue(value, true) }

// By orders as compare says, which returns a negative number if a comes before b, as for
// slices.SortFunc. Fields are faster: they are compared as bytes.
func By[T any](compare func(a, b T) int) Order[T] { return skin.OrderAs(compare) }

package batch

import (
	"errors"
	"strings"

	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/types"
)

// Order is an order of records, or one part of it: several orders decide one after
// the other. Values are ordered as package types says: numbers by size with NaN
// last, strings by bytes, false before true, nil pointers first, structs by their
// fields in turn.
type Order[T any] struct {
	compile func(g *plan.Graph) (outofcore.Order[T], plan.Key)
}

// Asc orders by a field, smallest first. field is a field reference.
func Asc[T, V any](field func(*T) *V) Order[T] {
	return orderBy(func(g *plan.Graph) *types.Key[T, V] { return skin.Key(g, field) }, false)
}

// Desc orders by a field, largest first: the exact reverse of [Asc].
func Desc[T, V any](field func(*T) *V) Order[T] {
	return orderBy(func(g *plan.Graph) *types.Key[T, V] { return skin.Key(g, field) }, true)
}

// AscFunc orders by a computed value, smallest first.
func AscFunc[T, V any](value func(T) V) Order[T] {
	return orderBy(func(g *plan.Graph) *types.Key[T, V] { return skin.KeyFunc(g, value) }, false)
}

// DescFunc orders by a computed value, largest first.
func DescFunc[T, V any](value func(T) V) Order[T] {
	return orderBy(func(g *plan.Graph) *types.Key[T, V] { return skin.KeyFunc(g, value) }, true)
}

// By orders as compare says, which returns a negative number if a comes before b,
// as for slices.SortFunc. Fields are faster: they are compared as bytes.
func By[T any](compare func(a, b T) int) Order[T] {
	return Order[T]{func(g *plan.Graph) (outofcore.Order[T], plan.Key) {
		if compare == nil {
			skin.Mistake(g, errors.New("an order without a comparison"))
		}
		return outofcore.ByFunc(compare), plan.Key{Name: "computed"}
	}}
}

func orderBy[T, V any](key func(*plan.Graph) *types.Key[T, V], descending bool) Order[T] {
	return Order[T]{func(g *plan.Graph) (outofcore.Order[T], plan.Key) {
		k := key(g)
		if k == nil {
			return outofcore.Order[T]{}, plan.Key{}
		}
		by := skin.KeyOf(k)
		if descending {
			by.Name += " descending"
		}
		return outofcore.By(k, descending), by
	}}
}

// compileOrders returns the parts of an order, and its description.
func compileOrders[T any](g *plan.Graph, orders []Order[T]) (parts []outofcore.Order[T], detail string) {
	var names []string
	for _, o := range orders {
		if o.compile == nil {
			skin.Mistake(g, errors.New("an empty order: make one with Asc, Desc or By"))
			continue
		}
		part, by := o.compile(g)
		parts = append(parts, part)
		names = append(names, by.Name)
	}
	return parts, "order " + strings.Join(names, ", ")
}

// order compiles an order that must have a part.
func order[T any](g *plan.Graph, orders []Order[T]) (outofcore.Order[T], string) {
	parts, detail := compileOrders(g, orders)
	if len(parts) == 0 {
		skin.Mistake(g, errors.New("sorting without an order"))
		return outofcore.Order[T]{}, detail
	}
	return outofcore.Then(parts...), detail
}

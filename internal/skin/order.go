package skin

import (
	"errors"
	"strings"

	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/types"
)

// Order is an order of records, or one part of it: several orders decide one after
// the other. Values are ordered as package types says: numbers by size with NaN last,
// strings by bytes, false before true, nil pointers first, structs by their fields in turn.
type Order[T any] struct {
	compile func(g *plan.Graph) (outofcore.Order[T], plan.Key)
}

// OrderBy orders by a field, smallest first or, the exact reverse, largest first.
func OrderBy[T, V any](field func(*T) *V, descending bool) Order[T] {
	return orderBy(func(g *plan.Graph) *types.Key[T, V] { return Key(g, field) }, descending)
}

// OrderByValue orders by a computed value.
func OrderByValue[T, V any](value func(T) V, descending bool) Order[T] {
	return orderBy(func(g *plan.Graph) *types.Key[T, V] { return KeyFunc(g, value) }, descending)
}

// OrderAs orders as compare says, which returns a negative number if a comes before b,
// as for slices.SortFunc. Fields are faster: they are compared as bytes.
func OrderAs[T any](compare func(a, b T) int) Order[T] {
	return Order[T]{func(g *plan.Graph) (outofcore.Order[T], plan.Key) {
		if compare == nil {
			Mistake(g, errors.New("an order without a comparison"))
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
		by := KeyOf(k)
		if descending {
			by.Name += " descending"
		}
		return outofcore.By(k, descending), by
	}}
}

// CompileOrders returns the parts of an order, and its description.
func CompileOrders[T any](g *plan.Graph, orders []Order[T]) (parts []outofcore.Order[T], detail string) {
	var names []string
	for _, o := range orders {
		if o.compile == nil {
			Mistake(g, errors.New("an empty order: make one with Asc, Desc or By"))
			continue
		}
		part, by := o.compile(g)
		parts = append(parts, part)
		names = append(names, by.Name)
	}
	return parts, "order " + strings.Join(names, ", ")
}

// CompileOrder compiles an order that must have a part.
func CompileOrder[T any](g *plan.Graph, orders []Order[T]) (outofcore.Order[T], string) {
	parts, detail := CompileOrders(g, orders)
	if len(parts) == 0 {
		Mistake(g, errors.New("sorting without an order"))
		return outofcore.Order[T]{}, detail
	}
	return outofcore.Then(parts...), detail
}

// LeadingKey is the field by which records are ordered first.
func LeadingKey[T any](g *plan.Graph, orders []Order[T]) []plan.Key {
	if len(orders) == 0 || orders[0].compile == nil {
		return nil
	}
	_, by := orders[0].compile(g)
	return []plan.Key{by}
}

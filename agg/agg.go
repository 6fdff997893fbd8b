// Package agg holds aggregates as plain values: what to compute of the records
// of a group, and into which fields of the result. Floor 1.
//
//	sums := batch.GroupBy(orders, customer).Aggregate(agg.Sum(price), agg.Count(n), agg.MaxBy(date))
//
// An aggregate reads fields of the records, of type T, and writes fields of one
// result a group, of type R. Where the two types are the same the result starts
// as a copy of the group's first record: fields that no aggregate writes keep
// that record's value, or that of the record MinBy or MaxBy chose. Where they
// differ (SumInto and its like) the result starts as the zero R.
//
// Invariants:
//
//  1. An Aggregate is immutable and may be used in any number of places.
//  2. Mistakes (a reference that is no field, two aggregates that write one
//     field) are errors of [Compile], before anything runs.
//  3. The result does not depend on how the records were divided among
//     subtasks, but for three things: sums of floats round as they are added,
//     "the first record" is the first one that happened to arrive, and of equal
//     extremes the one that arrived first wins.
//
// It is not for user-defined aggregation: that is Reduce or Fold.
package agg

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/types"
)

// Integer is any integer type.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Float is any floating-point type.
type Float interface{ ~float32 | ~float64 }

// Number is any type that can be added up and divided.
type Number interface{ Integer | Float }

// Aggregate is one thing to compute of each group of records T, kept in a result
// R. The zero Aggregate is a mistake that Compile reports.
type Aggregate[T, R any] struct {
	verb   string // what String shows
	from   string // path of the field read; "" is the record itself
	to     string // path of the field written; "" is the result itself
	reads  bool   // it reads the field at path from
	writes bool   // it owns the field at path to
	whole  bool   // it chooses the whole record
	err    error  // a reference that did not resolve
	counts bool   // it needs Partial.N
	copies bool   // it writes what it reads, of some record

	// start sets the field in the result of a new group, given its first record;
	// that record is then handed to update like any other. clear does the same for
	// a result that is a copy of a partial one, which is then handed to merge. Nil
	// functions do nothing.
	start func(acc *R, first *T)
	clear func(acc *R)

	update func(acc []Partial[R], groups []int32, rows []T, arena *types.Arena)
	merge  func(acc []Partial[R], groups []int32, partials []Partial[R], arena *types.Arena)
	finish func(acc []Partial[R])

	carry func(dst, src *R)                        // copies the field it owns
	bind  func(a *Aggregate[T, R], r replacing[R]) // makes update and merge of a whole one
}

// String describes the aggregate for people, e.g. "sum(Count)" or
// "max(Price) into Highest".
func (a Aggregate[T, R]) String() string {
	switch {
	case a.verb == "":
		return "nothing"
	case a.err != nil:
		return a.verb + "(?)"
	case !a.reads:
		return fmt.Sprintf("%s(%s)", a.verb, named(a.to))
	case a.writes && a.from != a.to:
		return fmt.Sprintf("%s(%s) into %s", a.verb, named(a.from), named(a.to))
	}
	return fmt.Sprintf("%s(%s)", a.verb, named(a.from))
}

// named shows a path.
func named(path string) string {
	if path == "" {
		return "record"
	}
	return path
}

// Reads returns the path of the field the aggregate reads, and whether it reads
// one. The empty path is the record itself.
func (a Aggregate[T, R]) Reads() (path string, ok bool) { return a.from, a.reads }

// Writes returns the path of the result's field that the aggregate writes, and
// whether it writes one: MinBy and MaxBy choose a record instead. The empty path
// is the result itself.
func (a Aggregate[T, R]) Writes() (path string, ok bool) { return a.to, a.writes }

// Copies returns the paths of the field read and of the field written, and whether the
// value is copied as it is from a record of the group.
func (a Aggregate[T, R]) Copies() (from, to string, ok bool) { return a.from, a.to, a.copies }

// Ordered reports whether the result may depend on which record comes first: of those that
// are equally far out, or of all.
func (a Aggregate[T, R]) Ordered() bool { return a.whole || a.verb == "first" }

// inPartial is a reference to a field of R seen from the Partial around it.
func inPartial[R, V any](to func(*R) *V) (types.Field[Partial[R], V], error) {
	return types.FieldOf(func(p *Partial[R]) *V { return to(&p.Row) })
}

// resolved are the references of an aggregate that reads a field and writes one.
type resolved[T, R, V, W any] struct {
	from    types.Field[T, V]
	to      types.Field[R, W]
	partial types.Field[Partial[R], W] // to, within a Partial
}

// resolve compiles both references and returns the aggregate they begin.
func resolve[T, R, V, W any](verb string, from func(*T) *V, to func(*R) *W) (resolved[T, R, V, W], Aggregate[T, R]) {
	var f resolved[T, R, V, W]
	a := Aggregate[T, R]{verb: verb, reads: true, writes: true}
	var errFrom, errTo error
	f.from, errFrom = types.FieldOf(from)
	f.to, errTo = types.FieldOf(to)
	if errFrom == nil && errTo == nil {
		f.partial, errTo = inPartial(to)
	}
	if a.err = errFrom; errFrom == nil {
		a.err = errTo
	} else if errTo != nil && errTo.Error() != errFrom.Error() {
		a.err = errors.Join(errFrom, errTo)
	}
	a.from, a.to = f.from.Path(), f.to.Path()
	a.carry = func(dst, src *R) { *f.to.At(dst) = *f.to.At(src) }
	return f, a
}

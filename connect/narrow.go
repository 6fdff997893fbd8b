package connect

import (
	"fmt"
	"strings"
)

// Narrowed is implemented by sources of records of type T that can leave out what a
// program has no use for: columns that nobody reads, and records that do not satisfy
// conditions.
type Narrowed[T any] interface {
	// Narrow returns a source that makes the same records, except that fields that are
	// not needed may be zero, and that records that do not satisfy all conditions may be
	// missing. For each condition it says whether it holds for all records that come;
	// the engine looks at the others itself.
	//
	// What is wrong with input that is left out need not be found. The source it is
	// called on is not changed. What it returns follows from the source and the need
	// alone: every process of a job asks for itself.
	Narrow(Need[T]) (source Source[T], holds []bool)
}

// Need is what a program needs of a source's records.
type Need[T any] struct {
	// Fields are the paths of the fields that are looked at behind the source, such as
	// "Address.Zip"; "" is the record. Nil stands for all fields. Those that
	// conditions look at are among them.
	Fields []string

	// Where are conditions, all of which the records that are needed satisfy.
	Where []Condition[T]
}

// Reads reports whether the field of that path, or a part of it, or something it is a
// part of, is looked at.
func (n Need[T]) Reads(path string) bool {
	if n.Fields == nil {
		return true
	}
	for _, f := range n.Fields {
		if within(path, f) || within(f, path) {
			return true
		}
	}
	return false
}

// within reports whether a path leads to a part of what another one leads to.
func within(path, whole string) bool {
	rest, ok := strings.CutPrefix(path, whole)
	return ok && (whole == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Condition is a condition of a record, made of comparisons of fields with constants.
// Package where makes them. It is safe for concurrent use.
type Condition[T any] interface {
	fmt.Stringer

	// Holds says whether a record satisfies it.
	Holds(row *T) bool

	// Places are all fields it looks at, each once.
	Places() []Place

	// Terms are what follows from it for single fields: a record that satisfies it has
	// in the field of each term a value that is in one of the term's spans. There may be
	// no term at all.
	Terms() []Term
}

// Place is where a field is.
type Place struct {
	Path    string
	Offset  uintptr // in the record
	Pointer bool    // it is what the field points to that is looked at
}

// Term is a field and the values it may have. A NaN is in no span, and a nil pointer
// points to nothing that is in one.
type Term struct {
	Place
	Spans []Span
}

// Span is the values between two bounds, each of which belongs to them unless it is
// open. The bounds are of the field's type, or of that it points to; nil is none. False
// is less than true, and strings are in the order of their bytes.
type Span struct {
	Low, High         any
	LowOpen, HighOpen bool
}

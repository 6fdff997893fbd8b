package parquet

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/thalweg/thalweg/types"
)

// Value is what a column can be compared by.
type Value interface {
	cmp.Ordered | ~bool | time.Time
}

// Test is a set of values. Its zero value holds none.
type Test[V Value] struct {
	text  string
	spans []span[V] // what is in any of them is in the set
}

// span is the values between two bounds, each inclusive unless it is open.
type span[V any] struct {
	low, high         V
	hasLow, hasHigh   bool
	openLow, openHigh bool
}

// AtLeast holds v and what is greater. NaN is in no test; false is less than true.
func AtLeast[V Value](v V) Test[V] {
	return Test[V]{called("AtLeast", v), []span[V]{{low: v, hasLow: true}}}
}

// AtMost holds v and what is less.
func AtMost[V Value](v V) Test[V] {
	return Test[V]{called("AtMost", v), []span[V]{{high: v, hasHigh: true}}}
}

// Above holds what is greater than v.
func Above[V Value](v V) Test[V] {
	return Test[V]{called("Above", v), []span[V]{{low: v, hasLow: true, openLow: true}}}
}

// Below holds what is less than v.
func Below[V Value](v V) Test[V] {
	return Test[V]{called("Below", v), []span[V]{{high: v, hasHigh: true, openHigh: true}}}
}

// Between holds what lies between low and high, both included.
func Between[V Value](low, high V) Test[V] {
	return Test[V]{called("Between", low, high), []span[V]{{low: low, high: high, hasLow: true, hasHigh: true}}}
}

// Equal holds v. Times are equal if they are the same instant.
func Equal[V Value](v V) Test[V] {
	return Test[V]{called("Equal", v), Between(v, v).spans}
}

// OneOf holds the values given. It tries one after the other.
func OneOf[V Value](values ...V) Test[V] {
	t := Test[V]{text: called("OneOf", values...)}
	for _, v := range values {
		t.spans = append(t.spans, Between(v, v).spans...)
	}
	return t
}

// String is the call that made the test.
func (t Test[V]) String() string { return t.text }

func called[V Value](name string, values ...V) string {
	var texts []string
	for _, v := range values {
		if t, ok := any(v).(time.Time); ok {
			texts = append(texts, t.UTC().Format(time.RFC3339Nano))
			continue
		}
		texts = append(texts, fmt.Sprintf("%#v", v))
	}
	return "parquet." + name + "(" + strings.Join(texts, ", ") + ")"
}

// Where reads only the records whose field is in the test; with several
// conditions, those that satisfy all. The field is given as a function from a
// record's address to the field's. Row groups and pages that cannot hold such a
// record are not read. A NULL is in no test.
func Where[T any, V Value](field func(*T) *V, test Test[V]) Option {
	w := &where[T, V]{test: test, ranges: rangesOf(test.spans)}
	f, err := types.FieldOf(field)
	w.err = err
	w.at = place{f.Offset(), f.Path(), false}
	if w.err == nil {
		w.value = func(row *T) *V { return f.At(row) }
	}
	return w
}

// WhereNotNull is [Where] for a field that is a pointer: it reads the records
// whose field is not nil and points to a value in the test.
func WhereNotNull[T any, V Value](field func(*T) **V, test Test[V]) Option {
	w := &where[T, V]{test: test, ranges: rangesOf(test.spans)}
	f, err := types.FieldOf(field)
	w.err = err
	w.at = place{f.Offset(), f.Path(), true}
	if w.err == nil {
		w.value = func(row *T) *V { return *f.At(row) }
	}
	return w
}

// place is where in a record the field of a condition is.
type place struct {
	offset  uintptr
	path    string
	pointer bool
}

// condition is what the records that are read satisfy.
type condition[T any] interface {
	// places are the fields it is about, asks what it says of single ones.
	places() []place
	asks() []asking

	// drop clears keep where the row of the same number does not match.
	drop(rows []T, keep []bool)
}

// asking is where a field is, and what a condition asks of its statistics.
type asking struct {
	at place
	pruning
}

// pruning is the part of a condition that statistics answer.
type pruning interface {
	// possible reports whether a value between those at low and high can match.
	possible(low, high address) bool
}

// ranges are values in any of some spans.
type ranges[V Value] struct {
	spans        []span[V]
	less, atMost func(a, b V) bool
}

func rangesOf[V Value](spans []span[V]) ranges[V] {
	less, atMost := order[V]()
	return ranges[V]{spans, less, atMost}
}

type where[T any, V Value] struct {
	ranges[V]
	at    place
	test  Test[V]
	value func(*T) *V // nil where the field is a nil pointer
	err   error
}

func (w *where[T, V]) String() string {
	name := "Where"
	if w.at.pointer {
		name = "WhereNotNull"
	}
	path := w.at.path
	if path == "" {
		path = "?"
	}
	return fmt.Sprintf("parquet.%s(%s, %s)", name, path, w.test)
}

func (w *where[T, V]) ForFiles() {}

func (w *where[T, V]) filter() error {
	if w.err == nil && w.test.text == "" {
		return errors.New("the test is empty")
	}
	return w.err
}

func (w *where[T, V]) places() []place { return []place{w.at} }

func (w *where[T, V]) asks() []asking { return []asking{{w.at, &w.ranges}} }

func (w *where[T, V]) drop(rows []T, keep []bool) {
	for i := range rows {
		if keep[i] {
			v := w.value(&rows[i])
			keep[i] = v != nil && w.matches(*v)
		}
	}
}

func (r *ranges[V]) matches(v V) bool {
	for i := range r.spans {
		s := &r.spans[i]
		if (!s.hasLow || r.below(s.low, v, s.openLow)) && (!s.hasHigh || r.below(v, s.high, s.openHigh)) {
			return true
		}
	}
	return false
}

func (r *ranges[V]) below(a, b V, open bool) bool {
	if open {
		return r.less(a, b)
	}
	return r.atMost(a, b)
}

func (r *ranges[V]) possible(low, high address) bool {
	l, h := *as[V](low), *as[V](high)
	if !r.atMost(l, h) {
		return true // NaN, or the wrong way round: no statistics to trust
	}
	for i := range r.spans {
		s := &r.spans[i]
		if (!s.hasLow || r.below(s.low, h, s.openLow)) && (!s.hasHigh || r.below(l, s.high, s.openHigh)) {
			return true
		}
	}
	return false
}

// order returns how values of a type are compared. With a NaN both are false.
func order[V Value]() (less, atMost func(a, b V) bool) {
	t := reflect.TypeFor[V]()
	if t == timeType {
		return recast[func(a, b V) bool](time.Time.Before),
			recast[func(a, b V) bool](func(a, b time.Time) bool { return !a.After(b) })
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(a, b V) bool { return !recast[bool](a) && recast[bool](b) },
			func(a, b V) bool { return !recast[bool](a) || recast[bool](b) }
	case reflect.Int:
		return ordered[V, int]()
	case reflect.Int8:
		return ordered[V, int8]()
	case reflect.Int16:
		return ordered[V, int16]()
	case reflect.Int32:
		return ordered[V, int32]()
	case reflect.Int64:
		return ordered[V, int64]()
	case reflect.Uint:
		return ordered[V, uint]()
	case reflect.Uint8:
		return ordered[V, uint8]()
	case reflect.Uint16:
		return ordered[V, uint16]()
	case reflect.Uint32:
		return ordered[V, uint32]()
	case reflect.Uint64:
		return ordered[V, uint64]()
	case reflect.Float32:
		return ordered[V, float32]()
	case reflect.Float64:
		return ordered[V, float64]()
	}
	return ordered[V, string]()
}

// ordered compares as the type K that V is based on.
func ordered[V any, K cmp.Ordered]() (less, atMost func(a, b V) bool) {
	return func(a, b V) bool { return recast[K](a) < recast[K](b) },
		func(a, b V) bool { return recast[K](a) <= recast[K](b) }
}

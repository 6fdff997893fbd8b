package parquet

import (
	"reflect"
	"strings"
	"time"

	"github.com/thalweg/thalweg/connect"
)

// Narrow implements connect.Narrowed: it leaves out columns as [Columns] does, and
// records as [Where] does, by statistics and row by row. It takes the conditions about
// columns with a single value that are read and not within a group behind a pointer.
func (s *source[T]) Narrow(need connect.Need[T]) (connect.Source[T], []bool) {
	holds := make([]bool, len(need.Where))
	if s.err != nil {
		return s, holds
	}
	narrow := &source[T]{input: s.input, call: s.call, config: s.config, fields: copied(s.fields), where: append([]condition[T](nil), s.where...)}
	for i, c := range need.Where {
		if told := narrow.tell(c); told != nil {
			holds[i] = true
			narrow.where = append(narrow.where, told)
		}
	}
	var places []place
	for _, w := range narrow.where {
		places = append(places, w.places()...)
	}
	root := reflect.TypeFor[T]().String() + "."
	var first *field
	left := false
	leaves(narrow.fields, "", func(_ string, f *field) {
		if f.unread {
			return
		}
		if first == nil {
			first = f
		}
		f.unread = !need.Reads(strings.TrimPrefix(f.goName, root))
		left = left || !f.unread
	})
	offsetLeaves(narrow.fields, func(f *field) {
		for _, at := range places {
			if f.isAt(at) {
				f.unread, left = false, true
			}
		}
	})
	if !left && first != nil {
		first.unread = false // something must be read to see how many rows there are
	}
	return narrow, holds
}

// copied is a copy of fields that can be changed.
func copied(fields []*field) []*field {
	var all []*field
	for _, f := range fields {
		same := *f
		if f.fields != nil {
			same.fields = copied(f.fields)
		}
		all = append(all, &same)
	}
	return all
}

// told is a condition that the program has told the source.
type told[T any] struct {
	connect.Condition[T]
	at  []place
	ask []asking
}

func (t *told[T]) places() []place { return t.at }
func (t *told[T]) asks() []asking  { return t.ask }

func (t *told[T]) drop(rows []T, keep []bool) {
	for i := range rows {
		if keep[i] {
			keep[i] = t.Holds(&rows[i])
		}
	}
}

// tell makes a condition of the source's own of one; nil if it looks at something that is
// not read.
func (s *source[T]) tell(c connect.Condition[T]) *told[T] {
	t := &told[T]{Condition: c}
	for _, p := range c.Places() {
		if s.leafAt(p) == nil {
			return nil
		}
		t.at = append(t.at, placeOf(p))
	}
	for _, term := range c.Terms() {
		if asked := pruningOf(s.leafAt(term.Place), term.Spans); asked != nil {
			t.ask = append(t.ask, asking{placeOf(term.Place), asked})
		}
	}
	return t
}

func placeOf(p connect.Place) place { return place{p.Offset, p.Path, p.Pointer} }

// leafAt returns the column of a place that is read, or nil.
func (s *source[T]) leafAt(p connect.Place) (found *field) {
	offsetLeaves(s.fields, func(f *field) {
		if f.isAt(placeOf(p)) && !f.unread {
			found = f
		}
	})
	return found
}

// pruningOf is what a term asks of the statistics of a field; nil if nobody can say.
func pruningOf(f *field, spans []connect.Span) pruning {
	signed := func(v reflect.Value) int64 { return v.Int() }
	unsigned := func(v reflect.Value) uint64 { return v.Uint() }
	switch f.kind {
	case boolKind:
		return asked(spans, reflect.Value.Bool)
	case int8Kind:
		return asked(spans, func(v reflect.Value) int8 { return int8(signed(v)) })
	case int16Kind:
		return asked(spans, func(v reflect.Value) int16 { return int16(signed(v)) })
	case int32Kind:
		return asked(spans, func(v reflect.Value) int32 { return int32(signed(v)) })
	case int64Kind, durationKind:
		return asked(spans, signed)
	case uint8Kind:
		return asked(spans, func(v reflect.Value) uint8 { return uint8(unsigned(v)) })
	case uint16Kind:
		return asked(spans, func(v reflect.Value) uint16 { return uint16(unsigned(v)) })
	case uint32Kind:
		return asked(spans, func(v reflect.Value) uint32 { return uint32(unsigned(v)) })
	case uint64Kind:
		return asked(spans, unsigned)
	case float32Kind:
		return asked(spans, func(v reflect.Value) float32 { return float32(v.Float()) })
	case float64Kind:
		return asked(spans, reflect.Value.Float)
	case stringKind:
		return asked(spans, reflect.Value.String)
	case timeKind:
		return asked(spans, func(v reflect.Value) time.Time { return v.Interface().(time.Time) })
	}
	return nil
}

// asked takes the bounds of spans for what they are in memory.
func asked[V Value](spans []connect.Span, of func(reflect.Value) V) pruning {
	var all []span[V]
	for _, s := range spans {
		n := span[V]{openLow: s.LowOpen, openHigh: s.HighOpen}
		if n.hasLow = s.Low != nil; n.hasLow {
			n.low = of(reflect.ValueOf(s.Low))
		}
		if n.hasHigh = s.High != nil; n.hasHigh {
			n.high = of(reflect.ValueOf(s.High))
		}
		all = append(all, n)
	}
	r := rangesOf(all)
	return &r
}

package parquet

import (
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// strip takes the values of one column out of records: each with a repetition
// level, 1 for what follows in a list, and a definition level, see binding.
type strip struct {
	field  *field
	number int       // of the column
	steps  []stepped // pointers on the way to the field
	maxDef int
	size   uintptr // of an element or value in memory
	value  func(p address) (parquet.Value, error)

	values []parquet.Value // used again
	bytes  int             // how large they are
}

// stepped is a pointer to a group.
type stepped struct{ offset uintptr }

// stripsOf lists the columns of a record type in the order of its schema.
func stripsOf(fields []*field, steps []stepped, strips []*strip) []*strip {
	for _, f := range fields {
		if f.fields != nil {
			within := steps
			if f.pointer {
				within = append(within[:len(within):len(within)], stepped{f.offset})
			}
			strips = stripsOf(f.fields, within, strips)
			continue
		}
		s := &strip{field: f, number: len(strips), steps: steps, maxDef: len(steps), size: f.typ.Size(), value: valueOf(f)}
		switch {
		case f.list:
			s.maxDef += 2
		case f.pointer:
			s.maxDef++
		}
		strips = append(strips, s)
	}
	return strips
}

// take makes the values of n records.
func (s *strip) take(rows address, stride uintptr, n int) error {
	s.values = s.values[:0]
	s.bytes = 0
	for i := range n {
		if err := s.row(step(rows, uintptr(i)*stride)); err != nil {
			return fmt.Errorf("column %q: %w", s.field.name, err)
		}
	}
	return nil
}

func (s *strip) row(p address) error {
	for def, hop := range s.steps {
		if p = *as[address](step(p, hop.offset)); p == nil {
			s.null(def)
			return nil
		}
	}
	p = step(p, s.field.offset)
	switch {
	case s.field.list:
		return s.list(p)
	case s.field.pointer:
		if p = *as[address](p); p == nil {
			s.null(s.maxDef - 1)
			return nil
		}
	}
	return s.add(p, 0)
}

func (s *strip) list(p address) error {
	first, n, null := elements(p)
	switch {
	case null:
		s.null(s.maxDef - 2)
	case n == 0:
		s.null(s.maxDef - 1)
	}
	for i := range n {
		if err := s.add(step(first, uintptr(i)*s.size), min(i, 1)); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func (s *strip) null(def int) {
	s.values = append(s.values, parquet.NullValue().Level(0, def, s.number))
	s.bytes++
}

func (s *strip) add(p address, rep int) error {
	v, err := s.value(p)
	if err != nil {
		return err
	}
	s.values = append(s.values, v.Level(rep, s.maxDef, s.number))
	s.bytes += 8
	if v.Kind() == parquet.ByteArray {
		s.bytes += len(v.ByteArray())
	}
	return nil
}

// valueOf returns what makes a value of a field of the kind. Bytes are not copied;
// the writer does that.
func valueOf(f *field) func(p address) (parquet.Value, error) {
	switch f.kind {
	case boolKind:
		return func(p address) (parquet.Value, error) { return parquet.BooleanValue(*as[bool](p)), nil }
	case int8Kind:
		return int32Value[int8]
	case int16Kind:
		return int32Value[int16]
	case int32Kind:
		return int32Value[int32]
	case uint8Kind:
		return int32Value[uint8]
	case uint16Kind:
		return int32Value[uint16]
	case uint32Kind:
		return int32Value[uint32]
	case int64Kind:
		if f.scale >= 0 {
			return decimalValue
		}
		return int64Value[int64]
	case uint64Kind:
		return int64Value[uint64]
	case float32Kind:
		return func(p address) (parquet.Value, error) { return parquet.FloatValue(*as[float32](p)), nil }
	case float64Kind:
		return func(p address) (parquet.Value, error) { return parquet.DoubleValue(*as[float64](p)), nil }
	case stringKind:
		return textValue
	case bytesKind:
		return func(p address) (parquet.Value, error) { return parquet.ByteArrayValue(*as[[]byte](p)), nil }
	case durationKind:
		return durationValue(f.unit)
	}
	if f.date {
		return dateValue
	}
	return timeValue(f.unit)
}

func int32Value[V integer](p address) (parquet.Value, error) {
	return parquet.Int32Value(int32(*as[V](p))), nil
}

func int64Value[V integer](p address) (parquet.Value, error) {
	return parquet.Int64Value(int64(*as[V](p))), nil
}

func decimalValue(p address) (parquet.Value, error) {
	const limit = 1_000_000_000_000_000_000 // 10^intDigits
	x := *as[int64](p)
	if x >= limit || x <= -limit {
		return parquet.Value{}, fmt.Errorf("%d has more than the %d digits of a decimal", x, intDigits)
	}
	return parquet.Int64Value(x), nil
}

func textValue(p address) (parquet.Value, error) {
	s := *as[string](p)
	if !utf8.ValidString(s) {
		return parquet.Value{}, fmt.Errorf("%.60q is no UTF-8, which strings in Parquet are; []byte takes it", s)
	}
	return parquet.ByteArrayValue(bytesOf(s)), nil
}

func durationValue(unit time.Duration) func(p address) (parquet.Value, error) {
	return func(p address) (parquet.Value, error) {
		d := *as[time.Duration](p)
		if d%unit != 0 {
			return parquet.Value{}, fmt.Errorf("%s is no whole number of %s", d, unit)
		}
		return parquet.Int64Value(int64(d / unit)), nil
	}
}

func dateValue(p address) (parquet.Value, error) {
	t := as[time.Time](p)
	s := t.Unix()
	day := s / daySeconds
	if s%daySeconds != 0 || t.Nanosecond() != 0 {
		return parquet.Value{}, fmt.Errorf("%s is not midnight in UTC", t.UTC().Format(time.RFC3339Nano))
	}
	if day != int64(int32(day)) {
		return parquet.Value{}, errors.New("the date is out of range")
	}
	return parquet.Int32Value(int32(day)), nil
}

// timeValue writes times as a number of units since 1970.
func timeValue(unit time.Duration) func(p address) (parquet.Value, error) {
	second := int64(time.Second / unit)
	return func(p address) (parquet.Value, error) {
		t := as[time.Time](p)
		s, rest := t.Unix(), int64(t.Nanosecond())
		if rest%int64(unit) != 0 {
			return parquet.Value{}, fmt.Errorf("%s is no whole number of %s", t.UTC().Format(time.RFC3339Nano), unit)
		}
		if s > math.MaxInt64/second-1 || s < math.MinInt64/second+1 {
			return parquet.Value{}, fmt.Errorf("%s is out of range in units of %s; the tag unit=us has more", t.UTC().Format(time.RFC3339Nano), unit)
		}
		return parquet.Int64Value(s*second + rest/int64(unit)), nil
	}
}

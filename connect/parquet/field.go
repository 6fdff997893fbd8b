package parquet

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// kind is what the memory of a value looks like to a column.
type kind uint8

const (
	groupKind kind = iota
	boolKind
	int8Kind
	int16Kind
	int32Kind
	int64Kind
	uint8Kind
	uint16Kind
	uint32Kind
	uint64Kind
	float32Kind
	float64Kind
	stringKind
	bytesKind
	timeKind
	durationKind
)

// field is one column of a struct, or a group of them.
type field struct {
	name    string  // of the column
	goName  string  // the names that lead to the field in Go, for messages
	offset  uintptr // within the struct that it is a field of
	pointer bool    // it is a *V
	list    bool    // it is a []V
	typ     reflect.Type
	kind    kind     // of V
	fields  []*field // of a group
	unread  bool     // not among the columns chosen

	unit    time.Duration // of times and durations
	hasUnit bool
	date    bool
	scale   int // of decimals; -1 if it is none
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// fieldsOf lists the columns of a record type.
func fieldsOf(t reflect.Type) ([]*field, error) {
	if t.Kind() != reflect.Struct || t == timeType {
		return nil, fmt.Errorf("parquet: %s is no struct with a field for each column", t)
	}
	return structFields(t, t.String(), 0, nil)
}

// structFields lists the fields of a struct that lies base bytes behind the
// beginning of a record or of what a pointer leads to. within are the types around
// it: a type within itself would be a table of unlimited depth.
func structFields(t reflect.Type, goName string, base uintptr, within []reflect.Type) ([]*field, error) {
	for _, w := range within {
		if w == t {
			return nil, fmt.Errorf("parquet: %s: a %s within itself cannot be a column", goName, t)
		}
	}
	within = append(within, t)
	var fields []*field
	for i := range t.NumField() {
		sf := t.Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("parquet"), ",")
		if name == "-" || sf.Name == "_" {
			continue
		}
		path := goName + "." + sf.Name
		if sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct && sf.Type != timeType {
			nested, err := structFields(sf.Type, path, base+sf.Offset, within)
			if err != nil {
				return nil, err
			}
			fields = append(fields, nested...)
			continue
		}
		if !sf.IsExported() {
			continue
		}
		if name == "" {
			name = sf.Name
		}
		f := &field{name: name, goName: path, offset: base + sf.Offset, scale: -1, unit: time.Nanosecond}
		if err := f.compile(sf.Type, within); err != nil {
			return nil, err
		}
		if err := f.tag(options); err != nil {
			return nil, fmt.Errorf("parquet: field %s: %w", path, err)
		}
		for _, other := range fields {
			if strings.EqualFold(other.name, f.name) {
				return nil, fmt.Errorf("parquet: %s and %s are both called %q", other.goName, path, f.name)
			}
		}
		fields = append(fields, f)
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("parquet: %s has no exported field that could be a column", goName)
	}
	return fields, nil
}

// compile finds out what a field is.
func (f *field) compile(t reflect.Type, within []reflect.Type) error {
	switch {
	case t.Kind() == reflect.Pointer:
		f.pointer, t = true, t.Elem()
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		f.list, t = true, t.Elem()
	}
	f.typ = t
	f.kind = kindOf(t)
	if f.kind != groupKind {
		return nil
	}
	refuse := func(why string) error {
		return fmt.Errorf("parquet: field %s: a %s cannot be a column%s", f.goName, t, why)
	}
	switch {
	case f.list && (t.Kind() == reflect.Struct || t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer):
		return refuse(" of lists; elements are single values")
	case f.pointer && t.Kind() == reflect.Slice:
		return refuse(" behind a pointer; a list is nil where it is NULL")
	case t.Kind() != reflect.Struct:
		return refuse("")
	}
	base := f.offset
	if f.pointer {
		base = 0
	}
	var err error
	f.fields, err = structFields(t, f.goName, base, within)
	return err
}

func kindOf(t reflect.Type) kind {
	switch t {
	case timeType:
		return timeKind
	case durationType:
		return durationKind
	}
	wide := strconv.IntSize == 64
	switch t.Kind() {
	case reflect.Bool:
		return boolKind
	case reflect.Int8:
		return int8Kind
	case reflect.Int16:
		return int16Kind
	case reflect.Int32:
		return int32Kind
	case reflect.Int64:
		return int64Kind
	case reflect.Int:
		if wide {
			return int64Kind
		}
		return int32Kind
	case reflect.Uint8:
		return uint8Kind
	case reflect.Uint16:
		return uint16Kind
	case reflect.Uint32:
		return uint32Kind
	case reflect.Uint64:
		return uint64Kind
	case reflect.Uint:
		if wide {
			return uint64Kind
		}
		return uint32Kind
	case reflect.Float32:
		return float32Kind
	case reflect.Float64:
		return float64Kind
	case reflect.String:
		return stringKind
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytesKind
		}
	}
	return groupKind
}

var units = map[string]time.Duration{"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second}

// tag reads the second part of a field's tag.
func (f *field) tag(options string) error {
	for o := range strings.SplitSeq(options, ",") {
		key, value, _ := strings.Cut(o, "=")
		unit, isUnit := units[value]
		scale, notNumber := strconv.Atoi(value)
		switch {
		case o == "":
		case o == "date" && (f.kind == timeKind || f.typ.Kind() == reflect.Int32):
			f.date = true
		case key == "unit" && isUnit && (f.kind == durationKind || f.kind == timeKind && unit < time.Second):
			f.unit, f.hasUnit = unit, true
		case key == "scale" && f.kind == int64Kind && notNumber == nil && scale >= 0 && scale <= 18:
			f.scale = scale
		default:
			return fmt.Errorf("%q means nothing in the tag of a %s", o, f.typ)
		}
	}
	if f.date && f.hasUnit {
		return errors.New("a date has no unit")
	}
	return nil
}

// isAt reports whether a field that is not behind a pointer to a group is the one value
// at a place.
func (f *field) isAt(at place) bool {
	return f.fields == nil && !f.list && f.offset == at.offset && f.pointer == at.pointer
}

// leaves calls do for every column, with the names that lead to it.
func leaves(fields []*field, path string, do func(path string, f *field)) {
	for _, f := range fields {
		if f.fields != nil {
			leaves(f.fields, path+f.name+".", do)
			continue
		}
		do(path+f.name, f)
	}
}

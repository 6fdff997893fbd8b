package csv

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unsafe"
)

// This file is the only one of the connectors that uses package unsafe: reaching
// a field through its offset costs an addition, through reflection several
// calls and an allocation. It is safe because an offset is only ever added to the
// address of a value of the type that it was taken from (readFields and
// writeFields are generic in T as reader and appender are), because a function
// converts an address only to a pointer to its own kind, which has the memory
// layout of every type of that kind, and because an address does not outlive the
// call it is passed to.

// address is where a record or a field is in memory.
type address = unsafe.Pointer

// addressOf returns where a record is.
func addressOf[T any](row *T) address { return address(row) }

// at returns where a field of a record is.
func (f *field) at(row address) address { return unsafe.Add(row, f.offset) }

// field is one column of a struct.
type field struct {
	name     string
	path     string // in the struct, e.g. "Address.Zip"
	offset   uintptr
	nullable bool
	parse    parseFunc  // for reading
	format   formatFunc // for writing
	textual  bool       // what format writes can need quotes
	skipped  bool       // for reading: it is not asked for, see Only
	early    bool       // for reading: conditions look at it
}

// parseFunc stores a text in the field at p. For nullable fields it is called
// only if there is a value.
type parseFunc func(p address, text string) error

// formatFunc appends the text of the field at p. For nullable fields it is called
// only if there is a value.
type formatFunc func(dst []byte, p address) ([]byte, error)

// structFields lists the columns of a struct type and their types. The struct is base
// bytes behind the beginning of the record; path leads to it, and is empty or ends with
// a dot.
func structFields(t reflect.Type, path string, base uintptr) ([]field, []reflect.Type) {
	var fields []field
	var types []reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("csv"), ",")
		if name == "-" || f.Name == "_" {
			continue
		}
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct && !scalar(f.Type) {
			nested, nestedTypes := structFields(f.Type, path+f.Name+".", base+f.Offset)
			fields, types = append(fields, nested...), append(types, nestedTypes...)
			continue
		}
		if !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields = append(fields, field{name: name, path: path + f.Name, offset: base + f.Offset})
		types = append(types, f.Type)
	}
	return fields, types
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	readsText    = reflect.TypeFor[encoding.TextUnmarshaler]()
	writesText   = reflect.TypeFor[encoding.TextMarshaler]()
)

// scalar reports whether a struct type is one value rather than several columns.
func scalar(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t == timeType || p.Implements(readsText) || p.Implements(writesText)
}

// readFields compiles the columns of T for reading.
func readFields[T any](c config) ([]field, error) {
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct || scalar(t) {
		return nil, fmt.Errorf("csv: cannot read into %s: it is no struct with a field for each column", t)
	}
	return compile(t, func(f *field, t reflect.Type) (err error) {
		if t.Kind() == reflect.Pointer {
			f.nullable = true
			elem := t.Elem()
			parse, err := parserOf(elem, c)
			f.parse = func(p address, text string) error {
				v := reflect.New(elem)
				*(*address)(p) = v.UnsafePointer()
				return parse(v.UnsafePointer(), text)
			}
			return err
		}
		f.parse, err = parserOf(t, c)
		return err
	})
}

// writeFields compiles the columns of T for writing. A T that is no struct is
// one column.
func writeFields[T any](c config) ([]field, error) {
	t := reflect.TypeFor[T]()
	add := func(f *field, t reflect.Type) (err error) {
		if t.Kind() == reflect.Pointer {
			f.nullable = true
			t = t.Elem()
			format, textual, err := formatterOf(t, c)
			f.textual = textual
			f.format = func(dst []byte, p address) ([]byte, error) { return format(dst, *(*address)(p)) }
			return err
		}
		f.format, f.textual, err = formatterOf(t, c)
		return err
	}
	if t.Kind() == reflect.Struct && !scalar(t) {
		return compile(t, add)
	}
	f := field{name: "value"}
	if err := add(&f, t); err != nil {
		return nil, fmt.Errorf("csv: cannot write %s: %w", t, err)
	}
	return []field{f}, nil
}

// compile lists the columns of a struct and adds what each of them needs.
func compile(t reflect.Type, add func(*field, reflect.Type) error) ([]field, error) {
	fields, types := structFields(t, "", 0)
	if len(fields) == 0 {
		return nil, fmt.Errorf("csv: %s has no exported field that could be a column", t)
	}
	for i := range fields {
		if err := add(&fields[i], types[i]); err != nil {
			return nil, fmt.Errorf("csv: field %s of %s: %w", fields[i].name, t, err)
		}
	}
	return fields, nil
}

// isNull reports whether a nullable field is nil.
func (f *field) isNull(row address) bool { return *(*address)(f.at(row)) == nil }

// as returns the field at p as the type that a function of one kind knows.
func as[V any](p address) *V { return (*V)(p) }

// asInterface returns the field at p as a pointer in an interface, through
// reflection, for methods.
func asInterface(t reflect.Type, p address) any { return reflect.NewAt(t, p).Interface() }

package types

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Field is a compiled reference to a part of T: an offset and a path. It is
// immutable and safe for concurrent use.
type Field[T, V any] struct {
	offset uintptr
	path   string
}

// FieldError says why a field reference cannot be compiled.
type FieldError struct {
	Type   string // of the value, e.g. "main.Order"
	Reason string
}

func (e *FieldError) Error() string { return "types: a field of " + e.Type + ": " + e.Reason }

// FieldOf compiles a field reference, a function that returns the address of a
// part of its argument:
//
//	types.FieldOf(func(w *Word) *string { return &w.Text })
//
// ref is called on probe values, once zero and once with pointers and slices
// filled in. The error is a *FieldError if ref panics on the zero value, returns
// nil, points outside of the value or to different parts of different values,
// or at memory that is no field of type V.
func FieldOf[T, V any](ref func(*T) *V) (Field[T, V], error) {
	offset, path, err := probe(ref)
	if err != nil {
		return Field[T, V]{}, err
	}
	return Field[T, V]{offset, path}, nil
}

// At returns the address of the field in row. It is inlined.
func (f Field[T, V]) At(row *T) *V { return (*V)(unsafe.Add(unsafe.Pointer(row), f.offset)) }

// Path returns the names that lead to the field, e.g. "User.Address.Zip"; an
// embedded struct is a step of its own. It is empty if V is T, the row itself.
func (f Field[T, V]) Path() string { return f.path }

// Offset returns the field's distance from the start of the row in memory.
func (f Field[T, V]) Offset() uintptr { return f.offset }

// probe calls ref on probe values and finds out what it refers to.
func probe[T, V any](ref func(*T) *V) (offset uintptr, path string, err error) {
	t, v := reflect.TypeFor[T](), reflect.TypeFor[V]()
	fail := func(format string, args ...any) (uintptr, string, error) {
		return 0, "", &FieldError{shortName(t.String()), fmt.Sprintf(format, args...)}
	}
	if ref == nil {
		return fail("the reference is nil")
	}
	offset, inside, problem := probeOnce(ref, new(T))
	switch {
	case problem != "":
		return fail("%s on a zero value; what lies behind a pointer or must be computed takes a func(T) V", problem)
	case !inside:
		return fail("the reference points outside of the value; what lies behind a pointer or must be computed takes a func(T) V")
	}
	filled := reflect.New(t)
	fill(filled.Elem(), 0)
	other, inside, problem := probeOnce(ref, (*T)(filled.UnsafePointer()))
	if problem == "" && (!inside || other != offset) {
		return fail("the reference points to different parts of different values; what must be computed takes a func(T) V")
	}
	path, ok := pathTo(t, offset, v)
	if !ok {
		return fail("there is no field of type %v at byte %d", v, offset)
	}
	return offset, path, nil
}

// probeOnce reports where in *row ref points to, and what went wrong.
func probeOnce[T, V any](ref func(*T) *V, row *T) (offset uintptr, inside bool, problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprintf("the reference panics (%v)", r)
		}
	}()
	at := ref(row)
	if at == nil {
		return 0, false, "the reference returns nil"
	}
	// Addresses below the row wrap around to large offsets.
	offset = uintptr(unsafe.Pointer(at)) - uintptr(unsafe.Pointer(row))
	size, part := unsafe.Sizeof(*row), unsafe.Sizeof(*at)
	return offset, offset <= size && part <= size-offset, ""
}

// pathTo names the part of type v at an offset into t. Parts can share an
// address (a struct and its first field): the outermost of the right type counts.
func pathTo(t reflect.Type, offset uintptr, v reflect.Type) (string, bool) {
	if t == v && offset == 0 {
		return "", true
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if offset < f.Offset || offset-f.Offset > f.Type.Size() {
				continue
			}
			if path, ok := pathTo(f.Type, offset-f.Offset, v); ok {
				return joinPath(f.Name, path), true
			}
		}
	case reflect.Array:
		size := t.Elem().Size()
		if size == 0 || t.Len() == 0 {
			return "", false
		}
		i := offset / size
		if path, ok := pathTo(t.Elem(), offset%size, v); ok && i < uintptr(t.Len()) {
			return joinPath(fmt.Sprintf("[%d]", i), path), true
		}
	}
	return "", false
}

func joinPath(step, rest string) string {
	if rest == "" || rest[0] == '[' {
		return step + rest
	}
	return step + "." + rest
}

// fill gives every pointer a pointee, every slice an element and every number
// the value 1, so that a reference meets a value unlike the zero value.
func fill(v reflect.Value, depth int) {
	if depth > 6 {
		return
	}
	if !v.CanSet() { // an unexported field; its memory is the probe's own
		v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Array:
		for i := range min(v.Len(), 8) {
			fill(v.Index(i), depth+1)
		}
	case reflect.Struct:
		if v.Type() == timeType {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString("1")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	}
}

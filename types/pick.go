package types

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Pick copies the fields of an O from those of an I that have the same names: what
// makes small records of large ones is written once, and needs neither a function nor
// reflection for a record. It is immutable and safe for concurrent use.
type Pick[I, O any] struct {
	fields []Picked
	moves  []move
}

// Picked is a field that is copied.
type Picked struct {
	From, To string // paths in I and O
}

// PickOf finds for every field of O the field of I with the same name and type, which
// may be promoted from an embedded struct. O must be a struct. The fields of structs
// that O embeds count as fields of O.
func PickOf[I, O any]() (*Pick[I, O], error) {
	from, to := reflect.TypeFor[I](), reflect.TypeFor[O]()
	if from.Kind() != reflect.Struct || to.Kind() != reflect.Struct {
		return nil, fmt.Errorf("types: fields of %v cannot be picked from %v: both must be structs", to, from)
	}
	p := &Pick[I, O]{}
	if err := p.find(from, to, to, "", 0); err != nil {
		return nil, err
	}
	if len(p.fields) == 0 {
		return nil, fmt.Errorf("types: %v has no field to pick", to)
	}
	return p, nil
}

// find adds the fields of a struct within whole, which is O. The struct is base bytes
// behind its beginning; path is empty or ends with a dot.
func (p *Pick[I, O]) find(from, whole, to reflect.Type, path string, base uintptr) error {
	for i := range to.NumField() {
		f := to.Field(i)
		if f.Name == "_" {
			continue
		}
		source, ok := from.FieldByName(f.Name)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && !(ok && source.Type == f.Type) {
			if err := p.find(from, whole, f.Type, path+f.Name+".", base+f.Offset); err != nil {
				return err
			}
			continue
		}
		switch {
		case !ok || f.PkgPath != source.PkgPath:
			return fmt.Errorf("types: %v has no field %s that %v could have", from, f.Name, whole)
		case source.Type != f.Type:
			return fmt.Errorf("types: the field %s is a %v in %v and a %v in %v", f.Name, source.Type, from, f.Type, whole)
		}
		at, name, err := follow(from, source.Index)
		if err != nil {
			return err
		}
		p.fields = append(p.fields, Picked{name, path + f.Name})
		p.moves = appendMoves(p.moves, f.Type, at, base+f.Offset)
	}
	return nil
}

// follow returns where the field of an index is, and its path.
func follow(t reflect.Type, index []int) (offset uintptr, path string, err error) {
	for _, i := range index {
		if t.Kind() != reflect.Struct {
			return 0, "", fmt.Errorf("types: a field that is promoted from behind the pointer %s cannot be picked", path)
		}
		f := t.Field(i)
		offset, path, t = offset+f.Offset, joinField(path, f.Name), f.Type
	}
	return offset, path, nil
}

func joinField(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// move copies a part of a value that has no parts of its own. What may be a pointer is
// copied as one, so that the garbage collector sees it.
type move struct {
	from, to uintptr
	layout   layout
	size     uintptr // of flat
}

// layout is how a part lies in memory.
type layout uint8

const (
	flat     layout = iota // bytes without pointers
	bytes8                 // 8 of them
	bytes4                 // 4 of them
	pointer                // a pointer, map, channel or function
	pointers               // an interface
	text                   // a string
	slice
)

// appendMoves adds what copies a value of a type.
func appendMoves(to []move, t reflect.Type, from, at uintptr) []move {
	switch t.Kind() {
	case reflect.Struct:
		if !hasPointers(t) {
			break
		}
		for i := range t.NumField() {
			f := t.Field(i)
			to = appendMoves(to, f.Type, from+f.Offset, at+f.Offset)
		}
		return to
	case reflect.Array:
		if !hasPointers(t) {
			break
		}
		for i := range t.Len() {
			n := uintptr(i) * t.Elem().Size()
			to = appendMoves(to, t.Elem(), from+n, at+n)
		}
		return to
	case reflect.String:
		return append(to, move{from, at, text, 0})
	case reflect.Slice:
		return append(to, move{from, at, slice, 0})
	case reflect.Interface:
		return append(to, move{from, at, pointers, 0})
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return append(to, move{from, at, pointer, 0})
	}
	switch t.Size() {
	case 0:
		return to
	case 8:
		return append(to, move{from, at, bytes8, 8})
	case 4:
		return append(to, move{from, at, bytes4, 4})
	}
	return append(to, move{from, at, flat, t.Size()})
}

// Fields returns the fields that are copied, in the order of O.
func (p *Pick[I, O]) Fields() []Picked { return p.fields }

// Copy fills the first rows of out, of which there must be as many as of in. Nothing
// else of out is written.
func (p *Pick[I, O]) Copy(out []O, in []I) {
	if len(in) == 0 {
		return
	}
	_ = out[len(in)-1]
	from, to := unsafe.Pointer(unsafe.SliceData(in)), unsafe.Pointer(unsafe.SliceData(out))
	copyMoves(p.moves, to, from, unsafe.Sizeof(out[0]), unsafe.Sizeof(in[0]), len(in))
}

// copyMoves copies one part of all rows after the other.
func copyMoves(moves []move, to, from unsafe.Pointer, toSize, fromSize uintptr, rows int) {
	for _, m := range moves {
		a, b := unsafe.Add(to, m.to), unsafe.Add(from, m.from)
		switch m.layout {
		case bytes8:
			copyParts[[8]byte](a, b, toSize, fromSize, rows)
		case bytes4:
			copyParts[[4]byte](a, b, toSize, fromSize, rows)
		case pointer:
			copyParts[unsafe.Pointer](a, b, toSize, fromSize, rows)
		case pointers:
			copyParts[[2]unsafe.Pointer](a, b, toSize, fromSize, rows)
		case text:
			copyParts[string](a, b, toSize, fromSize, rows)
		case slice:
			copyParts[[]byte](a, b, toSize, fromSize, rows)
		default:
			for range rows {
				copy(unsafe.Slice((*byte)(a), m.size), unsafe.Slice((*byte)(b), m.size))
				a, b = unsafe.Add(a, toSize), unsafe.Add(b, fromSize)
			}
		}
	}
}

func copyParts[V any](to, from unsafe.Pointer, toSize, fromSize uintptr, rows int) {
	for i := range uintptr(rows) {
		*(*V)(unsafe.Add(to, i*toSize)) = *(*V)(unsafe.Add(from, i*fromSize))
	}
}

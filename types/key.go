package types

import (
	"reflect"
	"unsafe"
)

// Key is a compiled key of T: a field reference or a computed key. It is
// immutable and safe for concurrent use, as far as a computed key's function is.
type Key[T, K any] struct {
	typ    *Type[K]
	offset uintptr
	path   string
	ref    func(*T) *K // opaque keys have ref or compute, others neither
	value  func(T) K
}

// KeyOf compiles a key from a field reference, as FieldOf does. Where the
// address lies outside of the value (behind a pointer, in a slice) or depends on
// it, the key is opaque: ref is called for every row and its panics are the
// caller's to recover. The error is an *UnsupportedError if K cannot be carried,
// and a *FieldError if ref panics or returns nil even with every pointer set.
func KeyOf[T, K any](ref func(*T) *K) (*Key[T, K], error) {
	typ, err := Of[K]()
	if err != nil {
		return nil, err
	}
	offset, path, err := probe(ref)
	if err == nil {
		return &Key[T, K]{typ: typ, offset: offset, path: path}, nil
	}
	if ref == nil {
		return nil, err
	}
	filled := reflect.New(reflect.TypeFor[T]())
	fill(filled.Elem(), 0)
	if _, _, problem := probeOnce(ref, (*T)(filled.UnsafePointer())); problem != "" {
		return nil, &FieldError{shortName(reflect.TypeFor[T]().String()), problem + "; a key that must be computed takes a func(T) K"}
	}
	return &Key[T, K]{typ: typ, ref: ref}, nil
}

// KeyFunc compiles a computed key. The error is an *UnsupportedError if K cannot
// be carried, and a *FieldError if f is nil.
func KeyFunc[T, K any](f func(T) K) (*Key[T, K], error) {
	typ, err := Of[K]()
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, &FieldError{shortName(reflect.TypeFor[T]().String()), "the key's function is nil"}
	}
	return &Key[T, K]{typ: typ, value: f}, nil
}

// Path returns the path of the field, "" for an opaque key and for the row itself.
func (k *Key[T, K]) Path() string { return k.path }

// Opaque reports whether the key is computed: a function per row, unknown to
// whoever reasons about fields.
func (k *Key[T, K]) Opaque() bool { return k.ref != nil || k.value != nil }

// Type returns the key's type.
func (k *Key[T, K]) Type() *Type[K] { return k.typ }

// Get returns the key of row.
func (k *Key[T, K]) Get(row *T) K {
	switch {
	case k.ref != nil:
		return *k.ref(row)
	case k.value != nil:
		return k.value(*row)
	}
	return *(*K)(unsafe.Add(unsafe.Pointer(row), k.offset))
}

// Gather sets keys[i] to the key of rows[i]. It panics if keys is shorter.
func (k *Key[T, K]) Gather(rows []T, keys []K) {
	keys = keys[:len(rows)]
	switch {
	case k.ref != nil:
		for i := range rows {
			keys[i] = *k.ref(&rows[i])
		}
	case k.value != nil:
		for i := range rows {
			keys[i] = k.value(rows[i])
		}
	default:
		offset := k.offset
		for i := range rows {
			keys[i] = *(*K)(unsafe.Add(unsafe.Pointer(&rows[i]), offset))
		}
	}
}

// Hash sets out[i] to the hash of the key of rows[i], which is Type().Hash of it.
// It panics if out is shorter.
func (k *Key[T, K]) Hash(rows []T, out []uint64) {
	out = out[:len(rows)]
	if len(rows) == 0 {
		return
	}
	if !k.Opaque() {
		k.typ.n.hashRows(unsafe.Add(unsafe.Pointer(&rows[0]), k.offset), unsafe.Sizeof(rows[0]), out)
		return
	}
	if k.typ.foreign { // its code may keep the key: each has memory of its own
		for i := range rows {
			key := k.Get(&rows[i])
			out[i] = k.typ.Hash(&key)
		}
		return
	}
	var keys [64]K
	for len(rows) > 0 {
		n := min(len(rows), len(keys))
		k.Gather(rows[:n], keys[:])
		k.typ.n.hashRows(noescape(unsafe.Pointer(&keys)), unsafe.Sizeof(keys[0]), out[:n])
		rows, out = rows[n:], out[n:]
	}
}

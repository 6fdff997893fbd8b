package parquet

import (
	"reflect"
	"unsafe"
)

// This file is the only one of the package that uses package unsafe: reaching a
// field through its offset costs an addition, through reflection several calls
// and an allocation. It is safe because an offset is only ever added to the
// address of a value of the type that it was taken from (the fields of a source
// or sink are those of its T, those behind a pointer those of its element),
// because a column converts an address only to a pointer to its own kind, which
// has the memory layout of every type of that kind, and because an address does
// not outlive the call it is passed to. A slice's header is read and written as that
// of a slice with elements of the same layout.

// address is where a record or a field is in memory.
type address = unsafe.Pointer

// addressOf returns where the first of the rows is; there must be one.
func addressOf[T any](rows []T) address { return address(unsafe.SliceData(rows)) }

// step goes on by a number of bytes.
func step(p address, offset uintptr) address { return unsafe.Add(p, offset) }

// as returns the field at p as the type that a column knows.
func as[V any](p address) *V { return (*V)(p) }

// sizeOf returns the distance of rows in memory.
func sizeOf[T any]() uintptr { return reflect.TypeFor[T]().Size() }

// textOf returns bytes as a string. They must not be changed any more.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns the bytes of a string, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// elements returns where the elements of the slice at p are, how many there are,
// and whether the slice is nil.
func elements(p address) (first address, n int, null bool) {
	b := *(*[]byte)(p)
	return address(unsafe.SliceData(b)), len(b), b == nil
}

// recast returns v, whose type is of V's kind, as a V.
func recast[V, W any](v W) V { return *(*V)(address(&v)) }

// slab hands out zeroed values of one type, many from one allocation.
type slab struct {
	typ  reflect.Type
	next address
	left int
}

// slabSize is how many values share an allocation.
const slabSize = 128

func (s *slab) take() address {
	if s.left == 0 {
		s.next = reflect.MakeSlice(reflect.SliceOf(s.typ), slabSize, slabSize).UnsafePointer()
		s.left = slabSize
	}
	p := s.next
	if s.left--; s.left > 0 {
		s.next = step(p, s.typ.Size())
	}
	return p
}

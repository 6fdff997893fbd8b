package types

import (
	"fmt"
	"reflect"
	"unsafe"
)

// What the floors above need of unsafe, and may not import themselves.

// View returns page as a slice of T, without a copy: a hash table over pages
// from outside the heap, for one. T must not hold pointers, the page must be
// aligned for T, and bytes behind the last whole T are left out. The slice is
// valid as long as the page is.
func View[T any](page []byte) ([]T, error) {
	var zero T
	t := reflect.TypeFor[T]()
	size := unsafe.Sizeof(zero)
	switch {
	case hasPointers(t):
		return nil, fmt.Errorf("types: bytes cannot be seen as %v: it holds pointers", t)
	case size == 0:
		return nil, fmt.Errorf("types: bytes cannot be seen as %v: it has no size", t)
	case len(page) < int(size):
		return nil, nil
	}
	p := unsafe.Pointer(unsafe.SliceData(page))
	if uintptr(p)%unsafe.Alignof(zero) != 0 {
		return nil, fmt.Errorf("types: bytes cannot be seen as %v: the page is not aligned to %d", t, unsafe.Alignof(zero))
	}
	return unsafe.Slice((*T)(p), len(page)/int(size)), nil
}

// StringOf returns b as a string, without a copy. The caller gives b away: it
// must not change as long as the string lives.
func StringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// BytesOf returns the bytes of s, without a copy. They must not be written to.
func BytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// SizeOf returns the bytes a T takes in memory, what it refers to aside.
func SizeOf[T any]() int {
	var zero T
	return int(unsafe.Sizeof(zero))
}

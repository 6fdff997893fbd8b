package types

import (
	"reflect"
	"unsafe"
)

// node is the compiled program of one Go type inside the program of a root
// type. Nodes form a graph; a cycle always passes a pointer, slice, map or sum.
// Invariant: a node is complete and immutable before Of returns.
type node struct {
	kind   Kind
	typ    reflect.Type
	size   uintptr // in memory
	schema *Schema
	elem   *node // of arrays, slices, pointers; the value of maps
	key    *node // of maps
	length int   // of arrays
	sum    *sumProgram
	codec  *codecProgram

	// leaves are the parts in order, nested structs flattened away; a type that
	// is not a struct is its own single leaf. No leaf is a struct.
	leaves []leaf

	// The fixed part as a scope of its own (a row, an element, a pointee):
	// nulls bytes of null bits, then slots bytes. width is at least 1, so that
	// the count of elements is bounded by the bytes they take.
	nulls, slots, width int
	cleared             bool // the scope must be zero before it is filled: not every bit is written

	// Bits of a scope's byte that belong to no part; decoding wants them zero.
	unused   byte
	unusedAt int

	fixed    bool // nothing in the variable part
	plain    bool // memory is the encoding
	bools    bool // holds a boolean by value, which decoding must check
	pointers bool // the Go value holds pointers
	exact    bool // Go's == agrees with equality here

	enc, dec []op
	eq       []op
}

// leaf is one part of a node at an offset in memory.
type leaf struct {
	off  uintptr
	load load
	n    *node
	path string // within the node: "Address.Zip"; empty for the node itself
}

// A load is how the numbers that are hashed and ordered by their memory are
// read; the other kinds take the long way.
type load uint8

const (
	loadOther load = iota
	loadU8
	loadI8
	loadU16
	loadI16
	loadU32
	loadI32
	load64 // unsigned
	loadI64
	loadString
)

func (n *node) loadOf() load {
	switch {
	case n.kind == Bool || n.kind == Uint8:
		return loadU8
	case n.kind == Int8:
		return loadI8
	case n.kind == Uint16:
		return loadU16
	case n.kind == Int16:
		return loadI16
	case n.kind == Uint32:
		return loadU32
	case n.kind == Int32:
		return loadI32
	case n.kind == Uint64 || n.kind == Uint && n.size == 8:
		return load64
	case n.kind == Int64 || n.kind == Duration || n.kind == Int && n.size == 8:
		return loadI64
	case n.kind == String:
		return loadString
	}
	return loadOther
}

// label names the node in errors.
func (n *node) label() string {
	if n.typ == nil {
		return n.kind.String()
	}
	return n.typ.String()
}

// sliceHeader is the memory of a slice. Assigning one through a pointer keeps
// the collector's write barrier, as Data is a pointer.
type sliceHeader struct {
	data unsafe.Pointer
	len  int
	cap  int
}

// bytesHeader is the memory of a string, and the front of that of a slice of
// bytes: enough to read either.
type bytesHeader struct {
	data unsafe.Pointer
	len  int
}

// eface is the memory of an empty interface: the type's descriptor and either
// the value (pointer-shaped types) or a pointer to it.
type eface struct {
	typ  unsafe.Pointer
	data unsafe.Pointer
}

// typeWord returns the descriptor that an interface holding a t carries.
func typeWord(t reflect.Type) unsafe.Pointer {
	zero := reflect.Zero(t).Interface()
	return (*eface)(unsafe.Pointer(&zero)).typ
}

// zeroBase is what empty, non-nil slices point to.
var zeroBase uint64

// newArray returns zeroed memory for count values of n, in a span the
// collector scans only if n holds pointers.
func (n *node) newArray(count int) unsafe.Pointer {
	bytes := uintptr(count) * n.size
	switch {
	case bytes == 0:
		return unsafe.Pointer(&zeroBase)
	case !n.pointers: // eight-byte words: the largest alignment Go asks for
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, (bytes+7)/8)))
	case n.kind == String:
		return unsafe.Pointer(unsafe.SliceData(make([]string, count)))
	case n.kind == Pointer:
		return unsafe.Pointer(unsafe.SliceData(make([]unsafe.Pointer, count)))
	}
	return reflect.MakeSlice(reflect.SliceOf(n.typ), count, count).UnsafePointer()
}

// newValue returns zeroed memory for one value of n.
func (n *node) newValue() unsafe.Pointer {
	if !n.pointers && n.size == 8 {
		return unsafe.Pointer(new(uint64))
	}
	return reflect.New(n.typ).UnsafePointer()
}

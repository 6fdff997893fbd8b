package types

import (
	"reflect"
	"sync"
	"unsafe"
)

// Type is the compiled description of T. It is made once per type, immutable,
// and safe for concurrent use.
//
// Methods that take one row do not let it escape; rows of types with a codec of
// their own (BinaryMarshaler, RegisterCodec) are copied to the heap first.
// Methods that read rows panic with a *ValueError where a value cannot be
// carried.
type Type[T any] struct {
	n       *node
	foreign bool // code of strangers sees the row
}

var cache sync.Map // reflect.Type of T → *Type[T]

// Of returns the compiled description of T. The error is an *UnsupportedError
// that names the path to what cannot be carried, and is found in time
// proportional to the type.
func Of[T any]() (*Type[T], error) {
	t := reflect.TypeFor[T]()
	if known, ok := cache.Load(t); ok {
		return known.(*Type[T]), nil
	}
	c := compiler{nodes: map[reflect.Type]*node{}, home: map[string]bool{}}
	c.addHome(t)
	root := t.Name()
	if root == "" {
		root = t.String()
	}
	n, err := c.compile(t, shortName(root))
	if err != nil {
		return nil, err
	}
	known, _ := cache.LoadOrStore(t, &Type[T]{n, c.foreign})
	return known.(*Type[T]), nil
}

// Schema returns the structure of T.
func (t *Type[T]) Schema() *Schema { return t.n.schema }

// Fixed returns the bytes of an encoded row if all rows have the same, else 0.
func (t *Type[T]) Fixed() int {
	if t.n.fixed {
		return t.n.width
	}
	return 0
}

// Plain reports whether rows look in memory as they do encoded, with no bytes between
// their parts: what Append has made can be seen by [View].
func (t *Type[T]) Plain() bool { return t.n.plain }

// HasPointers reports whether the Go value T holds pointers (strings, slices,
// maps, times…), so that the collector looks at it.
func (t *Type[T]) HasPointers() bool { return t.n.pointers }

// Exact reports whether Go's == on T agrees with Equal: there is no float,
// pointer, time, slice, map, interface or coded value inside.
func (t *Type[T]) Exact() bool { return t.n.exact }

// Append appends the encoding of one row to dst.
func (t *Type[T]) Append(dst []byte, row *T) []byte { return t.n.appendRow(dst, t.in(row)) }

// Decode sets *row from the row at the front of src and returns the bytes it
// took. Strings and byte slices in *row alias src: the caller gives it away, or
// calls Detach. Each other part gets memory of its own. The error is a
// *DecodeError; *row holds an unspecified mixture then.
func (t *Type[T]) Decode(src []byte, row *T) (n int, err error) {
	if !t.foreign {
		return t.n.decodeRow(src, noescape(unsafe.Pointer(row)))
	}
	fresh := new(T)
	n, err = t.n.decodeRow(src, unsafe.Pointer(fresh))
	*row = *fresh
	return n, err
}

// RowLen returns the bytes of the row at the front of src, so that a reader can
// skip it. It checks that they are there, not what they hold.
func (t *Type[T]) RowLen(src []byte) (int, error) { return t.n.rowLen(src) }

// AppendRows appends the encodings of rows one after the other: what Append
// would write for each. Rows that look in memory as they do encoded are copied
// in one piece.
func (t *Type[T]) AppendRows(dst []byte, rows []T) []byte {
	return t.n.appendRows(dst, unsafe.Pointer(unsafe.SliceData(rows)), len(rows))
}

// DecodeRows decodes exactly len(rows) rows from the front of src and returns the
// bytes they took; aliasing and errors are Decode's.
func (t *Type[T]) DecodeRows(src []byte, rows []T) (n int, err error) {
	return t.n.decodeRows(src, unsafe.Pointer(unsafe.SliceData(rows)), len(rows))
}

// Hash returns a 64-bit hash of the row: the same in every process and release,
// and for all rows that are Equal. All its bits are good.
func (t *Type[T]) Hash(row *T) uint64 { return t.n.hash(t.in(row), 0) }

// HashRows sets out[i] to the hash of rows[i]. It panics if out is shorter.
func (t *Type[T]) HashRows(rows []T, out []uint64) {
	var row T
	t.n.hashRows(unsafe.Pointer(unsafe.SliceData(rows)), unsafe.Sizeof(row), out[:len(rows)])
}

// Equal reports whether two rows are equal in value: NaN equals NaN and -0 +0,
// times that are the same instant are equal, pointers are equal if both are nil
// or what they point to is equal, slices and maps by content, nil or empty
// alike; coded values by their bytes.
func (t *Type[T]) Equal(a, b *T) bool { return t.n.equal(t.in(a), t.in(b), 0) }

// Compare returns the sign of the order of two rows, zero exactly if they are
// Equal. Fields decide in their order; nil pointers and sums come first, NaN
// last, shorter slices before longer ones they begin. Sums are ordered by
// variant, then value; maps by their sorted entries; coded values by their bytes.
func (t *Type[T]) Compare(a, b *T) int { return t.n.compare(t.in(a), t.in(b), 0) }

// AppendKey appends bytes that sort as the rows do: the sign of bytes.Compare of
// two keys is that of Compare. No key is the front of another one, so keys of
// several types may follow each other.
func (t *Type[T]) AppendKey(dst []byte, row *T) []byte { return t.n.appendKey(dst, t.in(row), 0) }

// KeyPrefix returns the first eight bytes of the row's key as a big endian
// number, zeros behind a shorter key. Rows with different prefixes are ordered as
// those are; equal ones need Compare, unless PrefixDecides.
func (t *Type[T]) KeyPrefix(row *T) uint64 { return t.n.keyPrefix(t.in(row)) }

// KeyPrefixRows sets out[i] to the prefix of rows[i]. It panics if out is shorter.
func (t *Type[T]) KeyPrefixRows(rows []T, out []uint64) {
	out = out[:len(rows)]
	for i := range rows {
		out[i] = t.n.keyPrefix(unsafe.Pointer(&rows[i]))
	}
}

// PrefixDecides reports whether rows with the same KeyPrefix are always Equal:
// the keys of T have one length, of at most eight bytes.
func (t *Type[T]) PrefixDecides() bool {
	width, same := t.n.keyWidth()
	return same && width <= 8
}

// Detach replaces all that the row refers to by copies, so that it shares no
// memory with any buffer or other row: strings and bytes go to the arena, the
// rest to the heap, counted by the arena. A nil arena gives each its own memory.
func (t *Type[T]) Detach(row *T, arena *Arena) {
	if !t.n.pointers {
		return
	}
	if !t.foreign {
		t.n.detach(noescape(unsafe.Pointer(row)), arena, 0)
		return
	}
	fresh := new(T)
	*fresh = *row
	t.n.detach(unsafe.Pointer(fresh), arena, 0)
	*row = *fresh
}

// in returns the address under which programs read the row. Programs without
// foreign code keep no address, so the row may stay on the caller's stack.
func (t *Type[T]) in(row *T) unsafe.Pointer {
	if !t.foreign {
		return noescape(unsafe.Pointer(row))
	}
	fresh := new(T)
	*fresh = *row
	return unsafe.Pointer(fresh)
}

// noescape hides p from escape analysis. The callee must not keep p. No call may
// stand between the two lines, not even one that checks pointers under the race
// detector: the stack might move, and x with p's old address would not.
//
//go:nosplit
//go:nocheckptr
func noescape(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return *(*unsafe.Pointer)(unsafe.Pointer(&x))
}

package types

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"
)

// A row is a fixed part and, if its type has parts of varying size, a total
// length before it and a variable part behind it. Numbers are little endian and
// packed without gaps.
//
//	fixed types:      | scope |
//	others:           | total uint32 | scope | variable part |        total counts itself
//
//	scope:            | null bits, ⌈nullable parts/8⌉ bytes | slot | slot | … |
//
// Parts are in the order of the fields with nested structs flattened into
// their parent. A null bit is set where a pointer or a sum is nil, and its slot
// is zero then; bits without a part are zero. A scope without any byte is one
// zero byte.
//
//	part                          slot
//	bool, numbers, durations      1, 2, 4 or 8 bytes (int and uint 8, complex two floats)
//	time                          16 bytes, see time.go
//	string, bytes, marshalled     offset uint32, bytes uint32
//	slice                         offset uint32, elements uint32
//	map                           offset uint32, entries uint32
//	array                         its elements, each a scope
//	pointer to a number or time   the pointee
//	other pointer, sum            offset uint32, bytes uint32
//
// Offsets count from the row's first byte, and are 0 for nil bytes, slices and
// maps. The blocks they point to stand in the order of the slots, each followed
// by the blocks that its own slots point to:
//
//	string, bytes, marshalled     | bytes |
//	slice                         | scope | scope | … |
//	map                           | key scope, value scope | … |      in the order of the keys
//	pointer                       | scope |
//	sum                           | variant uint16 | scope |

// appendRow appends the row of the value at p.
func (n *node) appendRow(dst []byte, p unsafe.Pointer) []byte {
	if n.plain {
		return append(dst, unsafe.Slice((*byte)(p), n.size)...)
	}
	row := len(dst)
	if n.fixed {
		dst = extend(dst, n.width, n.cleared)
		return n.append(dst, row, row, p, 0)
	}
	dst = extend(dst, 4+n.width, n.cleared)
	dst = n.append(dst, row, row+4, p, 0)
	total := len(dst) - row
	if uint64(total) > math.MaxUint32 {
		panic(&ValueError{Path: n.label(), Reason: "the encoded row exceeds 4 GiB"})
	}
	binary.LittleEndian.PutUint32(dst[row:], uint32(total))
	return dst
}

// extend makes room for count bytes, which are not zero unless asked for.
func extend(dst []byte, count int, zeroed bool) []byte {
	n := len(dst)
	if cap(dst)-n < count {
		dst = slices.Grow(dst, count)
	}
	dst = dst[:n+count]
	if zeroed {
		clear(dst[n:])
	}
	return dst
}

func putSlot(dst []byte, offset, length int) {
	binary.LittleEndian.PutUint64(dst, uint64(uint32(offset))|uint64(length)<<32)
}

// append fills the scope at dst[at:] of the row that starts at dst[row], and
// appends the blocks of its slots.
func (n *node) append(dst []byte, row, at int, p unsafe.Pointer, depth int) []byte {
	for i := range n.enc {
		o := &n.enc[i]
		q := unsafe.Add(p, o.off)
		slot := at + o.slot
		switch o.code {
		case op8:
			binary.LittleEndian.PutUint64(dst[slot:], *(*uint64)(q))
		case opString:
			s := *(*string)(q)
			putSlot(dst[slot:], len(dst)-row, len(s))
			dst = append(dst, s...)
		case op4:
			binary.LittleEndian.PutUint32(dst[slot:], *(*uint32)(q))
		case op2:
			binary.LittleEndian.PutUint16(dst[slot:], *(*uint16)(q))
		case op1:
			dst[slot] = *(*byte)(q)
		case opCopy, opBools:
			copy(dst[slot:slot+o.size], unsafe.Slice((*byte)(q), o.size))
		case opInt:
			binary.LittleEndian.PutUint64(dst[slot:], uint64(*(*int)(q)))
		case opUint:
			binary.LittleEndian.PutUint64(dst[slot:], uint64(*(*uint)(q)))
		case opTime:
			putTime(dst[slot:slot+16], q)
		case opArray:
			elem := o.n.elem
			for k := range o.n.length {
				dst = elem.append(dst, row, slot+k*elem.width, unsafe.Add(q, uintptr(k)*elem.size), depth)
			}
		case opBytes:
			b := *(*[]byte)(q)
			if b == nil {
				putSlot(dst[slot:], 0, 0)
				continue
			}
			putSlot(dst[slot:], len(dst)-row, len(b))
			dst = append(dst, b...)
		case opInline:
			if pointee := *(*unsafe.Pointer)(q); pointee != nil {
				dst = o.n.elem.append(dst, row, slot, pointee, depth)
			} else {
				dst[at+o.null] |= o.mask
			}
		case opSlice:
			dst = o.n.appendSlice(dst, row, slot, q, depth+1)
		case opBinary:
			start := len(dst)
			dst = o.n.appendCoded(dst, q)
			putSlot(dst[slot:], start-row, len(dst)-start)
		case opPointer:
			pointee := *(*unsafe.Pointer)(q)
			if pointee == nil {
				dst[at+o.null] |= o.mask
				continue
			}
			dst = o.n.elem.appendBlock(dst, row, slot, len(dst), pointee, depth+1)
		case opSum:
			tag, value := o.n.sum.open(o.n, q)
			if tag < 0 {
				dst[at+o.null] |= o.mask
				continue
			}
			start := len(dst)
			dst = binary.LittleEndian.AppendUint16(dst, uint16(tag))
			dst = o.n.sum.variants[tag].n.appendBlock(dst, row, slot, start, value, depth+1)
		case opMap:
			dst = o.n.appendMap(dst, row, slot, q, depth+1)
		}
	}
	return dst
}

// appendBlock appends one scope with its own blocks, and fills the slot that
// points to them. The block starts at `start`.
func (n *node) appendBlock(dst []byte, row, slot, start int, p unsafe.Pointer, depth int) []byte {
	if depth > MaxDepth {
		tooDeep(n)
	}
	at := len(dst)
	dst = extend(dst, n.width, n.cleared)
	dst = n.append(dst, row, at, p, depth)
	putSlot(dst[slot:], start-row, len(dst)-start)
	return dst
}

func (n *node) appendSlice(dst []byte, row, slot int, q unsafe.Pointer, depth int) []byte {
	s := (*sliceHeader)(q)
	if s.data == nil {
		putSlot(dst[slot:], 0, 0)
		return dst
	}
	if depth > MaxDepth {
		tooDeep(n)
	}
	putSlot(dst[slot:], len(dst)-row, s.len)
	elem := n.elem
	if elem.plain {
		return append(dst, unsafe.Slice((*byte)(s.data), uintptr(s.len)*elem.size)...)
	}
	at := len(dst)
	dst = extend(dst, s.len*elem.width, elem.cleared)
	for i := range s.len {
		dst = elem.append(dst, row, at+i*elem.width, unsafe.Add(s.data, uintptr(i)*elem.size), depth)
	}
	return dst
}

func (n *node) appendMap(dst []byte, row, slot int, q unsafe.Pointer, depth int) []byte {
	if *(*unsafe.Pointer)(q) == nil {
		putSlot(dst[slot:], 0, 0)
		return dst
	}
	if depth > MaxDepth {
		tooDeep(n)
	}
	e := n.sorted(q, depth)
	at := len(dst)
	putSlot(dst[slot:], at-row, len(e.order))
	stride := n.key.width + n.elem.width
	dst = extend(dst, len(e.order)*stride, true)
	for i, k := range e.order {
		dst = n.key.append(dst, row, at+i*stride, e.at(n.key, k), depth)
		dst = n.elem.append(dst, row, at+i*stride+n.key.width, e.valueAt(n.elem, k), depth)
	}
	return dst
}

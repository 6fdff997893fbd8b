package types

import (
	"bytes"
	"encoding/binary"
	"math"
	"unsafe"
)

// Key bytes sort as values do (bytes.Compare), and no key is the front of
// another, so keys may be strung together.
//
//	bool                     0 or 1
//	unsigned integers        big endian, in their width (uint 8)
//	signed, durations        the same with the sign bit turned
//	floats                   IEEE bits: negative ones all turned, others the sign bit;
//	                         -0 as +0, every NaN as the highest
//	complex                  real, imaginary
//	time                     seconds since 1970 as int64, nanoseconds as uint32
//	string, bytes, coded     the bytes with 00 as 00 ff, then 00 00
//	pointer                  0, or 1 and the pointee
//	sum                      0, or 1, the variant as uint16 and the value
//	array, struct            the parts
//	slice, map               each element (key, value) after a 1, then 0

func orderedFloat64(f float64) uint64 {
	switch b := math.Float64bits(f); {
	case f != f:
		return math.MaxUint64
	case f == 0:
		return 1 << 63
	case b>>63 != 0:
		return ^b
	default:
		return b | 1<<63
	}
}

func orderedFloat32(f float32) uint32 {
	switch b := math.Float32bits(f); {
	case f != f:
		return math.MaxUint32
	case f == 0:
		return 1 << 31
	case b>>31 != 0:
		return ^b
	default:
		return b | 1<<31
	}
}

// number returns the key of a scalar, which fills the low `width` bytes, and is
// not called for complex numbers.
func (n *node) number(p unsafe.Pointer) (bits uint64, width int) {
	switch n.kind {
	case Bool, Uint8:
		return uint64(*(*uint8)(p)), 1
	case Int8:
		return uint64(*(*uint8)(p) ^ 1<<7), 1
	case Int16:
		return uint64(*(*uint16)(p) ^ 1<<15), 2
	case Uint16:
		return uint64(*(*uint16)(p)), 2
	case Int32:
		return uint64(*(*uint32)(p) ^ 1<<31), 4
	case Uint32:
		return uint64(*(*uint32)(p)), 4
	case Float32:
		return uint64(orderedFloat32(*(*float32)(p))), 4
	case Float64:
		return orderedFloat64(*(*float64)(p)), 8
	case Uint, Uint64:
		return n.word(p), 8
	}
	return n.word(p) ^ 1<<63, 8
}

func appendNumber(dst []byte, bits uint64, width int) []byte {
	switch width {
	case 8:
		return binary.BigEndian.AppendUint64(dst, bits)
	case 4:
		return binary.BigEndian.AppendUint32(dst, uint32(bits))
	case 2:
		return binary.BigEndian.AppendUint16(dst, uint16(bits))
	}
	return append(dst, byte(bits))
}

func appendEscaped(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, 0)
		if i < 0 {
			break
		}
		dst = append(dst, b[:i]...)
		dst = append(dst, 0, 0xff)
		b = b[i+1:]
	}
	dst = append(dst, b...)
	return append(dst, 0, 0)
}

// appendKey appends the key bytes of the value at p.
func (n *node) appendKey(dst []byte, p unsafe.Pointer, depth int) []byte {
	for i := range n.leaves {
		l := &n.leaves[i]
		q := unsafe.Add(p, l.off)
		switch l.load {
		case loadI64:
			dst = binary.BigEndian.AppendUint64(dst, *(*uint64)(q)^1<<63)
		case load64:
			dst = binary.BigEndian.AppendUint64(dst, *(*uint64)(q))
		case loadI32:
			dst = binary.BigEndian.AppendUint32(dst, *(*uint32)(q)^1<<31)
		case loadU32:
			dst = binary.BigEndian.AppendUint32(dst, *(*uint32)(q))
		case loadString:
			s := (*bytesHeader)(q)
			dst = appendEscaped(dst, unsafe.Slice((*byte)(s.data), s.len))
		default:
			dst = l.n.appendLeafKey(dst, q, depth)
		}
	}
	return dst
}

func (n *node) appendLeafKey(dst []byte, p unsafe.Pointer, depth int) []byte {
	switch n.kind {
	case Complex64:
		c := *(*complex64)(p)
		dst = binary.BigEndian.AppendUint32(dst, orderedFloat32(real(c)))
		return binary.BigEndian.AppendUint32(dst, orderedFloat32(imag(c)))
	case Complex128:
		c := *(*complex128)(p)
		dst = binary.BigEndian.AppendUint64(dst, orderedFloat64(real(c)))
		return binary.BigEndian.AppendUint64(dst, orderedFloat64(imag(c)))
	case Time:
		sec, nsec := instant(p)
		dst = binary.BigEndian.AppendUint64(dst, uint64(sec)^1<<63)
		return binary.BigEndian.AppendUint32(dst, uint32(nsec))
	case String, Bytes:
		s := (*bytesHeader)(p)
		return appendEscaped(dst, unsafe.Slice((*byte)(s.data), s.len))
	}
	if n.kind.scalar() {
		bits, width := n.number(p)
		return appendNumber(dst, bits, width)
	}
	if depth > MaxDepth {
		tooDeep(n)
	}
	switch n.kind {
	case Array:
		for i := range n.length {
			dst = n.elem.appendKey(dst, unsafe.Add(p, uintptr(i)*n.elem.size), depth)
		}
	case Slice:
		s := (*sliceHeader)(p)
		for i := range s.len {
			dst = n.elem.appendKey(append(dst, 1), unsafe.Add(s.data, uintptr(i)*n.elem.size), depth+1)
		}
		dst = append(dst, 0)
	case Pointer:
		pointee := *(*unsafe.Pointer)(p)
		if pointee == nil {
			return append(dst, 0)
		}
		dst = n.elem.appendKey(append(dst, 1), pointee, depth+1)
	case Sum:
		tag, at := n.sum.open(n, p)
		if tag < 0 {
			return append(dst, 0)
		}
		dst = binary.BigEndian.AppendUint16(append(dst, 1), uint16(tag))
		dst = n.sum.variants[tag].n.appendKey(dst, at, depth+1)
	case Map:
		e := n.sorted(p, depth+1)
		for _, k := range e.order {
			dst = n.key.appendKey(append(dst, 1), e.at(n.key, k), depth+1)
			dst = n.elem.appendKey(dst, e.valueAt(n.elem, k), depth+1)
		}
		dst = append(dst, 0)
	case Binary, External:
		n.withCoded(p, func(coded []byte) { dst = appendEscaped(dst, coded) })
	}
	return dst
}

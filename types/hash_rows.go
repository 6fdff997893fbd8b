package types

import (
	"math"
	"unsafe"
)

// canonical64 returns the bits of f with one zero and one NaN.
func canonical64(f float64) uint64 {
	if f == 0 {
		return 0
	}
	if f != f {
		return 0x7ff8000000000001
	}
	return math.Float64bits(f)
}

// word returns what the value of a scalar kind adds to a hash: integers by
// value whatever their width, floats as float64.
func (n *node) word(p unsafe.Pointer) uint64 {
	switch n.kind {
	case Bool, Uint8:
		return uint64(*(*uint8)(p))
	case Int8:
		return uint64(*(*int8)(p))
	case Int16:
		return uint64(*(*int16)(p))
	case Int32:
		return uint64(*(*int32)(p))
	case Int64, Duration:
		return uint64(*(*int64)(p))
	case Int:
		return uint64(*(*int)(p))
	case Uint16:
		return uint64(*(*uint16)(p))
	case Uint32:
		return uint64(*(*uint32)(p))
	case Uint64:
		return *(*uint64)(p)
	case Uint:
		return uint64(*(*uint)(p))
	case Float32:
		return canonical64(float64(*(*float32)(p)))
	case Float64:
		return canonical64(*(*float64)(p))
	}
	return n.hash(p, 0)
}

// hash returns the hash of the value at p. A scalar is HashUint64 of its word; a
// sequence (struct, array, slice) folds the words and hashes of its parts; a
// pointer hashes as its pointee; a map adds up its entries, in no order.
func (n *node) hash(p unsafe.Pointer, depth int) uint64 {
	switch n.kind {
	case Struct:
		return n.hashStruct(p, depth)
	case String, Bytes:
		s := (*bytesHeader)(p)
		return hashBytes(s.data, s.len)
	case Complex64:
		c := *(*complex64)(p)
		return finish(next(next(hashStart, canonical64(float64(real(c)))), canonical64(float64(imag(c)))), 2)
	case Complex128:
		c := *(*complex128)(p)
		return finish(next(next(hashStart, canonical64(real(c))), canonical64(imag(c))), 2)
	case Time:
		sec, nsec := instant(p)
		return finish(next(next(hashStart, uint64(sec)), uint64(nsec)), 2)
	case Array:
		if n.elem.kind == Uint8 {
			return hashBytes(p, n.length)
		}
		return n.elem.hashElements(p, n.length, depth)
	case Slice:
		s := (*sliceHeader)(p)
		return n.elem.hashElements(s.data, s.len, depth+1)
	case Pointer:
		pointee := *(*unsafe.Pointer)(p)
		if pointee == nil {
			return hashNil
		}
		if depth > MaxDepth {
			tooDeep(n)
		}
		return n.elem.hash(pointee, depth+1)
	case Sum:
		tag, at := n.sum.open(n, p)
		if tag < 0 {
			return hashNil
		}
		if depth > MaxDepth {
			tooDeep(n)
		}
		return finish(next(next(hashStart, uint64(tag)), n.sum.variants[tag].n.part(at, depth+1)), 2)
	case Map:
		return n.hashMap(p, depth+1)
	case Binary, External:
		var h uint64
		n.withCoded(p, func(coded []byte) { h = HashBytes(coded) })
		return h
	}
	return HashUint64(n.word(p))
}

func (n *node) hashStruct(p unsafe.Pointer, depth int) uint64 {
	h := uint64(hashStart)
	for i := range n.leaves {
		l := &n.leaves[i]
		q := unsafe.Add(p, l.off)
		var x uint64
		switch l.load {
		case load64, loadI64:
			x = *(*uint64)(q)
		case loadString:
			s := (*bytesHeader)(q)
			x = hashBytes(s.data, s.len)
		case loadU32:
			x = uint64(*(*uint32)(q))
		case loadI32:
			x = uint64(*(*int32)(q))
		case loadU8:
			x = uint64(*(*uint8)(q))
		default:
			x = l.n.part(q, depth)
		}
		h = next(h, x)
	}
	return finish(h, len(n.leaves))
}

// part returns what one part adds to the hash of a sequence.
func (n *node) part(p unsafe.Pointer, depth int) uint64 {
	if n.kind.scalar() && n.kind != Complex64 && n.kind != Complex128 {
		return n.word(p)
	}
	return n.hash(p, depth)
}

func (n *node) hashElements(p unsafe.Pointer, count, depth int) uint64 {
	if depth > MaxDepth && count > 0 {
		tooDeep(n)
	}
	h := uint64(hashStart)
	for i := range count {
		h = next(h, n.part(unsafe.Add(p, uintptr(i)*n.size), depth))
	}
	return finish(h, count)
}

func (n *node) hashMap(p unsafe.Pointer, depth int) uint64 {
	sum, count := uint64(0), 0
	n.each(p, func(key, value unsafe.Pointer) {
		if depth > MaxDepth {
			tooDeep(n)
		}
		sum += finish(next(next(hashStart, n.key.part(key, depth)), n.elem.part(value, depth)), 2)
		count++
	})
	return finish(next(hashStart, sum), count)
}

// hashRows hashes len(out) values that stand stride bytes apart from p on.
//
// Addresses are computed from the index: a pointer stepped past the last value
// could point into memory that is free, which the collector treats as a bug.
func (n *node) hashRows(p unsafe.Pointer, stride uintptr, out []uint64) {
	switch {
	case n.kind == String || n.kind == Bytes:
		for i := range out {
			s := (*bytesHeader)(unsafe.Add(p, uintptr(i)*stride))
			out[i] = hashBytes(s.data, s.len)
		}
	case n.kind == Struct:
		for i := range out {
			out[i] = n.hashStruct(unsafe.Add(p, uintptr(i)*stride), 0)
		}
	case !n.kind.scalar() || n.kind == Complex64 || n.kind == Complex128:
		for i := range out {
			out[i] = n.hash(unsafe.Add(p, uintptr(i)*stride), 0)
		}
	case n.kind >= Float32 && n.kind <= Float64:
		for i := range out {
			out[i] = HashUint64(n.word(unsafe.Add(p, uintptr(i)*stride)))
		}
	default:
		signed := n.kind >= Int && n.kind <= Int64 || n.kind == Duration
		switch {
		case n.size == 8:
			hashNumbers[uint64](p, stride, out)
		case n.size == 4 && signed:
			hashNumbers[int32](p, stride, out)
		case n.size == 4:
			hashNumbers[uint32](p, stride, out)
		case n.size == 2 && signed:
			hashNumbers[int16](p, stride, out)
		case n.size == 2:
			hashNumbers[uint16](p, stride, out)
		case signed:
			hashNumbers[int8](p, stride, out)
		default:
			hashNumbers[uint8](p, stride, out)
		}
	}
}

func hashNumbers[N uint64 | int32 | uint32 | int16 | uint16 | int8 | uint8](p unsafe.Pointer, stride uintptr, out []uint64) {
	for i := range out {
		out[i] = HashUint64(uint64(*(*N)(unsafe.Add(p, uintptr(i)*stride))))
	}
}

package types

import (
	"bytes"
	"cmp"
	"strings"
	"unsafe"
)

// compare orders the values at a and b, part by part. nil comes first, false
// before true, NaN after every other float, -0 is +0; times by instant; sequences
// like words in a dictionary, maps as their sorted entries, sums by variant
// first, coded values by their bytes.
func (n *node) compare(a, b unsafe.Pointer, depth int) int {
	for i := range n.leaves {
		l := &n.leaves[i]
		if c := l.n.compareLeaf(unsafe.Add(a, l.off), unsafe.Add(b, l.off), depth); c != 0 {
			return c
		}
	}
	return 0
}

func compareAs[V cmp.Ordered](x, y unsafe.Pointer) int { return cmp.Compare(*(*V)(x), *(*V)(y)) }

// compareFloats is cmp.Compare with NaN last.
func compareFloats(f, g float64) int {
	switch {
	case f < g:
		return -1
	case f > g:
		return 1
	case f == g:
		return 0
	case f == f: // so g is NaN
		return -1
	case g == g:
		return 1
	}
	return 0
}

func (n *node) compareLeaf(x, y unsafe.Pointer, depth int) int {
	switch n.kind {
	case Bool, Uint8:
		return compareAs[uint8](x, y)
	case Int:
		return compareAs[int](x, y)
	case Int8:
		return compareAs[int8](x, y)
	case Int16:
		return compareAs[int16](x, y)
	case Int32:
		return compareAs[int32](x, y)
	case Int64, Duration:
		return compareAs[int64](x, y)
	case Uint:
		return compareAs[uint](x, y)
	case Uint16:
		return compareAs[uint16](x, y)
	case Uint32:
		return compareAs[uint32](x, y)
	case Uint64:
		return compareAs[uint64](x, y)
	case Float32:
		return compareFloats(float64(*(*float32)(x)), float64(*(*float32)(y)))
	case Float64:
		return compareFloats(*(*float64)(x), *(*float64)(y))
	case Complex64:
		return compareComplex(complex128(*(*complex64)(x)), complex128(*(*complex64)(y)))
	case Complex128:
		return compareComplex(*(*complex128)(x), *(*complex128)(y))
	case Time:
		s, i := instant(x)
		t, j := instant(y)
		return cmp.Or(cmp.Compare(s, t), cmp.Compare(i, j))
	case String:
		return strings.Compare(*(*string)(x), *(*string)(y))
	case Bytes:
		return bytes.Compare(*(*[]byte)(x), *(*[]byte)(y))
	}
	return n.compareNested(x, y, depth)
}

func compareComplex(x, y complex128) int {
	return cmp.Or(compareFloats(real(x), real(y)), compareFloats(imag(x), imag(y)))
}

func (n *node) compareNested(x, y unsafe.Pointer, depth int) int {
	if depth > MaxDepth {
		tooDeep(n)
	}
	switch n.kind {
	case Array:
		return n.elem.compareElements(x, y, n.length, depth)
	case Slice:
		s, t := (*sliceHeader)(x), (*sliceHeader)(y)
		if c := n.elem.compareElements(s.data, t.data, min(s.len, t.len), depth+1); c != 0 {
			return c
		}
		return cmp.Compare(s.len, t.len)
	case Pointer:
		s, t := *(*unsafe.Pointer)(x), *(*unsafe.Pointer)(y)
		if s == nil || t == nil {
			return nilFirst(s == nil, t == nil)
		}
		return n.elem.compare(s, t, depth+1)
	case Sum:
		i, s := n.sum.open(n, x)
		j, t := n.sum.open(n, y)
		if i != j || i < 0 {
			return cmp.Compare(i, j) // nil is -1
		}
		return n.sum.variants[i].n.compare(s, t, depth+1)
	case Map:
		return n.compareMaps(x, y, depth+1)
	}
	c := 0
	n.withCoded(x, func(a []byte) {
		n.withCoded(y, func(b []byte) { c = bytes.Compare(a, b) })
	})
	return c
}

func (n *node) compareElements(x, y unsafe.Pointer, count, depth int) int {
	for i := range count {
		if c := n.compare(unsafe.Add(x, uintptr(i)*n.size), unsafe.Add(y, uintptr(i)*n.size), depth); c != 0 {
			return c
		}
	}
	return 0
}

func nilFirst(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

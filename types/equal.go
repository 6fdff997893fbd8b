package types

import (
	"bytes"
	"time"
	"unsafe"
)

// instant returns what identifies a time: seconds since 1970 and nanoseconds.
func instant(p unsafe.Pointer) (sec int64, nsec int) {
	t := (*time.Time)(p)
	return t.Unix(), t.Nanosecond()
}

// equal reports whether the values at a and b are equal. Floats compare with NaN
// equal to itself, times by instant, pointers by what they point to; nil equals
// nil only, but nil slices and maps equal empty ones.
func (n *node) equal(a, b unsafe.Pointer, depth int) bool {
	for i := range n.eq {
		o := &n.eq[i]
		x, y := unsafe.Add(a, o.off), unsafe.Add(b, o.off)
		same := false
		switch o.code {
		case op8:
			same = *(*uint64)(x) == *(*uint64)(y)
		case opString:
			same = *(*string)(x) == *(*string)(y)
		case op4:
			same = *(*uint32)(x) == *(*uint32)(y)
		case op2:
			same = *(*uint16)(x) == *(*uint16)(y)
		case op1:
			same = *(*uint8)(x) == *(*uint8)(y)
		case opCopy:
			same = equalMemory(x, y, o.size)
		default:
			same = o.n.equalLeaf(x, y, depth)
		}
		if !same {
			return false
		}
	}
	return true
}

// equalMemory compares short runs word by word: a call costs more.
func equalMemory(x, y unsafe.Pointer, size int) bool {
	if size > 64 {
		return unsafe.String((*byte)(x), size) == unsafe.String((*byte)(y), size)
	}
	i := 0
	for ; i+8 <= size; i += 8 {
		if load8(x, uintptr(i)) != load8(y, uintptr(i)) {
			return false
		}
	}
	for ; i < size; i++ {
		if *(*byte)(unsafe.Add(x, i)) != *(*byte)(unsafe.Add(y, i)) {
			return false
		}
	}
	return true
}

func (n *node) equalLeaf(x, y unsafe.Pointer, depth int) bool {
	switch n.kind {
	case Float32:
		f, g := *(*float32)(x), *(*float32)(y)
		return f == g || f != f && g != g
	case Float64:
		f, g := *(*float64)(x), *(*float64)(y)
		return f == g || f != f && g != g
	case Bytes:
		return bytes.Equal(*(*[]byte)(x), *(*[]byte)(y))
	case Array:
		return n.elem.equalElements(x, y, n.length, depth)
	case Slice:
		s, t := (*sliceHeader)(x), (*sliceHeader)(y)
		if s.len != t.len || depth > MaxDepth {
			return n.shallow(depth)
		}
		return n.elem.equalElements(s.data, t.data, s.len, depth+1)
	case Pointer:
		s, t := *(*unsafe.Pointer)(x), *(*unsafe.Pointer)(y)
		if s == nil || t == nil || depth > MaxDepth {
			return n.shallow(depth) || s == nil && t == nil
		}
		return n.elem.equal(s, t, depth+1)
	case Sum:
		i, s := n.sum.open(n, x)
		j, t := n.sum.open(n, y)
		if i != j || i < 0 || depth > MaxDepth {
			return n.shallow(depth) || i == j
		}
		return n.sum.variants[i].n.equal(s, t, depth+1)
	}
	return n.compareLeaf(x, y, depth) == 0
}

// shallow is false, unless the values nest too deep to be looked at: it panics.
func (n *node) shallow(depth int) bool {
	if depth > MaxDepth {
		tooDeep(n)
	}
	return false
}

func (n *node) equalElements(x, y unsafe.Pointer, count, depth int) bool {
	for i := range count {
		if !n.equal(unsafe.Add(x, uintptr(i)*n.size), unsafe.Add(y, uintptr(i)*n.size), depth) {
			return false
		}
	}
	return true
}

package types

import (
	"encoding/binary"
	"unsafe"
)

// front collects the first eight bytes of a key, the first one highest.
type front struct {
	bits uint64
	left int // bytes still free
}

func (f *front) put(bits uint64, width int) {
	if width > f.left {
		bits >>= 8 * (width - f.left)
		width = f.left
	}
	f.left -= width
	f.bits |= bits << (8 * f.left)
}

func (f *front) putEscaped(b []byte) {
	if f.left == 8 {
		if x, full, ok := clean(b); ok {
			f.bits = x
			f.left = 8 - full
			f.put(0, 2)
			return
		}
	}
	for i := 0; i < len(b) && f.left > 0; i++ {
		f.put(uint64(b[i]), 1)
		if b[i] == 0 {
			f.put(0xff, 1)
		}
	}
	f.put(0, 2)
}

// clean returns the first eight bytes of b, or all of a shorter b with zeros
// behind it, and how many they are, if none of them is zero.
func clean(b []byte) (x uint64, n int, ok bool) {
	n = len(b)
	fill := uint64(0) // stands for the bytes that are not there
	switch {
	case n >= 8:
		x, n = binary.BigEndian.Uint64(b), 8
	case n >= 4:
		// Two overlapping halves; the later one is shifted to its place.
		x = uint64(binary.BigEndian.Uint32(b))<<32 | uint64(binary.BigEndian.Uint32(b[n-4:]))<<(8*(8-n))
		fill = 1<<(8*(8-n)) - 1
	case n == 0:
		return 0, 0, true
	default:
		x = uint64(b[0])<<56 | uint64(b[n>>1])<<(56-8*(n>>1)) | uint64(b[n-1])<<(8*(8-n))
		fill = 1<<(8*(8-n)) - 1
	}
	// Mycroft's test for a zero byte (comp.arch, 1987).
	y := x | fill
	return x, n, (y-0x0101010101010101)&^y&0x8080808080808080 == 0
}

// keyPrefix returns the first eight bytes of the key of the value at p.
func (n *node) keyPrefix(p unsafe.Pointer) uint64 {
	if len(n.leaves) == 0 {
		return 0
	}
	l := &n.leaves[0]
	q := unsafe.Add(p, l.off)
	switch l.load {
	case loadI64:
		return *(*uint64)(q) ^ 1<<63
	case load64:
		return *(*uint64)(q)
	case loadString:
		s := (*bytesHeader)(q)
		x, full, ok := clean(unsafe.Slice((*byte)(s.data), s.len))
		switch {
		case !ok:
		case full >= 6 || len(n.leaves) == 1: // its two zeros leave no room for what follows
			return x
		default:
			f := front{x, 6 - full}
			n.putFront(&f, p, 1, 0)
			return f.bits
		}
	}
	f := front{0, 8}
	n.putFront(&f, p, 0, 0)
	return f.bits
}

// putFront adds the key of the value at p, from a leaf on, until the front is full.
func (n *node) putFront(f *front, p unsafe.Pointer, from, depth int) {
	for i := from; i < len(n.leaves) && f.left > 0; i++ {
		l := &n.leaves[i]
		q := unsafe.Add(p, l.off)
		switch l.load {
		case loadI64:
			f.put(*(*uint64)(q)^1<<63, 8)
		case load64:
			f.put(*(*uint64)(q), 8)
		default:
			l.n.putLeafFront(f, q, depth)
		}
	}
}

func (n *node) putLeafFront(f *front, p unsafe.Pointer, depth int) {
	switch n.kind {
	case String, Bytes:
		s := (*bytesHeader)(p)
		f.putEscaped(unsafe.Slice((*byte)(s.data), s.len))
	case Complex64:
		c := *(*complex64)(p)
		f.put(uint64(orderedFloat32(real(c))), 4)
		f.put(uint64(orderedFloat32(imag(c))), 4)
	case Complex128:
		c := *(*complex128)(p)
		f.put(orderedFloat64(real(c)), 8)
		f.put(orderedFloat64(imag(c)), 8)
	case Time:
		sec, nsec := instant(p)
		f.put(uint64(sec)^1<<63, 8)
		f.put(uint64(nsec), 4)
	case Array:
		for i := 0; i < n.length && f.left > 0; i++ {
			n.elem.putFront(f, unsafe.Add(p, uintptr(i)*n.elem.size), 0, depth)
		}
	case Slice:
		s := (*sliceHeader)(p)
		for i := 0; i < s.len && f.left > 0; i++ {
			f.put(1, 1)
			n.elem.putFront(f, unsafe.Add(s.data, uintptr(i)*n.elem.size), 0, depth+1)
		}
		f.put(0, 1)
	case Pointer:
		if pointee := *(*unsafe.Pointer)(p); pointee == nil {
			f.put(0, 1)
		} else {
			f.put(1, 1)
			n.elem.putFront(f, pointee, 0, depth+1)
		}
	case Sum:
		if tag, at := n.sum.open(n, p); tag < 0 {
			f.put(0, 1)
		} else {
			f.put(1, 1)
			f.put(uint64(tag), 2)
			n.sum.variants[tag].n.putFront(f, at, 0, depth+1)
		}
	case Map, Binary, External:
		buf := scratch.Get().(*[]byte)
		*buf = n.appendLeafKey((*buf)[:0], p, depth)
		for _, b := range (*buf)[:min(len(*buf), f.left)] {
			f.put(uint64(b), 1)
		}
		scratch.Put(buf)
	default:
		f.put(n.number(p))
	}
}

// keyWidth returns the bytes of a key, and whether all keys have as many.
func (n *node) keyWidth() (width int, same bool) {
	switch {
	case n.kind == Time:
		return 12, true
	case n.kind.scalar():
		return n.kind.slotWidth(), true
	case n.kind == Array:
		width, same = n.elem.keyWidth()
		return n.length * width, same
	case n.kind != Struct:
		return 0, false
	}
	for _, l := range n.leaves {
		w, fixed := l.n.keyWidth()
		if !fixed {
			return 0, false
		}
		width += w
	}
	return width, true
}

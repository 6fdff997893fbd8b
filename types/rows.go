package types

import (
	"slices"
	"unsafe"
)

// appendRows appends count rows that stand side by side from p on.
func (n *node) appendRows(dst []byte, p unsafe.Pointer, count int) []byte {
	if count == 0 {
		return dst
	}
	if n.plain {
		return append(dst, unsafe.Slice((*byte)(p), uintptr(count)*n.size)...)
	}
	if n.fixed {
		at := len(dst)
		dst = extend(dst, count*n.width, n.cleared)
		for i := range count {
			row := at + i*n.width
			dst = n.append(dst, row, row, unsafe.Add(p, uintptr(i)*n.size), 0)
		}
		return dst
	}
	dst = slices.Grow(dst, count*(4+n.width))
	for i := range count {
		dst = n.appendRow(dst, unsafe.Add(p, uintptr(i)*n.size))
	}
	return dst
}

// decodeRows sets count rows that stand side by side from p on.
func (n *node) decodeRows(src []byte, p unsafe.Pointer, count int) (int, error) {
	if n.plain && !n.bools && len(src)/n.width >= count {
		bytes := count * n.width
		copy(unsafe.Slice((*byte)(p), bytes), src)
		return bytes, nil
	}
	d := decoder{root: n}
	at := 0
	for i := range count {
		k, err := d.decode(src[at:], unsafe.Add(p, uintptr(i)*n.size))
		if err != nil {
			return at, err
		}
		at += k
	}
	return at, nil
}

package types

import "unsafe"

// heldSampled is how many elements of a slice are looked at, if they refer to memory.
const heldSampled = 16

// mapEntryNumerator over mapEntryDenominator is how much more than its key and value an
// entry of a map takes: tables are filled to between seven sixteenths and seven eighths.
const (
	mapEntryNumerator   = 3
	mapEntryDenominator = 2
	mapHeader           = 48
	mapReference        = 32 // what a key or value that refers to memory is taken to hold
)

// MapEntrySize estimates the bytes that an entry of a map takes, of a key and a value of
// those sizes.
func MapEntrySize(key, value int) int {
	return (key + value + 1) * mapEntryNumerator / mapEntryDenominator
}

// Held estimates how many bytes the row refers to outside of itself: strings, slices by
// their capacity, pointees, maps. It allocates nothing and takes a time that does not
// grow with the row: of a slice whose elements refer to memory some are looked at, of a
// map none. What several parts refer to is counted for each. Values with a codec of
// their own are taken to refer to nothing.
func (t *Type[T]) Held(row *T) int {
	if t.n.kind == String {
		return len(*(*string)(unsafe.Pointer(row)))
	}
	return t.n.held(noescape(unsafe.Pointer(row)), 0)
}

func (n *node) held(p unsafe.Pointer, depth int) (bytes int) {
	for i := range n.leaves {
		if l := &n.leaves[i]; l.n.pointers {
			bytes += l.n.heldLeaf(unsafe.Add(p, l.off), depth)
		}
	}
	return bytes
}

// heldDepth is how many references are followed one after the other.
const heldDepth = 16

func (n *node) heldLeaf(p unsafe.Pointer, depth int) (bytes int) {
	if depth > heldDepth {
		return 0
	}
	switch n.kind {
	case String:
		return len(*(*string)(p))
	case Bytes:
		return cap(*(*[]byte)(p))
	case Array:
		return n.elem.heldSeveral(p, n.length, depth)
	case Slice:
		s := (*sliceHeader)(p)
		return s.cap*int(n.elem.size) + n.elem.heldSeveral(s.data, s.len, depth+1)
	case Pointer:
		if pointee := *(*unsafe.Pointer)(p); pointee != nil {
			return int(n.elem.size) + n.elem.held(pointee, depth+1)
		}
	case Sum:
		if tag, at := n.sum.open(n, p); tag >= 0 {
			variant := n.sum.variants[tag].n
			return int(variant.size) + variant.held(at, depth+1)
		}
	case Map:
		// The number of entries is found in the same place whatever the map's type.
		if count := len(*(*map[uint64]uint64)(p)); *(*unsafe.Pointer)(p) != nil {
			each := MapEntrySize(int(n.key.size), int(n.elem.size))
			for _, part := range []*node{n.key, n.elem} {
				if part.pointers {
					each += mapReference
				}
			}
			return mapHeader + count*each
		}
	}
	return 0
}

// heldSeveral is held for count values side by side.
func (n *node) heldSeveral(p unsafe.Pointer, count, depth int) (bytes int) {
	if !n.pointers || count == 0 {
		return 0
	}
	looked := min(count, heldSampled)
	for i := range looked {
		bytes += n.held(unsafe.Add(p, uintptr(i*count/looked)*n.size), depth)
	}
	return bytes * count / looked
}

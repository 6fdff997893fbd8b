package types

import (
	"reflect"
	"unsafe"
)

// detach replaces what the value at p refers to by copies of its own. Strings
// and bytes go to the arena, slices, pointees and maps to the heap.
func (n *node) detach(p unsafe.Pointer, a *Arena, depth int) {
	for i := range n.leaves {
		l := &n.leaves[i]
		if l.n.pointers {
			l.n.detachLeaf(unsafe.Add(p, l.off), a, depth)
		}
	}
}

func (n *node) detachLeaf(p unsafe.Pointer, a *Arena, depth int) {
	if depth > MaxDepth {
		tooDeep(n)
	}
	switch n.kind {
	case String:
		*(*string)(p) = a.String(*(*string)(p))
	case Bytes:
		*(*[]byte)(p) = a.Bytes(*(*[]byte)(p))
	case Array:
		for i := range n.length {
			n.elem.detach(unsafe.Add(p, uintptr(i)*n.elem.size), a, depth)
		}
	case Slice:
		n.detachSlice(p, a, depth+1)
	case Pointer:
		if pointee := *(*unsafe.Pointer)(p); pointee != nil {
			*(*unsafe.Pointer)(p) = n.elem.detached(pointee, a, depth+1)
		}
	case Sum:
		if tag, at := n.sum.open(n, p); tag >= 0 {
			n.sum.set(p, tag, n.sum.variants[tag].n.detached(at, a, depth+1))
		}
	case Map:
		n.detachMap(p, a, depth+1)
	case Binary, External:
		// The value's memory is its own affair: it is made anew from its bytes.
		coded := n.appendCoded(nil, p)
		a.count(uintptr(len(coded)))
		fresh := reflect.New(n.typ)
		if err := n.decodeCoded(coded, fresh.UnsafePointer()); err != nil {
			panic(&ValueError{Path: n.label(), Reason: "cannot be decoded from its own encoding", Err: err})
		}
		reflect.NewAt(n.typ, p).Elem().Set(fresh.Elem())
	}
	// A time keeps its *time.Location: locations live as long as the program.
}

// detached returns a copy of the value at p that refers to nothing else's memory.
func (n *node) detached(p unsafe.Pointer, a *Arena, depth int) unsafe.Pointer {
	fresh := reflect.New(n.typ)
	fresh.Elem().Set(reflect.NewAt(n.typ, p).Elem())
	a.count(n.size)
	n.detach(fresh.UnsafePointer(), a, depth)
	return fresh.UnsafePointer()
}

func (n *node) detachSlice(p unsafe.Pointer, a *Arena, depth int) {
	s := (*sliceHeader)(p)
	if s.data == nil {
		return
	}
	elem := n.elem
	data := elem.newArray(s.len)
	a.count(uintptr(s.len) * elem.size)
	if !elem.pointers {
		copy(unsafe.Slice((*byte)(data), uintptr(s.len)*elem.size), unsafe.Slice((*byte)(s.data), uintptr(s.len)*elem.size))
	} else {
		fresh := sliceHeader{data, s.len, s.len}
		reflect.Copy(reflect.NewAt(n.typ, unsafe.Pointer(&fresh)).Elem(), reflect.NewAt(n.typ, p).Elem())
		for i := range s.len {
			elem.detach(unsafe.Add(data, uintptr(i)*elem.size), a, depth)
		}
	}
	*s = sliceHeader{data, s.len, s.len}
}

func (n *node) detachMap(p unsafe.Pointer, a *Arena, depth int) {
	if *(*unsafe.Pointer)(p) == nil {
		return
	}
	fresh := reflect.MakeMapWithSize(n.typ, n.mapAt(p).Len())
	n.each(p, func(key, value unsafe.Pointer) {
		k := reflect.NewAt(n.key.typ, n.key.detached(key, a, depth))
		v := reflect.NewAt(n.elem.typ, n.elem.detached(value, a, depth))
		fresh.SetMapIndex(k.Elem(), v.Elem())
	})
	*(*unsafe.Pointer)(p) = fresh.UnsafePointer()
}

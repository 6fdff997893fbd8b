package types

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"unsafe"
)

// Maps are walked by reflection, the one place where a record costs any, and
// copied out: Go gives no address of an entry. All but hashing wants the entries
// in the order of the keys (then the values: a NaN is a key many times over).

// entries are the keys and values of one map.
type entries struct {
	keys, values unsafe.Pointer // arrays of n.key and n.elem
	order        []int32
}

// mapAt returns the map at p. The value refers to a copy of the map's pointer: p
// may lie on a stack (see Type.in), which nothing on the heap may point into.
func (n *node) mapAt(p unsafe.Pointer) reflect.Value {
	cell := reflect.New(n.typ)
	*(*unsafe.Pointer)(cell.UnsafePointer()) = *(*unsafe.Pointer)(p)
	return cell.Elem()
}

// sorted copies the map at p out and orders its entries.
func (n *node) sorted(p unsafe.Pointer, depth int) entries {
	if *(*unsafe.Pointer)(p) == nil {
		return entries{}
	}
	m := n.mapAt(p)
	count := m.Len()
	keys := reflect.MakeSlice(reflect.SliceOf(n.key.typ), count, count)
	values := reflect.MakeSlice(reflect.SliceOf(n.elem.typ), count, count)
	e := entries{keys.UnsafePointer(), values.UnsafePointer(), make([]int32, count)}
	iter := m.MapRange()
	for i := 0; iter.Next(); i++ {
		keys.Index(i).SetIterKey(iter)
		values.Index(i).SetIterValue(iter)
		e.order[i] = int32(i)
	}
	slices.SortFunc(e.order, func(a, b int32) int {
		return n.compareEntries(e.at(n.key, a), e.valueAt(n.elem, a), e.at(n.key, b), e.valueAt(n.elem, b), depth)
	})
	return e
}

// compareEntries orders two entries of one map. Entries can be equal under NaN
// or under two zones of one instant; their bytes decide then, as a map must not
// encode differently from one time to the next.
func (n *node) compareEntries(key1, value1, key2, value2 unsafe.Pointer, depth int) int {
	if c := n.key.compare(key1, key2, depth); c != 0 {
		return c
	}
	if c := n.elem.compare(value1, value2, depth); c != 0 {
		return c
	}
	return bytes.Compare(
		n.elem.appendRow(n.key.appendRow(nil, key1), value1),
		n.elem.appendRow(n.key.appendRow(nil, key2), value2))
}

func (e *entries) at(key *node, i int32) unsafe.Pointer {
	return unsafe.Add(e.keys, uintptr(i)*key.size)
}

func (e *entries) valueAt(elem *node, i int32) unsafe.Pointer {
	return unsafe.Add(e.values, uintptr(i)*elem.size)
}

// each calls f with every entry in no order. The addresses hold until f returns.
func (n *node) each(p unsafe.Pointer, f func(key, value unsafe.Pointer)) {
	if *(*unsafe.Pointer)(p) == nil {
		return
	}
	m := n.mapAt(p)
	if m.Len() == 0 {
		return
	}
	key, value := reflect.New(n.key.typ), reflect.New(n.elem.typ)
	iter := m.MapRange()
	for iter.Next() {
		key.Elem().SetIterKey(iter)
		value.Elem().SetIterValue(iter)
		f(key.UnsafePointer(), value.UnsafePointer())
	}
}

// compareMaps orders maps by their sorted entries, one after the other; the one
// that ends first comes first.
func (n *node) compareMaps(a, b unsafe.Pointer, depth int) int {
	x, y := n.sorted(a, depth), n.sorted(b, depth)
	for i := range min(len(x.order), len(y.order)) {
		if c := n.key.compare(x.at(n.key, x.order[i]), y.at(n.key, y.order[i]), depth); c != 0 {
			return c
		}
		if c := n.elem.compare(x.valueAt(n.elem, x.order[i]), y.valueAt(n.elem, y.order[i]), depth); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x.order), len(y.order))
}

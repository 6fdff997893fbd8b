package types

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"unsafe"
)

// refer sets the parts that point to memory of their own.
func (d *decoder) refer(o *op, at int, q unsafe.Pointer, depth int) error {
	slot := at + o.slot
	if o.mask != 0 {
		if null, err := d.null(o, at); null || err != nil {
			if o.n.kind == Sum {
				o.n.sum.store(q, nil)
			} else {
				*(*unsafe.Pointer)(q) = nil
			}
			return err
		}
	}
	switch o.code {
	case opBytes:
		if binary.LittleEndian.Uint64(d.row[slot:]) == 0 {
			*(*[]byte)(q) = nil
			return nil
		}
		start, err := d.block(o, slot, d.length(slot), 1)
		if err != nil {
			return err
		}
		*(*[]byte)(q) = d.row[start:d.next:d.next]
	case opInline:
		pointee := o.n.elem.newValue()
		if err := d.scope(o.n.elem, slot, pointee, depth); err != nil {
			return err
		}
		*(*unsafe.Pointer)(q) = pointee
	case opSlice:
		return d.slice(o, slot, q, depth+1)
	case opMap:
		return d.mapping(o, slot, q, depth+1)
	case opPointer:
		value, err := d.pointee(o, o.n.elem, slot, 0, depth+1)
		if err != nil {
			return err
		}
		*(*unsafe.Pointer)(q) = value
	case opSum:
		start := int(binary.LittleEndian.Uint32(d.row[slot:]))
		if start != d.next || len(d.row)-start < 2 {
			return d.fail(o, slot, "the variant lies outside of its place")
		}
		tag := int(binary.LittleEndian.Uint16(d.row[start:]))
		if tag >= len(o.n.sum.variants) {
			return d.fail(o, start, fmt.Sprintf("variant %d of %d", tag+1, len(o.n.sum.variants)))
		}
		value, err := d.pointee(o, o.n.sum.variants[tag].n, slot, 2, depth+1)
		if err != nil {
			return err
		}
		o.n.sum.set(q, tag, value)
	case opBinary:
		start, err := d.block(o, slot, d.length(slot), 1)
		if err != nil {
			return err
		}
		reflect.NewAt(o.n.typ, q).Elem().SetZero()
		if err := o.n.decodeCoded(d.row[start:d.next:d.next], q); err != nil {
			e := d.fail(o, start, "its codec refuses the bytes").(*DecodeError)
			e.Err = err
			return e
		}
	}
	return nil
}

// tooDeep is the decoder's limit, the same as the encoder's.
func (d *decoder) tooDeep(o *op, slot int) error {
	return d.fail(o, slot, fmt.Sprintf("nests deeper than %d levels", MaxDepth))
}

// pointee reads the scope that stands `header` bytes into the slot's block, into
// memory of its own.
func (d *decoder) pointee(o *op, n *node, slot, header, depth int) (unsafe.Pointer, error) {
	if depth > MaxDepth {
		return nil, d.tooDeep(o, slot)
	}
	start, err := d.block(o, slot, header+n.width, 1)
	if err != nil {
		return nil, err
	}
	value := n.newValue()
	if err := d.scope(n, start+header, value, depth); err != nil {
		return nil, err
	}
	if d.next-start != d.length(slot) {
		return nil, d.fail(o, slot, fmt.Sprintf("the length is %d, the block has %d bytes", d.length(slot), d.next-start))
	}
	return value, nil
}

func (d *decoder) slice(o *op, slot int, q unsafe.Pointer, depth int) error {
	if binary.LittleEndian.Uint64(d.row[slot:]) == 0 {
		*(*sliceHeader)(q) = sliceHeader{}
		return nil
	}
	if depth > MaxDepth {
		return d.tooDeep(o, slot)
	}
	elem, count := o.n.elem, d.length(slot)
	start, err := d.block(o, slot, count, elem.width)
	if err != nil {
		return err
	}
	data := elem.newArray(count)
	if elem.plain && !elem.bools {
		copy(unsafe.Slice((*byte)(data), uintptr(count)*elem.size), d.row[start:d.next])
	} else {
		for i := range count {
			if err := d.scope(elem, start+i*elem.width, unsafe.Add(data, uintptr(i)*elem.size), depth); err != nil {
				return err
			}
		}
	}
	*(*sliceHeader)(q) = sliceHeader{data, count, count}
	return nil
}

func (d *decoder) mapping(o *op, slot int, q unsafe.Pointer, depth int) error {
	if binary.LittleEndian.Uint64(d.row[slot:]) == 0 {
		*(*unsafe.Pointer)(q) = nil
		return nil
	}
	if depth > MaxDepth {
		return d.tooDeep(o, slot)
	}
	key, elem, count := o.n.key, o.n.elem, d.length(slot)
	stride := key.width + elem.width
	start, err := d.block(o, slot, count, stride)
	if err != nil {
		return err
	}
	made := reflect.MakeMapWithSize(o.n.typ, count)
	// Two of each: an entry must come behind the one before it.
	keys := [2]reflect.Value{reflect.New(key.typ), reflect.New(key.typ)}
	values := [2]reflect.Value{reflect.New(elem.typ), reflect.New(elem.typ)}
	for i := range count {
		k, v := keys[i%2], values[i%2]
		k.Elem().SetZero()
		v.Elem().SetZero()
		if err := d.scope(key, start+i*stride, k.UnsafePointer(), depth); err != nil {
			return err
		}
		if err := d.scope(elem, start+i*stride+key.width, v.UnsafePointer(), depth); err != nil {
			return err
		}
		if i > 0 && o.n.compareEntries(keys[1-i%2].UnsafePointer(), values[1-i%2].UnsafePointer(), k.UnsafePointer(), v.UnsafePointer(), depth) > 0 {
			return d.fail(o, start+i*stride, "the entries of a map are out of order")
		}
		made.SetMapIndex(k.Elem(), v.Elem())
	}
	if made.Len() != count {
		return d.fail(o, start, "a key of a map comes twice")
	}
	*(*unsafe.Pointer)(q) = made.UnsafePointer()
	return nil
}

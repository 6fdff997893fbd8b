package types

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// Decoding accepts one form only, the one append.go writes. Blocks must stand
// exactly where the one before them ended, so every byte is read once: hostile
// offsets can neither leave the row nor multiply its content, and what is
// allocated stays in proportion to the bytes.

// decoder reads one row. next is where the next block must start.
type decoder struct {
	row  []byte
	next int
	root *node
}

func (d *decoder) fail(o *op, offset int, reason string) error {
	if o == nil {
		return &DecodeError{Path: d.root.label(), Offset: offset, Reason: reason}
	}
	return &DecodeError{Path: o.path, Offset: offset, Reason: reason}
}

// decodeRow sets the zeroed or used value at p from the row at the front of src
// and returns the row's bytes.
func (n *node) decodeRow(src []byte, p unsafe.Pointer) (int, error) {
	d := decoder{root: n}
	return d.decode(src, p)
}

func (d *decoder) decode(src []byte, p unsafe.Pointer) (int, error) {
	n := d.root
	total, err := n.rowLen(src)
	if err != nil {
		return 0, err
	}
	d.row = src[:total:total]
	if n.fixed {
		return total, d.scope(n, 0, p, 0)
	}
	d.next = 4 + n.width
	if err := d.scope(n, 4, p, 0); err != nil {
		return 0, err
	}
	if d.next != total {
		return 0, d.fail(nil, d.next, fmt.Sprintf("the row has %d bytes more than its parts", total-d.next))
	}
	return total, nil
}

// rowLen returns the bytes of the row at the front of src, checked to be there.
func (n *node) rowLen(src []byte) (int, error) {
	if n.fixed && len(src) >= n.width {
		return n.width, nil
	}
	if !n.fixed && len(src) >= 4 {
		total := uint64(binary.LittleEndian.Uint32(src))
		if total >= uint64(4+n.width) && total <= uint64(len(src)) {
			return int(total), nil
		}
	}
	return 0, n.cutOff(src)
}

// cutOff says what is wrong with the length of a row.
func (n *node) cutOff(src []byte) error {
	d := decoder{root: n}
	if n.fixed {
		return d.fail(nil, len(src), fmt.Sprintf("a row has %d bytes, %d are there", n.width, len(src)))
	}
	if len(src) < 4 {
		return d.fail(nil, len(src), "the row's length is cut off")
	}
	total := binary.LittleEndian.Uint32(src)
	if uint64(total) < uint64(4+n.width) {
		return d.fail(nil, 0, fmt.Sprintf("the row claims %d bytes, its fixed part needs %d", total, 4+n.width))
	}
	return d.fail(nil, 0, fmt.Sprintf("the row claims %d bytes, %d are there", total, len(src)))
}

// block checks that a slot's block stands where it must and takes size bytes
// per element of it. It returns where the block starts.
func (d *decoder) block(o *op, slot, count, stride int) (int, error) {
	at := int(binary.LittleEndian.Uint32(d.row[slot:]))
	if at != d.next {
		return 0, d.fail(o, slot, fmt.Sprintf("the offset is %d, the block before ends at %d", at, d.next))
	}
	if uint(count) > uint((len(d.row)-at)/stride) { // negative where an int has 32 bits
		return 0, d.fail(o, slot, fmt.Sprintf("%d times %d bytes do not fit in the %d left of the row", count, stride, len(d.row)-at))
	}
	d.next = at + count*stride
	return at, nil
}

func (d *decoder) length(slot int) int { return int(binary.LittleEndian.Uint32(d.row[slot+4:])) }

// null reports the null bit of o, and an error if it hides a slot that is not zero.
func (d *decoder) null(o *op, at int) (bool, error) {
	if d.row[at+o.null]&o.mask == 0 {
		return false, nil
	}
	for _, b := range d.row[at+o.slot : at+o.slot+o.size] {
		if b != 0 {
			return true, d.fail(o, at+o.slot, "the slot of a null is not zero")
		}
	}
	return true, nil
}

// scope sets the value at p from the scope at row[at:], which is known to be
// inside the row.
func (d *decoder) scope(n *node, at int, p unsafe.Pointer, depth int) error {
	if n.unused != 0 && d.row[at+n.unusedAt]&n.unused != 0 {
		return d.fail(nil, at+n.unusedAt, "a bit that belongs to no part is set")
	}
	for i := range n.dec {
		o := &n.dec[i]
		q := unsafe.Add(p, o.off)
		slot := at + o.slot
		switch o.code {
		case op8:
			*(*uint64)(q) = binary.LittleEndian.Uint64(d.row[slot:])
		case opString:
			where := binary.LittleEndian.Uint64(d.row[slot:])
			start, size := int(uint32(where)), int(where>>32)
			if start != d.next || uint(size) > uint(len(d.row)-start) {
				_, err := d.block(o, slot, size, 1)
				return err
			}
			d.next = start + size
			*(*string)(q) = unsafe.String(unsafe.SliceData(d.row[start:]), size)
		case op4:
			*(*uint32)(q) = binary.LittleEndian.Uint32(d.row[slot:])
		case op2:
			*(*uint16)(q) = binary.LittleEndian.Uint16(d.row[slot:])
		case op1:
			*(*byte)(q) = d.row[slot]
		case opCopy:
			copy(unsafe.Slice((*byte)(q), o.size), d.row[slot:slot+o.size])
		case opBools:
			for k, b := range d.row[slot : slot+o.size] {
				if b > 1 {
					return d.fail(o, slot+k, fmt.Sprintf("a bool is %d", b))
				}
				*(*byte)(unsafe.Add(q, k)) = b
			}
		case opInt:
			x := int64(binary.LittleEndian.Uint64(d.row[slot:]))
			if int64(int(x)) != x {
				return d.fail(o, slot, "the int does not fit this machine")
			}
			*(*int)(q) = int(x)
		case opUint:
			x := binary.LittleEndian.Uint64(d.row[slot:])
			if uint64(uint(x)) != x {
				return d.fail(o, slot, "the uint does not fit this machine")
			}
			*(*uint)(q) = uint(x)
		case opTime:
			if bad := getTime(d.row[slot:slot+16], q); bad != "" {
				return d.fail(o, slot, bad)
			}
		case opArray:
			elem := o.n.elem
			for k := range o.n.length {
				if err := d.scope(elem, slot+k*elem.width, unsafe.Add(q, uintptr(k)*elem.size), depth); err != nil {
					return err
				}
			}
		default:
			if err := d.refer(o, at, q, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

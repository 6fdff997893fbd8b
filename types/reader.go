package types

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
	"unsafe"
)

// Reader reads rows by their schema alone, for tools that look at stored data
// without the program that wrote it. It is immutable and safe for concurrent
// use. It is made for people, not for speed: the engine uses Type.
type Reader struct {
	root  *Schema
	forms map[*Schema]form
}

// Entry is one entry of a map.
type Entry struct{ Key, Value any }

// Variant is the value of a sum.
type Variant struct {
	Type  string // as the schema prints it
	Value any
}

// form is the fixed part of a schema: see append.go.
type form struct {
	bits, slots int // nullable parts, and bytes of the slots
	parts       int // structs included
	fixed       bool
}

func (f form) nulls() int { return (f.bits + 7) / 8 }
func (f form) width() int { return max(1, f.nulls()+f.slots) }

// What a stored schema may ask for: bytes of a fixed part, parts of a struct.
const (
	maxForm  = 1 << 26
	maxParts = 1 << 16
)

// NewReader returns a reader of the rows of s. The error says that s is of a
// size no program has.
func NewReader(s *Schema) (*Reader, error) {
	r := &Reader{s, map[*Schema]form{}}
	return r, r.add(s)
}

// add measures s and all it refers to.
func (r *Reader) add(s *Schema) error {
	if _, known := r.forms[s]; known {
		return nil
	}
	// Entered before what it refers to: by reference s may meet itself, and no
	// schema holds itself by value.
	f := form{parts: 1, slots: s.Kind.slotWidth(), fixed: s.Kind.scalar() || s.Kind == Time}
	r.forms[s] = f
	switch s.Kind {
	case Struct:
		f.slots, f.fixed = 0, true
		for _, field := range s.Fields {
			if err := r.add(field.Schema); err != nil {
				return err
			}
			part := r.forms[field.Schema]
			f.bits, f.slots, f.fixed = f.bits+part.bits, f.slots+part.slots, f.fixed && part.fixed
			if f.parts += part.parts; f.parts > maxParts {
				return fmt.Errorf("types: a struct of more than %d parts is no row", maxParts)
			}
		}
	case Array:
		if err := r.add(s.Elem); err != nil {
			return err
		}
		elem := r.forms[s.Elem]
		f.slots, f.fixed = 0, elem.fixed
		if elem.bits+elem.slots > 0 {
			if s.Len > maxForm/elem.width() {
				return fmt.Errorf("types: an array of %d times %d bytes is no part of a row", s.Len, elem.width())
			}
			f.slots = s.Len * elem.width()
		}
	case Pointer:
		f.bits = 1
		if s.Elem.Kind == Time || s.Elem.Kind.scalar() {
			f.slots, f.fixed = s.Elem.Kind.slotWidth(), true
		}
	case Sum:
		f.bits = 1
	}
	if f.slots > maxForm || f.bits > maxForm {
		return fmt.Errorf("types: a fixed part of %d bytes is no row", f.slots)
	}
	r.forms[s] = f
	for _, other := range append([]*Schema{s.Elem, s.Key}, s.Variants...) {
		if other != nil {
			if err := r.add(other); err != nil {
				return err
			}
		}
	}
	return nil
}

// Read returns the row at the front of src and the bytes it took. Structs are
// map[string]any, arrays and slices []any, maps []Entry in key order, sums
// Variant; pointers are their pointee or nil, coded values their bytes, times
// time.Time, and all else is the plain Go type of its kind. Strings are copies.
// The error is a *DecodeError.
func (r *Reader) Read(src []byte) (value any, n int, err error) {
	f := r.forms[r.root]
	d := decoder{row: src, root: &node{kind: r.root.Kind}}
	at, total := 0, f.width()
	if !f.fixed {
		at = 4
		if len(src) >= 4 {
			total = int(min(uint64(binary.LittleEndian.Uint32(src)), math.MaxInt32))
		}
	}
	if total > len(src) || total < at+f.width() {
		return nil, 0, d.fail(nil, 0, fmt.Sprintf("the row needs %d bytes, %d are there", max(total, at+f.width()), len(src)))
	}
	d.row, d.next = src[:total], at+f.width()
	value, err = r.scope(&d, r.root, at, 0)
	if err == nil && d.next != total {
		err = d.fail(nil, d.next, fmt.Sprintf("the row has %d bytes more than its parts", total-d.next))
	}
	return value, total, err
}

// place is where reading stands within a scope.
type place struct {
	scope int // its first byte
	bit   int // of the next nullable part
	slot  int // of the next part
}

func (r *Reader) scope(d *decoder, s *Schema, at, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, d.fail(nil, at, fmt.Sprintf("nests deeper than %d levels", MaxDepth))
	}
	return r.part(d, s, &place{scope: at, slot: at + r.forms[s].nulls()}, depth)
}

// part reads one part and moves the place behind it.
func (r *Reader) part(d *decoder, s *Schema, p *place, depth int) (any, error) {
	slot := p.slot
	if s.Kind == Struct {
		fields := make(map[string]any, len(s.Fields))
		for _, f := range s.Fields {
			v, err := r.part(d, f.Schema, p, depth)
			if err != nil {
				return nil, err
			}
			fields[f.Name] = v
		}
		return fields, nil
	}
	p.slot += r.forms[s].slots
	if s.Kind == Pointer || s.Kind == Sum {
		null := d.row[p.scope+p.bit/8]&(1<<(p.bit%8)) != 0
		if p.bit++; null {
			return nil, nil
		}
	}
	if s.Kind.scalar() || s.Kind == Time {
		return r.scalar(d, s.Kind, slot)
	}
	if s.Kind == Array {
		return r.elements(d, s.Elem, min(s.Len, r.forms[s].slots), slot, depth)
	}
	if s.Kind == Pointer && r.forms[s].fixed {
		return r.scalar(d, s.Elem.Kind, slot)
	}
	return r.block(d, s, slot, depth+1)
}

// block reads a part that stands in the variable part.
func (r *Reader) block(d *decoder, s *Schema, slot, depth int) (any, error) {
	if s.Kind != String && s.Kind != Pointer && s.Kind != Sum && binary.LittleEndian.Uint64(d.row[slot:]) == 0 {
		return nil, nil
	}
	o := &op{path: s.Kind.String()}
	count, stride := d.length(slot), 1
	switch s.Kind {
	case Slice:
		stride = r.forms[s.Elem].width()
	case Map:
		stride = r.forms[s.Key].width() + r.forms[s.Elem].width()
	case Pointer:
		count = r.forms[s.Elem].width()
	case Sum:
		count = 2
	}
	at, err := d.block(o, slot, count, stride)
	if err != nil {
		return nil, err
	}
	switch s.Kind {
	case String:
		return string(d.row[at:d.next]), nil
	case Slice:
		return r.elements(d, s.Elem, count, at, depth)
	case Map:
		entries := make([]Entry, count)
		for i := range entries {
			if entries[i].Key, err = r.scope(d, s.Key, at+i*stride, depth); err != nil {
				return nil, err
			}
			if entries[i].Value, err = r.scope(d, s.Elem, at+i*stride+r.forms[s.Key].width(), depth); err != nil {
				return nil, err
			}
		}
		return entries, nil
	case Pointer:
		return r.scope(d, s.Elem, at, depth)
	case Sum:
		tag := int(binary.LittleEndian.Uint16(d.row[at:]))
		if tag >= len(s.Variants) {
			return nil, d.fail(o, at, fmt.Sprintf("variant %d of %d", tag+1, len(s.Variants)))
		}
		variant := s.Variants[tag]
		if d.next += r.forms[variant].width(); d.next > len(d.row) {
			return nil, d.fail(o, at, "the variant runs over the end of the row")
		}
		value, err := r.scope(d, variant, at+2, depth)
		return Variant{variant.String(), value}, err
	}
	return append([]byte{}, d.row[at:d.next]...), nil
}

func (r *Reader) elements(d *decoder, elem *Schema, count, at, depth int) (any, error) {
	values := make([]any, count)
	for i := range values {
		var err error
		if values[i], err = r.scope(d, elem, at+i*r.forms[elem].width(), depth); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (r *Reader) scalar(d *decoder, kind Kind, slot int) (any, error) {
	src := d.row[slot:]
	var wide [16]byte
	copy(wide[:], src[:kind.slotWidth()])
	low, high := binary.LittleEndian.Uint64(wide[:]), binary.LittleEndian.Uint64(wide[8:])
	switch kind {
	case Bool:
		if low > 1 {
			return nil, d.fail(nil, slot, fmt.Sprintf("a bool is %d", low))
		}
		return low == 1, nil
	case Int8:
		return int8(low), nil
	case Int16:
		return int16(low), nil
	case Int32:
		return int32(low), nil
	case Int, Int64:
		return int64(low), nil
	case Duration:
		return time.Duration(low), nil
	case Uint8:
		return uint8(low), nil
	case Uint16:
		return uint16(low), nil
	case Uint32:
		return uint32(low), nil
	case Float32:
		return math.Float32frombits(uint32(low)), nil
	case Float64:
		return math.Float64frombits(low), nil
	case Complex64:
		return complex(math.Float32frombits(uint32(low)), math.Float32frombits(uint32(low>>32))), nil
	case Complex128:
		return complex(math.Float64frombits(low), math.Float64frombits(high)), nil
	case Time:
		var t time.Time
		if bad := getTime(src, unsafe.Pointer(&t)); bad != "" {
			return nil, d.fail(nil, slot, bad)
		}
		return t, nil
	}
	return low, nil
}

package types

import "unsafe"

// An opcode is one step of a compiled program over memory and slots.
type opcode uint8

const (
	opCopy    opcode = iota // size bytes, memory and slot alike
	op1                     // one number of 1, 2, 4 or 8 bytes
	op2                     //
	op4                     //
	op8                     //
	opBools                 // size booleans, checked when decoded
	opInt                   // an int of this machine, 8 bytes in the slot
	opUint                  // a uint of this machine, 8 bytes in the slot
	opTime                  // see time.go
	opString                // (offset, bytes)
	opBytes                 // (offset, bytes), offset 0 for nil
	opSlice                 // (offset, elements), offset 0 for nil
	opMap                   // (offset, entries), offset 0 for nil
	opArray                 // elements one after the other, each its own scope
	opInline                // null bit, and the pointee in the slot
	opPointer               // null bit, (offset, bytes)
	opSum                   // null bit, (offset, bytes)
	opBinary                // (offset, bytes)
)

// op moves one leaf, or a run of neighbouring plain leaves, between memory and
// the fixed part. Comparisons use the same struct and ignore the slot.
type op struct {
	code opcode
	mask byte    // of the null bit
	null int     // byte of the null bit, from the start of the scope
	off  uintptr // in memory
	slot int     // from the start of the scope
	size int     // bytes of a run
	n    *node   // the leaf, or the first of a run
	path string  // for errors, e.g. "main.Word.Text"
}

// littleEndian says whether this machine stores numbers as rows do.
var littleEndian = func() bool {
	x := uint16(1)
	return *(*byte)(unsafe.Pointer(&x)) == 1
}()

// layout places the leaves of n in a fixed part and writes the programs over it.
func (n *node) layout() {
	if n.kind != Struct {
		n.leaves = []leaf{{0, n.loadOf(), n, ""}}
	}
	bits := 0
	for _, l := range n.leaves {
		if l.n.nullable() {
			bits++
		}
	}
	n.nulls = (bits + 7) / 8
	n.cleared = n.nulls > 0
	n.fixed, n.exact = true, n.typ.Comparable()
	plain := littleEndian && n.nulls == 0
	bit, next := 0, 0
	for _, l := range n.leaves {
		m := l.n
		if n.kind != Struct {
			m.flags()
		}
		n.fixed, n.exact, n.bools = n.fixed && m.fixed, n.exact && m.exact, n.bools || m.bools
		plain = plain && m.plain && int(l.off) == next
		o := op{code: m.code(), off: l.off, slot: n.nulls + next, size: m.slotWidth(), n: m, path: n.label()}
		if l.path != "" {
			o.path += "." + l.path
		}
		if m.nullable() {
			o.null, o.mask = bit/8, 1<<(bit%8)
			bit++
		}
		next += o.size
		n.cleared = n.cleared || m.kind == Array && m.elem.cleared
		n.addCopy(o)
		n.addEqual(l)
	}
	n.slots = next
	n.width = max(1, n.nulls+next)
	switch {
	case n.nulls+next == 0:
		n.unused, n.cleared = 0xff, true
	case bits%8 != 0:
		n.unused, n.unusedAt = 0xff<<(bits%8), n.nulls-1
	}
	n.plain = plain && next == int(n.size) && next > 0
}

// flags sets what a node that is not a struct says about itself.
func (n *node) flags() {
	n.fixed = n.kind.scalar() || n.kind == Time ||
		n.kind == Pointer && n.inlined() || n.kind == Array && n.elem.fixed
	n.bools = n.kind == Bool || n.kind == Array && n.elem.bools
	n.plain = littleEndian && (n.kind.scalar() && int(n.size) == n.kind.slotWidth() || n.kind == Array && n.elem.plain)
	switch n.kind {
	case Float32, Float64, Complex64, Complex128, Time, Bytes, Slice, Map, Pointer, Sum, Binary, External:
		n.exact = false
	case Array:
		n.exact = n.elem.exact
	default:
		n.exact = true
	}
}

// inlined reports whether a pointer's pointee stands in the slot. Only kinds
// that can never be part of a cycle do.
func (n *node) inlined() bool {
	return n.elem.kind == Time || n.elem.kind.scalar()
}

func (n *node) nullable() bool { return n.kind == Pointer || n.kind == Sum }

// slotWidth returns the bytes of n's slot, null bit aside.
func (n *node) slotWidth() int {
	switch {
	case n.kind == Array && n.elem.slots+n.elem.nulls == 0:
		return 0
	case n.kind == Array:
		return n.length * n.elem.width
	case n.kind == Pointer && n.inlined():
		return n.elem.kind.slotWidth()
	}
	return n.kind.slotWidth()
}

func (n *node) code() opcode {
	switch n.kind {
	case Bool:
		return opBools
	case Int, Uint:
		if n.size == 8 {
			return op8
		}
		if n.kind == Int {
			return opInt
		}
		return opUint
	case Int8, Uint8:
		return op1
	case Int16, Uint16:
		return op2
	case Int32, Uint32, Float32:
		return op4
	case Int64, Uint64, Float64, Duration:
		return op8
	case Time:
		return opTime
	case String:
		return opString
	case Bytes:
		return opBytes
	case Slice:
		return opSlice
	case Map:
		return opMap
	case Array:
		if n.elem.kind == Bool {
			return opBools
		}
		return opArray
	case Pointer:
		if n.inlined() {
			return opInline
		}
		return opPointer
	case Sum:
		return opSum
	case Binary, External:
		return opBinary
	}
	return opCopy // complex numbers, which addCopy splits where they are not plain
}

// addCopy appends o to the encoder and the decoder, joined to what stands
// before it where both are plain and neighbours. The decoder keeps booleans
// apart, as it must look at each.
func (n *node) addCopy(o op) {
	switch {
	case o.size == 0 && o.mask == 0:
		return // no data: an empty array
	case (o.n.kind == Complex64 || o.n.kind == Complex128) && !o.n.plain:
		half := o
		half.size, half.code = o.size/2, op4
		if half.size == 8 {
			half.code = op8
		}
		n.enc, n.dec = append(n.enc, half), append(n.dec, half)
		half.off, half.slot = half.off+uintptr(half.size), half.slot+half.size
		n.enc, n.dec = append(n.enc, half), append(n.dec, half)
		return
	}
	n.enc = join(n.enc, o, o.n.plain)
	n.dec = join(n.dec, o, o.n.plain && !o.n.bools)
}

// join appends o to ops, widening the last run instead where it can. A run is
// plain; its code follows from its size.
func join(ops []op, o op, plain bool) []op {
	if !plain {
		return append(ops, o)
	}
	if k := len(ops) - 1; k >= 0 && ops[k].run() && ops[k].off+uintptr(ops[k].size) == o.off {
		ops[k].size += o.size
		ops[k].code = runCode(ops[k].size)
		return ops
	}
	o.code = runCode(o.size)
	return append(ops, o)
}

func (o *op) run() bool { return o.code <= op8 && o.n.plain }

func runCode(size int) opcode {
	switch size {
	case 1:
		return op1
	case 2:
		return op2
	case 4:
		return op4
	case 8:
		return op8
	}
	return opCopy
}

// addEqual appends the comparison of l: exact plain memory in runs, the rest
// leaf by leaf.
func (n *node) addEqual(l leaf) {
	m := l.n
	o := op{off: l.off, size: int(m.size), n: m, code: opArray}
	switch {
	case m.kind == String:
		o.code = opString
	case m.kind.scalar() && m.exact || m.kind == Array && m.exact && !m.pointers && m.plain:
		if k := len(n.eq) - 1; k >= 0 && n.eq[k].code <= op8 && n.eq[k].off+uintptr(n.eq[k].size) == l.off {
			n.eq[k].size += o.size
			n.eq[k].code = runCode(n.eq[k].size)
			return
		}
		o.code = runCode(o.size)
	}
	n.eq = append(n.eq, o)
}

package types

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// sumEntry is a registered interface. load and store are compiled for the
// interface type, so that a field of it is read and set without reflection.
type sumEntry struct {
	variants []reflect.Type
	load     func(p unsafe.Pointer) any
	store    func(p unsafe.Pointer, v any) // nil stores a nil interface
}

// sumProgram is what a node of kind Sum uses.
type sumProgram struct {
	load     func(p unsafe.Pointer) any
	store    func(p unsafe.Pointer, v any)
	variants []variant
}

type variant struct {
	n      *node
	word   unsafe.Pointer // type descriptor in an interface
	direct bool           // the interface holds the value itself, not a pointer to it
}

var sums struct {
	sync.RWMutex
	byType map[reflect.Type]*sumEntry
}

// RegisterSum makes the interface I a closed sum of the given variants, so that
// fields and rows of type I can be carried. Variants are values (usually zero)
// of the concrete types, pointers included: (*Circle)(nil) registers *Circle.
// A value is stored as the position of its type in this list, which therefore
// may only grow at its end once something is stored.
//
// Call it from init or main, before Of. Registering the same list again does
// nothing. Errors: I is no interface, there are no variants, a variant does not
// implement I or comes twice, or I was registered with another list.
func RegisterSum[I any](variants ...any) error {
	t := reflect.TypeFor[I]()
	if t.Kind() != reflect.Interface {
		return fmt.Errorf("types: RegisterSum: %v is not an interface", t)
	}
	if len(variants) == 0 || len(variants) > 1<<16 {
		return fmt.Errorf("types: RegisterSum: %v needs between 1 and %d variants, not %d", t, 1<<16, len(variants))
	}
	entry := &sumEntry{
		load:  func(p unsafe.Pointer) any { return *(*I)(p) },
		store: func(p unsafe.Pointer, v any) { *(*I)(p), _ = v.(I) },
	}
	for i, v := range variants {
		vt := reflect.TypeOf(v)
		switch {
		case vt == nil:
			return fmt.Errorf("types: RegisterSum: variant %d of %v is nil: pass a value of its concrete type", i+1, t)
		case !vt.Implements(t):
			return fmt.Errorf("types: RegisterSum: %v does not implement %v", vt, t)
		case slices.Contains(entry.variants, vt):
			return fmt.Errorf("types: RegisterSum: %v is a variant of %v twice", vt, t)
		}
		entry.variants = append(entry.variants, vt)
	}
	sums.Lock()
	defer sums.Unlock()
	if old := sums.byType[t]; old != nil {
		if !slices.Equal(old.variants, entry.variants) {
			return fmt.Errorf("types: RegisterSum: %v is registered with other variants: %v", t, old.variants)
		}
		return nil
	}
	if sums.byType == nil {
		sums.byType = map[reflect.Type]*sumEntry{}
	}
	sums.byType[t] = entry
	return nil
}

func registeredSum(t reflect.Type) *sumEntry {
	sums.RLock()
	defer sums.RUnlock()
	return sums.byType[t]
}

// directInterface reports whether an interface holds values of t themselves in
// its data word. It is found out by trying: the rule is the compiler's.
func directInterface(t reflect.Type) bool {
	if t.Size() != unsafe.Sizeof(uintptr(0)) {
		return false
	}
	mark := unsafe.Pointer(new(uint64))
	v := reflect.New(t)
	*(*unsafe.Pointer)(v.UnsafePointer()) = mark
	boxed := v.Elem().Interface()
	return (*eface)(unsafe.Pointer(&boxed)).data == mark
}

// open returns the variant and the address of the value in the interface at p;
// a nil interface has tag -1.
func (s *sumProgram) open(n *node, p unsafe.Pointer) (tag int, at unsafe.Pointer) {
	v := s.load(p)
	e := (*eface)(unsafe.Pointer(&v))
	if e.typ == nil {
		return -1, nil
	}
	for i := range s.variants {
		if s.variants[i].word != e.typ {
			continue
		}
		if s.variants[i].direct { // the second word of any interface is its data
			return i, unsafe.Add(p, unsafe.Offsetof(e.data))
		}
		return i, e.data
	}
	panic(&ValueError{Path: n.label(), Reason: fmt.Sprintf("%T was not registered as a variant with types.RegisterSum", v)})
}

// set stores the variant whose value is at `at`, which becomes the interface's own.
func (s *sumProgram) set(p unsafe.Pointer, tag int, at unsafe.Pointer) {
	var v any
	e := (*eface)(unsafe.Pointer(&v))
	e.typ = s.variants[tag].word
	if s.variants[tag].direct {
		at = *(*unsafe.Pointer)(at)
	}
	e.data = at
	s.store(p, v)
}

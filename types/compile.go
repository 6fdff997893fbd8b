package types

import (
	"reflect"
	"strings"
	"time"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// compiler turns one root type into nodes. Nodes are not shared between roots:
// whether an unexported field is foreign depends on the root.
type compiler struct {
	nodes   map[reflect.Type]*node
	home    map[string]bool
	foreign bool // some node runs code of the user or of a codec
}

// compile returns the node of t, or an *UnsupportedError for path or below it.
func (c *compiler) compile(t reflect.Type, path string) (*node, error) {
	if n, ok := c.nodes[t]; ok {
		return n, nil
	}
	n := &node{typ: t, size: t.Size(), pointers: hasPointers(t), schema: &Schema{Name: typeName(t), Type: t}}
	c.nodes[t] = n
	if err := c.fill(n, path); err != nil {
		return nil, err
	}
	n.schema.Kind = n.kind
	n.layout()
	return n, nil
}

func (c *compiler) fill(n *node, path string) error {
	t := n.typ
	if p := registeredCodec(t); p != nil {
		n.kind, n.codec, c.foreign = External, p, true
		n.schema.Codec = p.name
		return nil
	}
	switch {
	case t == timeType:
		n.kind = Time
		return nil
	case t == durationType:
		n.kind = Duration
		return nil
	}
	if p := marshaler(t); p != nil {
		n.kind, n.codec, c.foreign = Binary, p, true
		return nil
	}
	if k := scalarKinds[t.Kind()]; k != Invalid {
		n.kind = k
		return nil
	}
	switch t.Kind() {
	case reflect.Array:
		return c.fillArray(n, path)
	case reflect.Slice:
		return c.fillSlice(n, path)
	case reflect.Map:
		return c.fillMap(n, path)
	case reflect.Pointer:
		n.kind = Pointer
		return c.fillElem(n, path)
	case reflect.Struct:
		return c.fillStruct(n, path)
	case reflect.Interface:
		return c.fillSum(n, path)
	}
	return &UnsupportedError{path, refusal(t)}
}

var scalarKinds = [...]Kind{
	reflect.UnsafePointer: Invalid,
	reflect.Bool:          Bool,
	reflect.Int:           Int, reflect.Int8: Int8, reflect.Int16: Int16, reflect.Int32: Int32, reflect.Int64: Int64,
	reflect.Uint: Uint, reflect.Uint8: Uint8, reflect.Uint16: Uint16, reflect.Uint32: Uint32, reflect.Uint64: Uint64,
	reflect.Float32: Float32, reflect.Float64: Float64,
	reflect.Complex64: Complex64, reflect.Complex128: Complex128,
	reflect.String: String,
}

func refusal(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Chan:
		return "a channel cannot be carried"
	case reflect.Func:
		return "a function cannot be carried"
	case reflect.UnsafePointer:
		return "an unsafe.Pointer cannot be carried"
	case reflect.Uintptr:
		return "a uintptr cannot be carried: an address means nothing in another process"
	}
	return "a " + t.Kind().String() + " cannot be carried"
}

func (c *compiler) fillElem(n *node, path string) (err error) {
	n.elem, err = c.compile(n.typ.Elem(), path)
	if err == nil {
		n.schema.Elem = n.elem.schema
	}
	return err
}

func (c *compiler) fillArray(n *node, path string) error {
	n.kind, n.length = Array, n.typ.Len()
	n.schema.Len = n.length
	return c.fillElem(n, path+"[]")
}

func (c *compiler) fillSlice(n *node, path string) error {
	n.kind = Slice
	if err := c.fillElem(n, path+"[]"); err != nil {
		return err
	}
	if n.elem.kind == Uint8 {
		n.kind, n.schema.Elem = Bytes, nil
	}
	return nil
}

func (c *compiler) fillMap(n *node, path string) (err error) {
	n.kind = Map
	if n.key, err = c.compile(n.typ.Key(), path+"[key]"); err != nil {
		return err
	}
	if n.key.refers() || holdsInterface(n.typ.Key()) {
		return &UnsupportedError{path + "[key]", "a map key that holds a pointer or an interface cannot be carried: its identity does not survive"}
	}
	n.schema.Key = n.key.schema
	return c.fillElem(n, path+"[value]")
}

func (c *compiler) fillStruct(n *node, path string) error {
	n.kind = Struct
	t := n.typ
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			continue // padding by convention: holds no data
		}
		at := path + "." + f.Name
		if !f.IsExported() && (!c.home[f.PkgPath] || standard(f.PkgPath)) {
			return &UnsupportedError{at, "unexported foreign state: " + t.String() +
				" belongs to another package and has neither MarshalBinary and UnmarshalBinary nor a codec registered with types.RegisterCodec"}
		}
		m, err := c.compile(f.Type, at)
		if err != nil {
			return err
		}
		n.schema.Fields = append(n.schema.Fields, SchemaField{
			Name: f.Name, Offset: f.Offset, Schema: m.schema, Tag: f.Tag, Embedded: f.Anonymous, Type: f.Type,
		})
		if m.kind != Struct {
			n.leaves = append(n.leaves, leaf{f.Offset, m.loadOf(), m, f.Name})
			continue
		}
		for _, l := range m.leaves {
			n.leaves = append(n.leaves, leaf{f.Offset + l.off, l.load, l.n, f.Name + "." + l.path})
		}
	}
	return nil
}

func (c *compiler) fillSum(n *node, path string) error {
	s := registeredSum(n.typ)
	if s == nil {
		return &UnsupportedError{path, "the interface " + n.typ.String() + " cannot be carried before its variants are named: register it with types.RegisterSum"}
	}
	n.kind = Sum
	n.sum = &sumProgram{load: s.load, store: s.store}
	for _, t := range s.variants {
		// The user named the variants, so their packages are no strangers.
		c.addHome(t)
		m, err := c.compile(t, path+"("+t.String()+")")
		if err != nil {
			return err
		}
		n.sum.variants = append(n.sum.variants, variant{n: m, word: typeWord(t), direct: directInterface(t)})
		n.schema.Variants = append(n.schema.Variants, m.schema)
	}
	return nil
}

// hasPointers reports whether memory of type t holds pointers.
func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.String, reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface,
		reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	}
	return false
}

// holdsInterface reports whether memory of t holds an interface by value, whose
// dynamic type might turn out to be no key when it is decoded.
func holdsInterface(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Array:
		return holdsInterface(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsInterface(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// refers reports whether Go's == on the type looks at addresses or dynamic types.
func (n *node) refers() bool {
	switch n.kind {
	case Pointer, Sum:
		return true
	case Array:
		return n.elem.refers()
	case Struct:
		for _, l := range n.leaves {
			if l.n.refers() {
				return true
			}
		}
	}
	return false
}

// typeName is the name a schema stores: the import path and the name, or
// nothing for unnamed and predeclared types.
func typeName(t reflect.Type) string {
	if t.Name() == "" || t.PkgPath() == "" {
		return ""
	}
	return t.PkgPath() + "." + t.Name()
}

// shortName cuts import paths to their last element, in type arguments too:
// "a.org/b/c.Pair[a.org/d.Word,int]" becomes "c.Pair[d.Word,int]".
func shortName(name string) string {
	var b strings.Builder
	start := 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && !strings.ContainsRune("[],*{}(); ", rune(name[i])) {
			continue
		}
		word := name[start:i]
		b.WriteString(word[strings.LastIndexByte(word, '/')+1:])
		if i < len(name) {
			b.WriteByte(name[i])
		}
		start = i + 1
	}
	return b.String()
}

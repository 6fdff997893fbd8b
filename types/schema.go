package types

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Schema is the readable structure of a type. It is immutable, and recursive
// where the type is. MarshalJSON stores it with data, so that the data can be
// read without the program. Offset and Type are of this process: they are not
// stored.
type Schema struct {
	Kind     Kind
	Name     string        // import path and name, e.g. "a.org/shop.Order"; empty for unnamed and predeclared types
	Fields   []SchemaField // of structs
	Elem     *Schema       // of arrays, slices, pointers; the value of maps
	Key      *Schema       // of maps
	Len      int           // of arrays
	Variants []*Schema     // of sums, in the order of their registration
	Codec    string        // of kind External: the name it was registered with

	Type reflect.Type // the Go type, nil in a schema that was read from storage
}

// SchemaField is one field of a struct.
type SchemaField struct {
	Name     string
	Schema   *Schema
	Tag      reflect.StructTag
	Embedded bool

	Offset uintptr      // in memory
	Type   reflect.Type // as in Schema
}

// String returns the schema in one line, the same for the same structure:
//
//	main.Word{Text string, Count int64}
//	main.Celsius(float64)
//	main.Node{Next *main.Node}
//
// A named struct is spelled out once, and called by its name after that. Import
// paths are cut to their last element.
func (s *Schema) String() string {
	p := printer{seen: map[*Schema]bool{}, open: map[*Schema]bool{}}
	p.print(s)
	return p.String()
}

type printer struct {
	strings.Builder
	seen map[*Schema]bool
	open map[*Schema]bool
}

// maxPrinted bounds the line of a schema that was stored by no program of ours:
// unnamed types that share parts could spell out without end.
const maxPrinted = 1 << 20

func (p *printer) print(s *Schema) {
	if p.open[s] && s.Name == "" || p.Len() > maxPrinted {
		p.WriteString("…")
		return
	}
	p.open[s] = true
	defer delete(p.open, s)
	named := s.Name != "" && s.Kind != Time && s.Kind != Duration
	if named {
		p.WriteString(shortName(s.Name))
		if p.seen[s] {
			return
		}
		p.seen[s] = true
		if s.Kind != Struct {
			p.WriteByte('(')
			defer p.WriteByte(')')
		}
	}
	switch s.Kind {
	case Struct:
		p.WriteByte('{')
		for i, f := range s.Fields {
			if i > 0 {
				p.WriteString(", ")
			}
			if !f.Embedded {
				p.WriteString(f.Name + " ")
			}
			p.print(f.Schema)
		}
		p.WriteByte('}')
	case Pointer:
		p.WriteByte('*')
		p.print(s.Elem)
	case Array:
		p.WriteString("[" + strconv.Itoa(s.Len) + "]")
		p.print(s.Elem)
	case Slice:
		p.WriteString("[]")
		p.print(s.Elem)
	case Map:
		p.WriteString("map[")
		p.print(s.Key)
		p.WriteByte(']')
		p.print(s.Elem)
	case Sum:
		for i, v := range s.Variants {
			if i > 0 {
				p.WriteString(" | ")
			}
			p.print(v)
		}
	case External:
		fmt.Fprintf(p, "codec %s", s.Codec)
	default:
		p.WriteString(s.Kind.String())
	}
}

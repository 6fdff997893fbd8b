package parquet

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// plan says how the rows of a file become records.
type plan struct {
	o       *opened
	cells   []column
	pruning [][]pruning // what conditions ask, by column
	early   []bool      // by column: conditions look at it
}

// binding leads from a column of the file to a field.
//
// A definition level says how many of the optional and repeated nodes on the
// way to a value are there (Melnik et al., Dremel, VLDB 2010): maxDef that the
// value is, less that the node after so many is NULL, or, if it is repeated, that
// the list is empty.
type binding struct {
	name   string // in the file, joined by dots
	field  *field
	leaf   *parquet.Column
	number int // among the columns of a row group
	maxDef byte

	hops     []hop  // pointers to groups on the way
	elemDef  byte   // from this level on there is an element; lists only
	nullable []bool // by definition level below maxDef: what is missing has a nil to show it
}

// hop is a pointer to a group on the way to a field.
type hop struct {
	offset uintptr
	typ    reflect.Type // of the group
	def    byte         // from this level on the group is there
}

// bind finds the columns of the fields to read.
func bind(o *opened, fields []*field, places []place, asks []asking) (*plan, error) {
	p := &plan{o: o}
	if err := p.group(fields, o.root, "", nil, nil); err != nil {
		return nil, err
	}
	p.pruning, p.early = make([][]pruning, len(p.cells)), make([]bool, len(p.cells))
	for i, cell := range p.cells {
		b := cell.chunkOf().b
		if len(b.hops) > 0 {
			continue
		}
		for _, at := range places {
			p.early[i] = p.early[i] || b.field.isAt(at)
		}
		for _, a := range asks {
			if b.field.isAt(a.at) {
				p.pruning[i] = append(p.pruning[i], a.pruning)
			}
		}
	}
	return p, nil
}

// group binds the fields of a group. nullable is that of the group itself, by
// definition level; path ends with a dot unless it is empty.
func (p *plan) group(fields []*field, node *parquet.Column, path string, hops []hop, nullable []bool) error {
	for _, f := range fields {
		if f.fields == nil && f.unread || f.fields != nil && allUnread(f.fields) {
			continue
		}
		c, err := p.find(f, node, path)
		if err != nil {
			return err
		}
		refuse := func(why string) error {
			return fmt.Errorf("parquet: %s: column %q, %s, %s the field %s of type %s", p.o.path, path+f.name, describe(c), why, f.goName, fieldType(f))
		}
		at := slices.Clone(nullable)
		if c.Optional() {
			at = append(at, f.pointer || f.list)
		}
		switch {
		case f.fields != nil:
			if c.Leaf() || c.Repeated() || isList(c) {
				return refuse("does not fit into")
			}
			within := hops
			if f.pointer {
				within = append(slices.Clone(hops), hop{f.offset, f.typ, byte(c.MaxDefinitionLevel())})
			}
			if err := p.group(f.fields, c, path+c.Name()+".", within, at); err != nil {
				return err
			}
			continue
		case f.list:
			leaf, repeated := listOf(c)
			if leaf == nil {
				return refuse("does not fit into")
			}
			b := &binding{elemDef: byte(repeated.MaxDefinitionLevel()), leaf: leaf}
			at = append(at, true) // an empty list
			if leaf.Optional() {
				at = append(at, false)
			}
			if err := p.add(b, f, path+c.Name(), hops, at); err != nil {
				return refuse(err.Error())
			}
		default:
			if !c.Leaf() || c.Repeated() {
				return refuse("does not fit into")
			}
			if err := p.add(&binding{leaf: c}, f, path+c.Name(), hops, at); err != nil {
				return refuse(err.Error())
			}
		}
	}
	return nil
}

func (p *plan) add(b *binding, f *field, name string, hops []hop, nullable []bool) error {
	b.name, b.field, b.hops, b.nullable = name, f, hops, nullable
	b.number, b.maxDef = b.leaf.Index(), byte(b.leaf.MaxDefinitionLevel())
	if len(nullable) != int(b.maxDef) {
		return errMisfit
	}
	// What the schema says of the type must be what the chunks are.
	for i := range p.o.footer.RowGroups {
		if have := p.o.footer.RowGroups[i].Columns[b.number].MetaData.Type; have != format.Type(b.leaf.Type().Kind()) {
			return fmt.Errorf("is %s in row group %d, which does not fit", have, i)
		}
	}
	cell, err := newColumn(b, p.o)
	if err != nil {
		return err
	}
	p.cells = append(p.cells, cell)
	return nil
}

// find returns the column of a field: the one of its name, else the only one
// whose name differs in case.
func (p *plan) find(f *field, node *parquet.Column, path string) (*parquet.Column, error) {
	var found *parquet.Column
	var names []string
	for _, c := range node.Columns() {
		if c.Name() == f.name {
			return c, nil
		}
		names = append(names, c.Name())
		if !strings.EqualFold(c.Name(), f.name) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("parquet: %s: both columns %q and %q could be the field %s", p.o.path, found.Name(), c.Name(), f.goName)
		}
		found = c
	}
	if found == nil {
		return nil, fmt.Errorf("parquet: %s: there is no column %q for the field %s; the columns are %q", p.o.path, path+f.name, f.goName, names)
	}
	return found, nil
}

// isList reports whether a group is annotated as something else than a struct.
func isList(c *parquet.Column) bool {
	switch t := c.Type().LogicalType(); {
	case t == nil:
		return false
	default:
		switch t.Value.(type) {
		case *format.ListType, *format.MapType, *format.VariantType:
			return true
		}
		return false
	}
}

// listOf returns the column with the elements of a list, and the node that is
// repeated, which can be the same. The three notations are a repeated value, a
// group around it, and a group around a repeated group with the value; see
// LogicalTypes.md of parquet-format.
func listOf(c *parquet.Column) (leaf, repeated *parquet.Column) {
	if c.Repeated() {
		if !c.Leaf() {
			return nil, nil
		}
		return c, c
	}
	if c.Leaf() || len(c.Columns()) != 1 {
		return nil, nil
	}
	repeated = c.Columns()[0]
	if !repeated.Repeated() {
		return nil, nil
	}
	if repeated.Leaf() {
		return repeated, repeated
	}
	if len(repeated.Columns()) != 1 {
		return nil, nil
	}
	leaf = repeated.Columns()[0]
	if !leaf.Leaf() || leaf.Repeated() {
		return nil, nil
	}
	return leaf, repeated
}

func allUnread(fields []*field) bool {
	all := true
	leaves(fields, "", func(_ string, f *field) { all = all && f.unread })
	return all
}

// describe names the type of a column.
func describe(c *parquet.Column) string {
	what := "a group"
	switch {
	case c.Leaf():
		what = typeName(c)
	case isList(c):
		what = "a " + c.Type().LogicalType().String()
	}
	switch {
	case c.Repeated():
		what = "repeated " + what
	case c.Optional():
		what = "optional " + what
	}
	return what
}

// typeName is the logical type of a column's values, or else the physical one.
func typeName(c *parquet.Column) string {
	if t := c.Type().LogicalType(); t != nil && t.Value != nil {
		return t.String()
	}
	return c.Type().Kind().String()
}

func fieldType(f *field) string {
	switch {
	case f.pointer:
		return "*" + f.typ.String()
	case f.list:
		return "[]" + f.typ.String()
	}
	return f.typ.String()
}

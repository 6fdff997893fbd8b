package parquet

import (
	"fmt"
	"reflect"
	"time"

	"github.com/parquet-go/parquet-go"
)

// inOrder is a group whose fields stay in the order of the struct: those of
// parquet.Group are sorted by name.
type inOrder struct {
	parquet.Group
	fields []parquet.Field
}

func (g inOrder) Fields() []parquet.Field { return g.fields }

// named is a field of a group.
type named struct {
	parquet.Node
	name string
}

func (n named) Name() string { return n.name }

// Value is for writing Go values through reflection, which we do not.
func (n named) Value(base reflect.Value) reflect.Value { return base }

// schemaOf returns the schema of a record type.
func schemaOf(fields []*field) (*parquet.Schema, error) {
	root, err := groupOf(fields)
	if err != nil {
		return nil, err
	}
	return parquet.NewSchema("record", root), nil
}

func groupOf(fields []*field) (parquet.Node, error) {
	g := inOrder{Group: parquet.Group{}}
	for _, f := range fields {
		node, err := nodeOf(f)
		if err != nil {
			return nil, err
		}
		g.Group[f.name] = node
		g.fields = append(g.fields, named{node, f.name})
	}
	return g, nil
}

func nodeOf(f *field) (parquet.Node, error) {
	var node parquet.Node
	var err error
	if f.fields != nil {
		node, err = groupOf(f.fields)
	} else {
		node, err = valueNode(f)
	}
	switch {
	case err != nil:
		return nil, err
	case f.list:
		return parquet.Optional(parquet.List(node)), nil
	case f.pointer:
		return parquet.Optional(node), nil
	}
	return node, nil
}

func valueNode(f *field) (parquet.Node, error) {
	switch f.kind {
	case boolKind:
		return parquet.Leaf(parquet.BooleanType), nil
	case int8Kind:
		return parquet.Int(8), nil
	case int16Kind:
		return parquet.Int(16), nil
	case int32Kind:
		if f.date {
			return parquet.Date(), nil
		}
		return parquet.Int(32), nil
	case int64Kind:
		if f.scale >= 0 {
			return parquet.Decimal(f.scale, intDigits, parquet.Int64Type), nil
		}
		return parquet.Int(64), nil
	case uint8Kind:
		return parquet.Uint(8), nil
	case uint16Kind:
		return parquet.Uint(16), nil
	case uint32Kind:
		return parquet.Uint(32), nil
	case uint64Kind:
		return parquet.Uint(64), nil
	case float32Kind:
		return parquet.Leaf(parquet.FloatType), nil
	case float64Kind:
		return parquet.Leaf(parquet.DoubleType), nil
	case stringKind:
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary), nil
	case bytesKind:
		return parquet.Leaf(parquet.ByteArrayType), nil
	case durationKind:
		return parquet.Leaf(parquet.Int64Type), nil
	case timeKind:
		switch {
		case f.date:
			return parquet.Date(), nil
		case f.unit == time.Millisecond:
			return parquet.Timestamp(parquet.Millisecond), nil
		case f.unit == time.Microsecond:
			return parquet.Timestamp(parquet.Microsecond), nil
		}
		return parquet.Timestamp(parquet.Nanosecond), nil
	}
	return nil, fmt.Errorf("parquet: field %s: a %s cannot be a column", f.goName, f.typ)
}

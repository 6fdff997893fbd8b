package types

import (
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// Column reads one field of many rows without knowing their type: what looks at
// every field of any struct is written once and needs no reflection for a row. It is
// immutable and safe for concurrent use.
type Column struct {
	Path    string // the names that lead to the field, e.g. "Address.Zip"
	Kind    Kind   // of the value, or of what it points to
	Pointer bool   // it may be nil

	offset uintptr
}

// ColumnBatch is rows that a column reads. It refers to them.
type ColumnBatch struct {
	first unsafe.Pointer
	size  uintptr
	count int
}

// Columns returns the exported fields of T, those of structs in it instead of these
// structs, in their order; none if T is no struct.
func Columns[T any]() ([]Column, error) {
	t, err := Of[T]()
	if err != nil {
		return nil, err
	}
	return appendColumns(nil, t.Schema(), "", 0), nil
}

func appendColumns(to []Column, s *Schema, path string, offset uintptr) []Column {
	for _, f := range s.Fields {
		promotes := f.Embedded && f.Schema.Kind == Struct
		if first, _ := utf8.DecodeRuneInString(f.Name); !unicode.IsUpper(first) && !promotes {
			continue
		}
		c := Column{Path: path + f.Name, Kind: f.Schema.Kind, offset: offset + f.Offset}
		switch c.Kind {
		case Struct:
			to = appendColumns(to, f.Schema, c.Path+".", c.offset)
			continue
		case Pointer:
			c.Kind, c.Pointer = f.Schema.Elem.Kind, true
		}
		to = append(to, c)
	}
	return to
}

// ColumnsIn returns rows for columns to read.
func ColumnsIn[T any](rows []T) ColumnBatch {
	var row T
	return ColumnBatch{unsafe.Pointer(unsafe.SliceData(rows)), unsafe.Sizeof(row), len(rows)}
}

// Numeric reports whether the column holds numbers, complex ones aside. Durations
// are numbers of nanoseconds.
func (c *Column) Numeric() bool {
	return c.Kind >= Int && c.Kind <= Float64 || c.Kind == Duration
}

// AppendNumbers appends the values of a numeric column that are not nil. Whole
// numbers of more than 53 bits are rounded.
func (c *Column) AppendNumbers(dst []float64, rows ColumnBatch) []float64 {
	switch c.Kind {
	case Int:
		return appendNumbers[int](dst, c, rows)
	case Int8:
		return appendNumbers[int8](dst, c, rows)
	case Int16:
		return appendNumbers[int16](dst, c, rows)
	case Int32:
		return appendNumbers[int32](dst, c, rows)
	case Int64, Duration:
		return appendNumbers[int64](dst, c, rows)
	case Uint:
		return appendNumbers[uint](dst, c, rows)
	case Uint8:
		return appendNumbers[uint8](dst, c, rows)
	case Uint16:
		return appendNumbers[uint16](dst, c, rows)
	case Uint32:
		return appendNumbers[uint32](dst, c, rows)
	case Uint64:
		return appendNumbers[uint64](dst, c, rows)
	case Float32:
		return appendNumbers[float32](dst, c, rows)
	case Float64:
		return appendNumbers[float64](dst, c, rows)
	}
	return dst
}

func appendNumbers[V int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64 | float32 | float64](dst []float64, c *Column, rows ColumnBatch) []float64 {
	for i := range rows.count {
		if p := c.at(rows, i); p != nil {
			dst = append(dst, float64(*(*V)(p)))
		}
	}
	return dst
}

// AppendLengths appends the lengths, in bytes, of the values of a column of strings
// or bytes that are not nil pointers.
func (c *Column) AppendLengths(dst []float64, rows ColumnBatch) []float64 {
	for i := range rows.count {
		if p := c.at(rows, i); p != nil {
			dst = append(dst, float64((*bytesHeader)(p).len))
		}
	}
	return dst
}

// True returns how many values of a column of booleans are true.
func (c *Column) True(rows ColumnBatch) (n int) {
	for i := range rows.count {
		if p := c.at(rows, i); p != nil && *(*bool)(p) {
			n++
		}
	}
	return n
}

// Nil returns how many values are nil pointers, or sums without a value.
func (c *Column) Nil(rows ColumnBatch) (n int) {
	if !c.Pointer && c.Kind != Sum {
		return 0
	}
	for i := range rows.count {
		if *(*unsafe.Pointer)(c.field(rows, i)) == nil {
			n++
		}
	}
	return n
}

func (c *Column) field(rows ColumnBatch, i int) unsafe.Pointer {
	return unsafe.Add(rows.first, uintptr(i)*rows.size+c.offset)
}

// at returns the address of a value, or nil.
func (c *Column) at(rows ColumnBatch, i int) unsafe.Pointer {
	p := c.field(rows, i)
	if c.Pointer {
		p = *(*unsafe.Pointer)(p)
	}
	return p
}

package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

var (
	errMisfit = errors.New("does not fit into")
	errLossy  = errors.New("has values that do not fit into")
)

// logical returns the annotation of a column's type, nil if there is none.
func (b *binding) logical() any {
	if t := b.leaf.Type().LogicalType(); t != nil && t.Value != nil {
		return t.Value
	}
	return nil
}

func (b *binding) physical() parquet.Kind { return b.leaf.Type().Kind() }

func bools(b *binding, _ *opened) (convert[bool], error) {
	if b.physical() != parquet.Boolean {
		return nil, errMisfit
	}
	return func(dst []bool, src *values, from int, _ *[]wrong) {
		for i, x := range src.data[from:][:len(dst)] {
			dst[i] = x != 0
		}
	}, nil
}

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// integers converts integers whose type says that all of them fit into V, decimals
// into an int64, and dates into the days of an int32.
func integers[V integer](b *binding, _ *opened) (convert[V], error) {
	kind := b.physical()
	bits, signed := 0, true
	switch kind {
	case parquet.Int32:
		bits = 32
	case parquet.Int64:
		bits = 64
	}
	declared := bits
	annotation := b.logical()
	if _, date := annotation.(*format.DateType); date != b.field.date {
		return nil, errMisfit
	}
	switch t := annotation.(type) {
	case nil, *format.DateType:
	case *format.IntType:
		declared, signed = int(t.BitWidth), t.IsSigned
	case *format.DecimalType:
		return decimals[V](b, t)
	default:
		return nil, errMisfit
	}
	if bits == 0 || declared < 8 || declared > bits {
		return nil, errMisfit
	}
	size, target := reflect.TypeFor[V]().Bits(), ^V(0) < 0 // target is signed
	if declared > size || signed != target && (signed || declared == size) {
		return nil, errLossy
	}
	if b.field.scale > 0 {
		if digitsOf[declared]+b.field.scale > intDigits {
			return nil, errLossy
		}
		return scaled[V](bits, declared, signed, b.field.scale), nil
	}
	if declared < bits {
		return narrow[V](bits, declared, signed), nil
	}
	switch {
	case bits == 32 && signed:
		return func(dst []V, src *values, from int, _ *[]wrong) {
			data := src.data[4*from:][:4*len(dst)]
			for i := range dst {
				dst[i] = V(int32(binary.LittleEndian.Uint32(data[4*i:])))
			}
		}, nil
	case bits == 32:
		return func(dst []V, src *values, from int, _ *[]wrong) {
			data := src.data[4*from:][:4*len(dst)]
			for i := range dst {
				dst[i] = V(binary.LittleEndian.Uint32(data[4*i:]))
			}
		}, nil
	}
	return func(dst []V, src *values, from int, _ *[]wrong) {
		data := src.data[8*from:][:8*len(dst)]
		for i := range dst {
			dst[i] = V(binary.LittleEndian.Uint64(data[8*i:]))
		}
	}, nil
}

// digitsOf says how many digits integers have at most, by their bits.
var digitsOf = map[int]int{8: 3, 16: 5, 32: 10, 64: 20}

// scaled converts integers into decimals that count 10^-scale, with zeros behind the
// point.
func scaled[V integer](bits, declared int, signed bool, scale int) convert[V] {
	whole := narrow[V](bits, declared, signed)
	factor := V(1)
	for range scale {
		factor *= 10
	}
	return func(dst []V, src *values, from int, bad *[]wrong) {
		whole(dst, src, from, bad)
		for i := range dst {
			dst[i] *= factor
		}
	}
}

// narrow converts integers that are stored in more bits than their type has.
func narrow[V integer](bits, declared int, signed bool) convert[V] {
	low, high := int64(0), int64(1)<<declared-1
	if signed {
		low, high = -(int64(1) << (declared - 1)), int64(1)<<(declared-1)-1
	}
	return func(dst []V, src *values, from int, bad *[]wrong) {
		for i := range dst {
			x := src.integer(from+i, bits)
			if !signed && bits == 32 {
				x = int64(uint32(x))
			}
			if x < low || x > high {
				*bad = append(*bad, wrong{i, fmt.Sprintf("%d is no integer of %d bits", x, declared)})
			}
			dst[i] = V(x)
		}
	}
}

// integer returns a number of 32 or 64 bits.
func (v *values) integer(i, bits int) int64 {
	if bits == 32 {
		return int64(int32(binary.LittleEndian.Uint32(v.data[4*i:])))
	}
	return int64(binary.LittleEndian.Uint64(v.data[8*i:]))
}

func floats32(b *binding, _ *opened) (convert[float32], error) {
	switch b.physical() {
	case parquet.Float:
		return func(dst []float32, src *values, from int, _ *[]wrong) {
			data := src.data[4*from:][:4*len(dst)]
			for i := range dst {
				dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
			}
		}, nil
	case parquet.Double:
		return nil, errLossy
	}
	return nil, errMisfit
}

func floats64(b *binding, _ *opened) (convert[float64], error) {
	if t, ok := b.logical().(*format.DecimalType); ok {
		return decimalFloats(b, t)
	}
	switch b.physical() {
	case parquet.Float:
		return func(dst []float64, src *values, from int, _ *[]wrong) {
			data := src.data[4*from:][:4*len(dst)]
			for i := range dst {
				dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
			}
		}, nil
	case parquet.Double:
		return func(dst []float64, src *values, from int, _ *[]wrong) {
			data := src.data[8*from:][:8*len(dst)]
			for i := range dst {
				dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
			}
		}, nil
	}
	return nil, errMisfit
}

func texts(b *binding, _ *opened) (convert[string], error) {
	switch b.logical().(type) {
	case nil, *format.StringType, *format.EnumType, *format.JsonType:
	default:
		return nil, errMisfit
	}
	switch b.physical() {
	case parquet.ByteArray:
		return func(dst []string, src *values, from int, _ *[]wrong) {
			offsets := src.offsets[from:][:len(dst)+1]
			data, gap := src.data, uint32(src.gap)
			for i := range dst {
				dst[i] = textOf(data[offsets[i] : offsets[i+1]-gap])
			}
		}, nil
	case parquet.FixedLenByteArray:
		return func(dst []string, src *values, from int, _ *[]wrong) {
			width := src.c.width()
			for i := range dst {
				dst[i] = textOf(src.data[(from+i)*width:][:width])
			}
		}, nil
	}
	return nil, errMisfit
}

func byteSlices(b *binding, _ *opened) (convert[[]byte], error) {
	switch b.logical().(type) {
	case nil, *format.StringType, *format.EnumType, *format.JsonType, *format.BsonType, *format.UUIDType:
	default:
		return nil, errMisfit
	}
	switch b.physical() {
	case parquet.ByteArray:
		return func(dst [][]byte, src *values, from int, _ *[]wrong) {
			for i := range dst {
				dst[i] = src.at(from + i)
			}
		}, nil
	case parquet.FixedLenByteArray:
		return func(dst [][]byte, src *values, from int, _ *[]wrong) {
			width := src.c.width()
			for i := range dst {
				at := (from + i) * width
				dst[i] = src.data[at : at+width : at+width]
			}
		}, nil
	}
	return nil, errMisfit
}

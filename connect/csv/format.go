package csv

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// formatterOf returns the function that writes a type, and whether what it writes
// may be any text.
func formatterOf(t reflect.Type, c config) (format formatFunc, textual bool, err error) {
	switch {
	case t == timeType:
		layout := c.layout
		return func(dst []byte, p address) ([]byte, error) {
			return as[time.Time](p).AppendFormat(dst, layout), nil
		}, true, nil
	case t == durationType:
		return func(dst []byte, p address) ([]byte, error) {
			return append(dst, as[time.Duration](p).String()...), nil
		}, false, nil
	case reflect.PointerTo(t).Implements(writesText):
		return func(dst []byte, p address) ([]byte, error) {
			text, err := asInterface(t, p).(encoding.TextMarshaler).MarshalText()
			return append(dst, text...), err
		}, true, nil
	}
	switch t.Kind() {
	case reflect.String:
		return func(dst []byte, p address) ([]byte, error) { return append(dst, *as[string](p)...), nil }, true, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return func(dst []byte, p address) ([]byte, error) { return append(dst, *as[[]byte](p)...), nil }, true, nil
		}
	case reflect.Bool:
		return func(dst []byte, p address) ([]byte, error) {
			return strconv.AppendBool(dst, *as[bool](p)), nil
		}, false, nil
	case reflect.Int:
		return integers[int](), false, nil
	case reflect.Int8:
		return integers[int8](), false, nil
	case reflect.Int16:
		return integers[int16](), false, nil
	case reflect.Int32:
		return integers[int32](), false, nil
	case reflect.Int64:
		return integers[int64](), false, nil
	case reflect.Uint:
		return naturals[uint](), false, nil
	case reflect.Uint8:
		return naturals[uint8](), false, nil
	case reflect.Uint16:
		return naturals[uint16](), false, nil
	case reflect.Uint32:
		return naturals[uint32](), false, nil
	case reflect.Uint64:
		return naturals[uint64](), false, nil
	case reflect.Float32:
		return func(dst []byte, p address) ([]byte, error) {
			return appendFloat(dst, float64(*as[float32](p)), 32), nil
		}, false, nil
	case reflect.Float64:
		return func(dst []byte, p address) ([]byte, error) {
			return appendFloat(dst, *as[float64](p), 64), nil
		}, false, nil
	}
	return nil, false, fmt.Errorf("a %s cannot be a column; it can implement encoding.TextMarshaler", t)
}

func integers[V int | int8 | int16 | int32 | int64]() formatFunc {
	return func(dst []byte, p address) ([]byte, error) {
		return strconv.AppendInt(dst, int64(*as[V](p)), 10), nil
	}
}

func naturals[V uint | uint8 | uint16 | uint32 | uint64]() formatFunc {
	return func(dst []byte, p address) ([]byte, error) {
		return strconv.AppendUint(dst, uint64(*as[V](p)), 10), nil
	}
}

// appendFloat writes the shortest text that is read back as the same number, and
// an exponent only where the text would be long without it.
func appendFloat(dst []byte, v float64, bits int) []byte {
	notation := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		notation = 'e'
	}
	return strconv.AppendFloat(dst, v, notation, -1, bits)
}

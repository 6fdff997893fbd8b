package csv

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// parserOf returns the function that reads a type.
func parserOf(t reflect.Type, c config) (parseFunc, error) {
	switch {
	case t == timeType:
		layout := c.layout
		return func(p address, text string) (err error) {
			if *as[time.Time](p), err = time.Parse(layout, text); err != nil {
				return fmt.Errorf("%s is no time like %s", shown(text), layout)
			}
			return nil
		}, nil
	case t == durationType:
		return func(p address, text string) (err error) {
			if *as[time.Duration](p), err = time.ParseDuration(text); err != nil {
				return fmt.Errorf("%s is no duration like 1m30s", shown(text))
			}
			return nil
		}, nil
	case reflect.PointerTo(t).Implements(readsText):
		return func(p address, text string) error {
			if err := asInterface(t, p).(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
				return fmt.Errorf("%s is no %s: %w", shown(text), t, err)
			}
			return nil
		}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return func(p address, text string) error { *as[string](p) = text; return nil }, nil
	case reflect.Bool:
		return func(p address, text string) (err error) {
			if *as[bool](p), err = strconv.ParseBool(text); err != nil {
				return fmt.Errorf("%s is no boolean", shown(text))
			}
			return nil
		}, nil
	case reflect.Int:
		return signed[int](strconv.IntSize), nil
	case reflect.Int8:
		return signed[int8](8), nil
	case reflect.Int16:
		return signed[int16](16), nil
	case reflect.Int32:
		return signed[int32](32), nil
	case reflect.Int64:
		return signed[int64](64), nil
	case reflect.Uint:
		return unsigned[uint](strconv.IntSize), nil
	case reflect.Uint8:
		return unsigned[uint8](8), nil
	case reflect.Uint16:
		return unsigned[uint16](16), nil
	case reflect.Uint32:
		return unsigned[uint32](32), nil
	case reflect.Uint64:
		return unsigned[uint64](64), nil
	case reflect.Float32:
		return func(p address, text string) error {
			v, err := strconv.ParseFloat(text, 32)
			*as[float32](p) = float32(v)
			return notNumber(text, "number", 32, err)
		}, nil
	case reflect.Float64:
		return func(p address, text string) (err error) {
			*as[float64](p), err = strconv.ParseFloat(text, 64)
			return notNumber(text, "number", 64, err)
		}, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return func(p address, text string) error { *as[[]byte](p) = []byte(text); return nil }, nil
		}
	}
	return nil, fmt.Errorf("a %s cannot be a column; it can implement encoding.TextUnmarshaler", t)
}

func signed[V int | int8 | int16 | int32 | int64](bits int) parseFunc {
	low, high := int64(-1)<<(bits-1), int64(math.MaxInt64)>>(64-bits)
	return func(p address, text string) error {
		n, ok := digits(text)
		if !ok || n < low || n > high {
			var err error
			if n, err = strconv.ParseInt(text, 10, bits); err != nil {
				return notNumber(text, "integer", bits, err)
			}
		}
		*as[V](p) = V(n)
		return nil
	}
}

func unsigned[V uint | uint8 | uint16 | uint32 | uint64](bits int) parseFunc {
	high := uint64(math.MaxUint64) >> (64 - bits)
	return func(p address, text string) error {
		n, ok := digits(text)
		u := uint64(n)
		if !ok || n < 0 || u > high {
			var err error
			if u, err = strconv.ParseUint(text, 10, bits); err != nil {
				return notNumber(text, "unsigned integer", bits, err)
			}
		}
		*as[V](p) = V(u)
		return nil
	}
}

// digits reads an integer that is short enough not to overflow, and leaves all
// others to package strconv.
func digits(text string) (int64, bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	var n int64
	for i := range len(text) {
		d := text[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	if negative {
		n = -n
	}
	return n, true
}

// notNumber says why a text is no number of a kind, nil if err is nil.
func notNumber(text, kind string, bits int, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return fmt.Errorf("%s does not fit into %d bits", shown(text), bits)
	}
	return fmt.Errorf("%s is no %s", shown(text), kind)
}

// shown quotes a text for a message and cuts it if it is long.
func shown(text string) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(text[:most]) + "…"
	}
	return strconv.Quote(text)
}

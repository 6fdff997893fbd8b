package parquet

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

const (
	intDigits   = 18 // every decimal of so many digits fits into 64 bits
	floatDigits = 15 // and into a float64, from which it can be told again
)

// decimals converts decimals into integers that count 10^-scale, the field's.
func decimals[V integer](b *binding, t *format.DecimalType) (convert[V], error) {
	if b.field.kind != int64Kind {
		return nil, errMisfit
	}
	scale, up := max(b.field.scale, 0), 0
	switch up = scale - int(t.Scale); {
	case t.Scale < 0 || t.Precision < t.Scale:
		return nil, errMisfit
	case up < 0:
		return nil, fmt.Errorf("%w; the tag scale=%d would be enough for", errLossy, t.Scale)
	case int(t.Precision)+up > intDigits:
		return nil, errLossy
	}
	get, err := unscaled(b)
	if err != nil {
		return nil, err
	}
	factor := int64(1)
	for range up {
		factor *= 10
	}
	return func(dst []V, src *values, from int, bad *[]wrong) {
		for i := range dst {
			x, ok := get(src, from+i)
			high, low := bits.Mul64(uint64(max(x, -x)), uint64(factor))
			if !ok || high > 0 || low > math.MaxInt64 || x == math.MinInt64 {
				*bad = append(*bad, wrong{i, fmt.Sprintf("a decimal has more than the %d digits of its type", t.Precision)})
				continue
			}
			dst[i] = V(x * factor)
		}
	}, nil
}

// decimalFloats converts decimals into the nearest float64. Both the digits and
// the power of ten are exact, so that one division rounds correctly.
func decimalFloats(b *binding, t *format.DecimalType) (convert[float64], error) {
	if t.Scale < 0 || t.Precision < t.Scale {
		return nil, errMisfit
	}
	if t.Precision > floatDigits {
		return nil, errLossy
	}
	get, err := unscaled(b)
	if err != nil {
		return nil, err
	}
	power, err := strconv.ParseFloat("1e"+strconv.Itoa(int(t.Scale)), 64)
	if err != nil {
		return nil, errMisfit
	}
	return func(dst []float64, src *values, from int, bad *[]wrong) {
		for i := range dst {
			x, ok := get(src, from+i)
			if !ok || x > 1<<53 || x < -1<<53 {
				*bad = append(*bad, wrong{i, fmt.Sprintf("a decimal has more than the %d digits of its type", t.Precision)})
				continue
			}
			dst[i] = float64(x) / power
		}
	}, nil
}

// unscaled returns how to read the digits of a decimal; false if they do not fit.
func unscaled(b *binding) (func(src *values, i int) (int64, bool), error) {
	switch b.physical() {
	case parquet.Int32:
		return func(src *values, i int) (int64, bool) { return src.integer(i, 32), true }, nil
	case parquet.Int64:
		return func(src *values, i int) (int64, bool) { return src.integer(i, 64), true }, nil
	case parquet.ByteArray:
		return func(src *values, i int) (int64, bool) { return bigEndian(src.at(i)) }, nil
	case parquet.FixedLenByteArray:
		return func(src *values, i int) (int64, bool) {
			width := src.c.width()
			return bigEndian(src.data[i*width:][:width])
		}, nil
	}
	return nil, errMisfit
}

// bigEndian reads a number in two's complement; false if it has more than 64 bits.
func bigEndian(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, true
	}
	var x int64
	if b[0] >= 0x80 {
		x = -1
	}
	for len(b) > 8 {
		if b[0] != byte(x) {
			return 0, false
		}
		b = b[1:]
	}
	sign := x
	for _, d := range b {
		x = x<<8 | int64(d)
	}
	return x, len(b) < 8 || x>>63 == sign
}

package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

const (
	daySeconds = 24 * 60 * 60

	// unixDay is the Julian day that begins at noon of 1 January 1970.
	unixDay = 2440588
)

// unitOf returns the unit of a time in a file, 0 if it is unknown.
func unitOf(u format.TimeUnit) time.Duration {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return time.Millisecond
	case *format.MicroSeconds:
		return time.Microsecond
	case *format.NanoSeconds:
		return time.Nanosecond
	}
	return 0
}

func times(b *binding, _ *opened) (convert[time.Time], error) {
	switch t := b.logical().(type) {
	case *format.DateType:
		if b.physical() == parquet.Int32 {
			return func(dst []time.Time, src *values, from int, _ *[]wrong) {
				for i := range dst {
					dst[i] = time.Unix(src.integer(from+i, 32)*daySeconds, 0).UTC()
				}
			}, nil
		}
	case *format.TimestampType:
		if unit := unitOf(t.Unit); unit > 0 && b.physical() == parquet.Int64 {
			return timestamps(unit), nil
		}
	case nil:
		if b.physical() == parquet.Int96 {
			return julian, nil
		}
	}
	return nil, errMisfit
}

func timestamps(unit time.Duration) convert[time.Time] {
	second := int64(time.Second / unit)
	return func(dst []time.Time, src *values, from int, _ *[]wrong) {
		for i := range dst {
			x := src.integer(from+i, 64)
			// A negative rest is what time.Unix puts right.
			dst[i] = time.Unix(x/second, x%second*int64(unit)).UTC()
		}
	}
}

// julian converts INT96: nanoseconds of the day in 8 bytes and the Julian day in 4.
func julian(dst []time.Time, src *values, from int, _ *[]wrong) {
	for i := range dst {
		b := src.data[12*(from+i):][:12]
		day := int64(int32(binary.LittleEndian.Uint32(b[8:])))
		dst[i] = time.Unix((day-unixDay)*daySeconds, int64(binary.LittleEndian.Uint64(b))).UTC()
	}
}

func durations(b *binding, o *opened) (convert[time.Duration], error) {
	bits := 64
	if b.physical() == parquet.Int32 {
		bits = 32
	} else if b.physical() != parquet.Int64 {
		return nil, errMisfit
	}
	unit := b.field.unit
	annotation := b.logical()
	if t, ok := annotation.(*format.IntType); ok && t.BitWidth == 64 && t.IsSigned {
		annotation = nil // says no more
	}
	switch t := annotation.(type) {
	case *format.TimeType:
		if unit = unitOf(t.Unit); unit == 0 {
			return nil, errMisfit
		}
	case nil:
		if bits == 32 {
			return nil, errMisfit
		}
		if o.arrow && !b.field.hasUnit {
			return nil, errors.New("has a unit that only Arrow knows; give it in the tag, like unit=us, to")
		}
	default:
		return nil, errMisfit
	}
	most := math.MaxInt64 / int64(unit)
	return func(dst []time.Duration, src *values, from int, bad *[]wrong) {
		for i := range dst {
			x := src.integer(from+i, bits)
			if x > most || x < -most {
				*bad = append(*bad, wrong{i, fmt.Sprintf("%d times %s is no duration", x, unit)})
				continue
			}
			dst[i] = time.Duration(x) * unit
		}
	}, nil
}

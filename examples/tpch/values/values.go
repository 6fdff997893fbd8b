// Package values holds the two types of SQL that TPC-H needs and Go does not
// have: decimals with a fixed number of digits behind the point, and days. Both
// are plain integers, so that sums are exact and group, sort and join keys cheap.
package values

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Decimal2, Decimal4 and Decimal6 are decimals with 2, 4 and 6 digits behind the
// point, as a number of hundredths, ten-thousandths and millionths. A product has
// the digits of both factors: price (2) × discount (2) × tax (2) has 6. The
// largest value is 9.2e12 for 6 digits and hundred times that for every two less;
// sums beyond wrap around.
type (
	Decimal2 int64
	Decimal4 int64
	Decimal6 int64
)

// Float returns the number as a float64.
func (d Decimal2) Float() float64 { return float64(d) / 1e2 }
func (d Decimal4) Float() float64 { return float64(d) / 1e4 }

func (d Decimal2) String() string { return string(AppendDecimal(nil, int64(d), 2)) }
func (d Decimal4) String() string { return string(AppendDecimal(nil, int64(d), 4)) }
func (d Decimal6) String() string { return string(AppendDecimal(nil, int64(d), 6)) }

// MarshalText writes all digits behind the point.
func (d Decimal2) MarshalText() ([]byte, error) { return AppendDecimal(nil, int64(d), 2), nil }
func (d Decimal4) MarshalText() ([]byte, error) { return AppendDecimal(nil, int64(d), 4), nil }
func (d Decimal6) MarshalText() ([]byte, error) { return AppendDecimal(nil, int64(d), 6), nil }

// UnmarshalText reads a decimal. Digits behind the second one must be zeros:
// nothing is rounded.
func (d *Decimal2) UnmarshalText(text []byte) error {
	n, err := parseDecimal(text, 2)
	*d = Decimal2(n)
	return err
}

// AppendDecimal appends n, a number of units of 10^-digits, with its point.
func AppendDecimal(dst []byte, n int64, digits int) []byte {
	u := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		u = -u
	}
	start := len(dst)
	dst = strconv.AppendUint(dst, u, 10)
	if short := digits + 1 - (len(dst) - start); short > 0 { // 0.05 has three digits, 5 has one
		dst = append(dst, "0000000"[:short]...)
		copy(dst[start+short:], dst[start:len(dst)-short])
		copy(dst[start:], "0000000"[:short])
	}
	dst = append(dst, 0)
	point := len(dst) - 1 - digits
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

func parseDecimal(text []byte, digits int) (int64, error) {
	whole, part, _ := strings.Cut(string(text), ".")
	if len(part) > digits {
		if strings.Trim(part[digits:], "0") != "" {
			return 0, fmt.Errorf("it has more than %d digits behind the point", digits)
		}
		part = part[:digits]
	}
	n, err := strconv.ParseInt(whole+part, 10, 64)
	for range digits - len(part) {
		if n > math.MaxInt64/10 || n < math.MinInt64/10 {
			return 0, strconv.ErrRange
		}
		n *= 10
	}
	if err != nil || part != "" && part[0] < '0' {
		return 0, fmt.Errorf("%q is no decimal", text)
	}
	return n, nil
}

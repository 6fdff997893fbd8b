package events

import "math"

// random is java.util.Random: 48 bits of linear congruence (Knuth, The Art of Computer
// Programming, volume 2, 3.2.1), of which draws take the upper ones. Its documentation
// fixes every draw.
//
// The bits above the 48 are left as they come: they have no influence on those below.
type random uint64

const (
	multiplier = 0x5DEECE66D
	increment  = 0xB
)

func seeded(seed int64) random { return random(uint64(seed) ^ multiplier) }

// next draws 1 to 32 bits.
func (r *random) next(bits uint) int32 {
	*r = *r*multiplier + increment
	return int32(uint32(*r>>16) >> (32 - bits))
}

// below draws a number from 0 to n-1.
func (r *random) below(n int32) int32 {
	u := r.next(31)
	if n&(n-1) == 0 {
		return int32(int64(n) * int64(u) >> 31)
	}
	for {
		v := u % n
		if u-v+(n-1) >= 0 { // else the last, incomplete, run of n numbers
			return v
		}
		u = r.next(31)
	}
}

// long draws a number from 0 to n-1, which may be a large one.
func (r *random) long(n int64) int64 {
	if n < math.MaxInt32 {
		return int64(r.below(int32(n)))
	}
	high := int64(r.next(32)) << 32
	v := (high + int64(r.next(32))) % n
	return max(v, -v)
}

// float draws a number from 0 inclusive to 1 exclusive.
func (r *random) float() float64 {
	high := int64(r.next(26)) << 27
	return float64(high+int64(r.next(27))) * (1.0 / (1 << 53))
}

// price draws a price in cents, from 1 to 1,000,000 dollars, evenly by its logarithm.
//
// The table and the polynomial are faster than the power, and as good unless the price
// is almost half a cent; the power, in turn, may differ from Java's in its last bit,
// which is a cent in less than one of 10^8 prices.
func (r *random) price() int64 {
	exponent := r.float() * 6
	up := power(exponent*(math.Ln10/math.Ln2))*100 + 0.5
	cents := int64(up)
	if part := up - float64(cents); part > 0.001 && part < 0.999 {
		return cents
	}
	return int64(math.Floor(math.Pow(10, exponent)*100 + 0.5))
}

// steps is how many powers of two the table has between 1 and 2.
const steps = 64

// powers are 2^(i/steps).
var powers = func() (p [steps]float64) {
	for i := range p {
		p[i] = math.Exp2(float64(i) / steps)
	}
	return p
}()

// power returns 2^x for x of 0 to 1000, with a relative error of less than 10^-13: by the
// table, and by the first terms of the series for what is left, less than 1/steps.
func power(x float64) float64 {
	n := int(x * steps)
	rest := (x - float64(n)*(1.0/steps)) * math.Ln2
	square := rest * rest
	series := 1 + rest + square*((1.0/2+rest*(1.0/6))+square*(1.0/24+rest*(1.0/120)))
	whole := math.Float64frombits(uint64(n/steps+1023) << 52)
	return whole * powers[uint(n)%steps] * series
}

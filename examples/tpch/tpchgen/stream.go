package tpchgen

import (
	"math/bits"
	"strconv"
)

// stream is a source of random numbers: SplitMix64 of Steele, Lea and Flood,
// "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014). It is written
// here because the data must stay the same for ever.
type stream uint64

const golden = 0x9e3779b97f4a7c15

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// The streams of a row. Comments of line items have their own, so that an order
// can look at its line items without making these.
const (
	ofRegion = iota
	ofNation
	ofSupplier
	ofPart
	ofPartSupp
	ofCustomer
	ofOrder
	ofLineItem
	ofComment
)

// row returns the stream of a row.
func (g *Generator) row(kind uint64, key int64) stream {
	return stream(mix(mix(g.seed+golden*(kind+1)) + golden*uint64(key)))
}

func (s *stream) next() uint64 {
	*s += golden
	return mix(uint64(*s))
}

// between draws a number from low to high, both inclusive.
func (s *stream) between(low, high int64) int64 {
	n, _ := bits.Mul64(s.next(), uint64(high-low+1))
	return low + int64(n)
}

// pick draws one of a list.
func pick[T any](s *stream, list []T) T { return list[s.between(0, int64(len(list))-1)] }

// address draws a text of 10 to 40 letters, digits, commas and blanks.
func (s *stream) address() string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,"
	var text [40]byte
	n := s.between(10, 40)
	for i := int64(0); i < n; i += 10 {
		bits := s.next() // of which six make a letter
		for j := i; j < min(i+10, n); j++ {
			text[j] = letters[bits&63]
			bits >>= 6
		}
	}
	return string(text[:n])
}

// phone draws a telephone number of a nation.
func (s *stream) phone(nation int64) string {
	b := make([]byte, 0, 15)
	b = strconv.AppendInt(b, 10+nation, 10)
	b = strconv.AppendInt(append(b, '-'), s.between(100, 999), 10)
	b = strconv.AppendInt(append(b, '-'), s.between(100, 999), 10)
	b = strconv.AppendInt(append(b, '-'), s.between(1000, 9999), 10)
	return string(b)
}

// numbered returns a name that ends in nine digits.
func numbered(prefix string, n int64) string {
	b := append(make([]byte, 0, len(prefix)+9), prefix...)
	for unit := int64(100_000_000); unit > 0; unit /= 10 {
		b = append(b, '0'+byte(n/unit%10))
	}
	return string(b)
}

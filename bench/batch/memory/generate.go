package main

import "fmt"

// Every engine makes its records by the same formula from the numbers 0 to n-1.
// All of it fits into 64 bits without overflow, so that SQL can compute it, too;
// bench/peers/duckdb/memory.mjs says the same in SQL.

// mix is a bijection of 32-bit numbers that leaves no order in them: two rounds of
// multiplication and shift, as in the finalizer of MurmurHash3.
func mix(i, salt uint64) uint64 {
	x := i ^ salt
	x ^= x >> 16
	x = x * 0x7feb352d & 0xffffffff
	x ^= x >> 15
	x = x * 0x846ca68b & 0xffffffff
	return x ^ x>>16
}

// salts make several numbers of one.
const (
	saltA = 0x12345678
	saltB = 0x87654321
)

const (
	spread     = 1_000_003     // between keys that shall not be small numbers in a row
	stride     = 2_654_435_761 // a prime: its multiples modulo n visit all numbers below n
	fewGroups  = 1000
	perGroup   = 10 // records of one key, on average, where there are many groups
	perText    = 50
	perPartner = 10 // records of the larger side for each of the smaller one
)

// Record is 16 bytes.
type Record struct{ Key, Value int64 }

// Triple is 24 bytes.
type Triple struct{ A, B, Value int64 }

// Wide is 100 bytes; its key is text.
type Wide struct {
	Key     [12]byte
	Payload [84]byte
	Number  uint32
}

// Named is 24 bytes and a text of 19.
type Named struct {
	Name  string
	Value int64
}

// anyKey is a number of 63 bits, about half of them negative.
func anyKey(i uint64) int64 {
	return int64(mix(i, saltA)>>1<<32|mix(i, saltB)) - 1<<62
}

func fill[T any](n int, record func(i uint64) T) []T {
	rows := make([]T, n)
	for i := range rows {
		rows[i] = record(uint64(i))
	}
	return rows
}

func anyRecord(i uint64) Record { return Record{anyKey(i), int64(i)} }

func anyTriple(i uint64) Triple {
	return Triple{int64(mix(i, saltA) % fewGroups), int64(mix(i, saltB))*spread - 1<<51, int64(i)}
}

func anyWide(i uint64) Wide {
	const digits = "0123456789ABCDEF"
	w := Wide{Number: uint32(i)}
	key := mix(i, saltA)<<16 | mix(i, saltB)>>16
	for d := range w.Key {
		w.Key[d] = digits[key>>(44-4*d)&15]
	}
	for b := range w.Payload {
		w.Payload[b] = 'A' + byte(i%26)
	}
	return w
}

// nameLength is 1 + 9 + 9: a letter, "customer-" and a number of nine digits.
const nameLength = 19

// named makes records with a text each. The texts lie one behind the other in
// memory, as they do where a file was read: a piece of memory for each would cost
// every program more.
func named(n int, number func(i uint64) uint64, value func(i uint64) int64) []Named {
	const piece = 4096
	rows := make([]Named, 0, n)
	var buf []byte
	for len(rows) < n {
		from := len(rows)
		to := min(from+piece, n)
		buf = buf[:0]
		for i := from; i < to; i++ {
			d := number(uint64(i))
			buf = fmt.Appendf(buf, "%ccustomer-%09d", rune('a'+d%26), d)
		}
		text := string(buf)
		for i := from; i < to; i++ {
			rows = append(rows, Named{text[:nameLength], value(uint64(i))})
			text = text[nameLength:]
		}
	}
	return rows
}

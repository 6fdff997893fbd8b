package outofcore

import (
	"bytes"
	"math/bits"

	"github.com/thalweg/thalweg/types"
)

// looksEncoded reports whether every row of a type looks in memory as it does encoded:
// without pointers and gaps, and with its parts in the same order.
//
// It encodes rows all of whose bytes are 1, and rows whose bytes are a bit of their
// place, for each bit: together these tell all places apart. Zeroes and ones are
// values of all types.
func looksEncoded[T any](t *types.Type[T]) bool {
	size := types.SizeOf[T]()
	if t.HasPointers() || size == 0 || t.Fixed() != size {
		return false
	}
	row := new(T)
	memory := make([]byte, size)
	for bit := -1; bit < bits.Len(uint(size)); bit++ {
		for i := range memory {
			memory[i] = 1
			if bit >= 0 {
				memory[i] = byte(i>>bit) & 1
			}
		}
		rows, err := types.View[T](memory)
		if err != nil || len(rows) != 1 {
			return false
		}
		if *row = rows[0]; !bytes.Equal(t.Append(nil, row), memory) {
			return false
		}
	}
	return true
}

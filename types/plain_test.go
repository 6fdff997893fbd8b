package types

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// plain returns what Plain says, and makes sure that a plain row's memory is what
// Append makes of it.
func plain[T any](t *testing.T) bool {
	t.Helper()
	typ := of[T](t)
	if !typ.Plain() {
		return false
	}
	var row T
	memory := unsafe.Slice((*byte)(unsafe.Pointer(&row)), unsafe.Sizeof(row))
	for range 20 {
		for i := range memory {
			memory[i] = byte(rand.IntN(2)) // what any type may have
		}
		if got := typ.Append(nil, &row); !bytes.Equal(got, memory) {
			t.Errorf("%v is not %v", got, memory)
		}
	}
	return true
}

func TestPlainTypesAreThoseThatLookEncoded(t *testing.T) {
	type inner struct {
		X, Y int32
		OK   bool
		Rest [7]byte
	}
	for name, c := range map[string]struct{ got, want bool }{
		"a number":   {plain[int64](t), true},
		"nested":     {plain[struct{ A, B inner }](t), true},
		"many bytes": {plain[[1000]uint64](t), true},
		"complex":    {plain[struct{ C [2]complex128 }](t), true},
		"a gap": {plain[struct {
			A int8
			B int64
		}](t), false},
		"a gap that is filled": {plain[struct {
			A [3]struct{} // three bytes encoded, and none in memory
			B int8
			C int32
		}](t), false},
		"a string": {plain[string](t), false},
		"nothing":  {plain[struct{}](t), false},
	} {
		if c.got != c.want {
			t.Errorf("%s looks encoded: %v", name, c.got)
		}
	}
}

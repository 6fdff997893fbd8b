package types

import (
	"fmt"
	"math"
	"testing"
)

// spread checks that hashes of n keys fall evenly on the top seven bits (tags of
// hash tables, key groups) and on the low ten (their slots): the chi-square
// statistic stays within six deviations of its mean.
func spread(t *testing.T, name string, n int, key func(i int) uint64) {
	t.Helper()
	var top [128]int
	var low [1024]int
	for i := range n {
		h := key(i)
		top[h>>57]++
		low[h&1023]++
	}
	check := func(part string, buckets []int) {
		mean, chi := float64(n)/float64(len(buckets)), 0.0
		for _, b := range buckets {
			chi += (float64(b) - mean) * (float64(b) - mean) / mean
		}
		free := float64(len(buckets) - 1)
		if chi > free+6*math.Sqrt(2*free) {
			t.Errorf("%s: the %s bits are uneven: chi-square %.0f, %.0f expected", name, part, chi, free)
		}
	}
	check("top", top[:])
	check("low", low[:])
}

func TestHashesSpreadEvenly(t *testing.T) {
	const n = 1 << 17
	for _, step := range []uint64{1, 2, 3, 8, 10, 1 << 10, 1 << 16, 1 << 20, 1 << 32, 1 << 40, 1 << 47} {
		spread(t, fmt.Sprintf("multiples of %d", step), n, func(i int) uint64 { return HashUint64(uint64(i) * step) })
	}
	spread(t, "negative", n, func(i int) uint64 { return HashUint64(uint64(-i)) })
	spread(t, "decimal", n, func(i int) uint64 { return HashString(fmt.Sprint(i)) })
	spread(t, "prefixed", n, func(i int) uint64 { return HashString(fmt.Sprintf("user-%08d", i)) })
	spread(t, "long", n, func(i int) uint64 { return HashString(fmt.Sprintf("%060d", i)) })
	spread(t, "short", n, func(i int) uint64 {
		return HashString(string([]byte{byte('a' + i%26), byte('a' + i/26%26), byte('a' + i/676%26), byte('a' + i/17576)}))
	})
	spread(t, "three bytes", n, func(i int) uint64 { return HashString(string([]byte{byte(i >> 16), byte(i >> 8), byte(i)})) })
	grid := of[[2]int32](t)
	spread(t, "pairs", n, func(i int) uint64 { return grid.Hash(&[2]int32{int32(i & 255), int32(i >> 8)}) })
	words := of[word](t)
	spread(t, "structs", n, func(i int) uint64 { return words.Hash(&word{vocabulary[i%10], int64(i / 10)}) })
	floats := of[float64](t)
	spread(t, "floats", n, func(i int) uint64 { f := float64(i); return floats.Hash(&f) })
}

func TestHashesDoNotCollide(t *testing.T) {
	seen := map[uint64]string{}
	grid := of[[2]int16](t)
	for i := range 1 << 16 {
		for name, h := range map[string]uint64{
			fmt.Sprint("number ", i):  HashUint64(uint64(i)),
			fmt.Sprint("string ", i):  HashString(fmt.Sprint("s", i)),
			fmt.Sprint("zeros ", i):   HashBytes(make([]byte, i%200)) + uint64(i/200),
			fmt.Sprint("element ", i): grid.Hash(&[2]int16{int16(i >> 8), int16(i & 255)}),
		} {
			if seen[h] != "" {
				t.Fatalf("%s and %s collide", name, seen[h])
			}
			seen[h] = name
		}
	}
}

func TestIntegersHashByValue(t *testing.T) {
	a, b, c, d, e := int8(-5), int16(-5), int32(-5), int64(-5), int(-5)
	want := HashUint64(math.MaxUint64 - 4)
	if of[int8](t).Hash(&a) != want || of[int16](t).Hash(&b) != want || of[int32](t).Hash(&c) != want ||
		of[int64](t).Hash(&d) != want || of[int](t).Hash(&e) != want {
		t.Error("the same number in another width has another hash")
	}
	f, g := float32(1.5), float64(1.5)
	if of[float32](t).Hash(&f) != of[float64](t).Hash(&g) {
		t.Error("the same float in another width has another hash")
	}
	for n := range 100 {
		s := fmt.Sprintf("%0*d", n, n)
		bytes := []byte(s)
		if HashString(s) != HashBytes(bytes) || of[string](t).Hash(&s) != of[[]byte](t).Hash(&bytes) {
			t.Error("a string and its bytes have different hashes")
		}
	}
}

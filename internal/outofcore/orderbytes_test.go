package outofcore

import (
	"math/rand/v2"
	"testing"

	"github.com/thalweg/thalweg/types"
)

type digest [16]byte

type digested struct {
	Number int32
	ID     digest
	Short  [7]byte
	Eight  [8]byte
	Odd    [13]byte
}

func TestPrefixesOfArraysOfBytesAreTheFrontsOfTheirKeys(t *testing.T) {
	r := random(t)
	rows := make([]digested, 3*keysAtOnce+5)
	for i := range rows {
		x := &rows[i]
		for _, b := range [][]byte{x.ID[:], x.Short[:], x.Eight[:], x.Odd[:]} {
			for j := range b {
				b[j] = byte(r.IntN(3) * 127)
			}
		}
	}
	computed, err := types.KeyFunc(func(x digested) digest { return x.ID })
	if err != nil {
		t.Fatal(err)
	}
	checkPrefixes(t, r, rows, "a field", keyOf(t, func(x *digested) *digest { return &x.ID }), true)
	checkPrefixes(t, r, rows, "a function", computed, true)
	checkPrefixes(t, r, rows, "odd", keyOf(t, func(x *digested) *[13]byte { return &x.Odd }), true)
	checkPrefixes(t, r, rows, "eight", keyOf(t, func(x *digested) *[8]byte { return &x.Eight }), true)
	checkPrefixes(t, r, rows, "short", keyOf(t, func(x *digested) *[7]byte { return &x.Short }), false)
	checkPrefixes(t, r, rows, "number", keyOf(t, func(x *digested) *int32 { return &x.Number }), false)
}

func checkPrefixes[T, K any](t *testing.T, r *rand.Rand, rows []T, name string, key *types.Key[T, K], quick bool) {
	t.Helper()
	if (bytesPrefix(key, 0) != nil) != quick {
		t.Errorf("%s: taken for an array of eight bytes or more: %v", name, !quick)
	}
	for _, descending := range []bool{false, true} {
		order := By(key, descending)
		n := r.IntN(len(rows) + 1)
		out := make([]uint64, n)
		order.Prefix(rows[:n], out)
		for i := range out {
			k := key.Get(&rows[i])
			want := key.Type().KeyPrefix(&k)
			if descending {
				want = ^want
			}
			if out[i] != want {
				t.Fatalf("%s, descending %v: the prefix of %v is %016x, want %016x", name, descending, k, out[i], want)
			}
		}
	}
}

func BenchmarkPrefixes(b *testing.B) {
	rows := make([]hundred, 1024)
	out := make([]uint64, len(rows))
	key := keyOf(b, func(x *hundred) *[10]byte { return &x.Key })
	b.ReportAllocs()
	for order := By(key, false); b.Loop(); {
		order.Prefix(rows, out)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}

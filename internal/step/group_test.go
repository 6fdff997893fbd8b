package step

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/thalweg/thalweg/types"
)

// typeOf returns the compiled type of T.
func typeOf[T any](t testing.TB) *types.Type[T] {
	t.Helper()
	typ, err := types.Of[T]()
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// checkTable looks every key up in batches of all sizes and compares with a map.
// canon maps equal keys to one value that == compares.
func checkTable[K comparable, C comparable](t *testing.T, keys []K, canon func(K) C) {
	t.Helper()
	for _, batch := range []int{1, 2, 7, 100, 1024} {
		typ := typeOf[K](t)
		table := newGroups(typ, &types.Arena{})
		want := map[C]int32{}
		words, hashes, out := make([]uint64, batch), make([]uint64, batch), make([]int32, batch)
		for i := 0; i < len(keys); i += batch {
			part := keys[i:min(i+batch, len(keys))]
			typ.Words(part, words, hashes)
			if before := table.find(words, hashes, part, out); before != len(want) {
				t.Fatalf("batch %d: find said %d groups before, want %d", batch, before, len(want))
			}
			for j, key := range part {
				group, known := want[canon(key)]
				if !known {
					group = int32(len(want))
					want[canon(key)] = group
				}
				if out[j] != group {
					t.Fatalf("batch %d: key %v is in group %d, want %d", batch, key, out[j], group)
				}
			}
		}
		if len(table.keys) != len(want) || 2*len(table.keys) > len(table.slots) {
			t.Fatalf("batch %d: %d keys in %d slots, want %d keys", batch, len(table.keys), len(table.slots), len(want))
		}
		table.reset()
		if table.find(nil, nil, nil, nil) != 0 || len(table.keys) != 0 {
			t.Fatal("reset left keys")
		}
	}
}

func self[K any](k K) K { return k }

func TestTableNumbersKeysInOrderOfTheirFirstSighting(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	const n = 5000
	ints, words, pairs := make([]int64, n), make([]string, n), make([]struct {
		A string
		B int32
	}, n)
	floats, times := make([]float64, n), make([]time.Time, n)
	zones := []*time.Location{time.UTC, time.FixedZone("east", 3600)}
	for i := range n {
		v := r.IntN(1 + r.IntN(1500))
		if r.IntN(2) == 0 {
			v = 7
		}
		ints[i] = int64(v)
		words[i] = fmt.Sprint("w", v)
		pairs[i].A, pairs[i].B = words[i][:2], int32(v)
		floats[i] = []float64{float64(v), math.NaN(), math.Copysign(0, -1), 0, math.Inf(1), -float64(v)}[r.IntN(6)]
		times[i] = time.Unix(int64(v), int64(v%3)).In(zones[r.IntN(2)])
	}
	checkTable(t, ints, self[int64])
	checkTable(t, words, self[string])
	checkTable(t, pairs, self)
	checkTable(t, floats, func(f float64) string {
		if f == 0 {
			f = 0 * math.Copysign(f, 1)
		}
		return fmt.Sprint(math.Abs(f)+0, f < 0, f != f)
	})
	checkTable(t, times, time.Time.UnixNano)
}

func TestTableKeepsNoSourceBufferAlive(t *testing.T) {
	typ := typeOf[string](t)
	source := typ.AppendRows(nil, []string{"alpha", "beta"})
	keys := make([]string, 2) // pieces of source
	if _, err := typ.DecodeRows(source, keys); err != nil {
		t.Fatal(err)
	}
	table := newGroups(typ, &types.Arena{})
	words, hashes := make([]uint64, 2), make([]uint64, 2)
	typ.Words(keys, words, hashes)
	table.find(words, hashes, keys, make([]int32, 2))
	clear(source)
	if keys[0] == "alpha" || table.keys[0] != "alpha" || table.keys[1] != "beta" {
		t.Errorf("%q are kept as %q", keys, table.keys)
	}
}

func BenchmarkTableInt64(b *testing.B) {
	for _, n := range []int{1 << 10, 100_000, 1_000_000} {
		keys := make([]int64, 1<<20)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range keys {
			keys[i] = int64(r.IntN(n)) * 7919
		}
		benchmarkTable(b, fmt.Sprint(n), keys)
		b.Run(fmt.Sprintf("%d/map", n), func(b *testing.B) {
			m := map[uint64]uint64{}
			for _, k := range keys {
				m[uint64(k)]++
			}
			for i := 0; b.Loop(); i += 1024 {
				for _, k := range keys[i&(1<<20-1):][:1024] {
					m[uint64(k)]++
				}
			}
			perRecord(b, 1024)
		})
	}
}

func BenchmarkTableWords(b *testing.B) {
	words := zipfWords(1<<20, 50_000)
	benchmarkTable(b, "zipf", words)
	b.Run("zipf/map", func(b *testing.B) {
		m := map[string]int64{}
		for _, w := range words {
			m[w]++
		}
		for i := 0; b.Loop(); i += 1024 {
			for _, w := range words[i&(1<<20-1):][:1024] {
				m[w]++
			}
		}
		perRecord(b, 1024)
	})
}

// benchmarkTable hashes and finds keys that are all known.
func benchmarkTable[K comparable](b *testing.B, name string, keys []K) {
	b.Run(name+"/groups", func(b *testing.B) {
		typ := typeOf[K](b)
		table := newGroups(typ, &types.Arena{})
		words, hashes, out := make([]uint64, 1024), make([]uint64, 1024), make([]int32, 1024)
		for i := 0; i < len(keys); i += 1024 {
			typ.Words(keys[i:i+1024], words, hashes)
			table.find(words, hashes, keys[i:i+1024], out)
		}
		counts := make([]int64, len(table.keys))
		for i := 0; b.Loop(); i += 1024 {
			part := keys[i&(len(keys)-1):][:1024]
			typ.Words(part, words, hashes)
			table.find(words, hashes, part, out)
			for _, g := range out {
				counts[g]++
			}
		}
		perRecord(b, 1024)
	})
}

// perRecord reports the time per record of loops over batches of n.
func perRecord(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
}

// zipfWords returns n words of a vocabulary whose frequencies follow Zipf's law,
// each a piece of one long text as a reader of lines would make them.
func zipfWords(n, vocabulary int) []string {
	r := rand.New(rand.NewPCG(3, 4))
	z := rand.NewZipf(r, 1.07, 4, uint64(vocabulary-1))
	text := make([]byte, 0, 16*n)
	ends := make([]int, n)
	for i := range ends {
		v := z.Uint64()
		length := 2 + int(v*2654435761>>16)%9
		text = fmt.Appendf(text, "%x", (v+1)*0x9E3779B97F4A7C15)[:len(text)+length]
		text = fmt.Appendf(text, "%x", v)
		ends[i] = len(text)
	}
	words, begin, all := make([]string, n), 0, string(text)
	for i, end := range ends {
		words[i] = all[begin:end]
		begin = end
	}
	return words
}

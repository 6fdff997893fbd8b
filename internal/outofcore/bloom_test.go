package outofcore

import (
	"math/rand/v2"
	"testing"

	"github.com/thalweg/thalweg/types"
)

// bloomOf returns a filter of some hashes, with a number of bits for each.
func bloomOf(hashes []uint64, bits int) *bloom {
	b := newBloom(int64(len(hashes)*bits) / 8)
	for _, h := range hashes {
		b.add(h)
	}
	b.settle()
	return b
}

// passing returns how many of some hashes pass, in batches.
func passing(t *testing.T, b *bloom, hashes []uint64) (n int) {
	t.Helper()
	words := make([]uint64, maxBatch)
	for len(hashes) > 0 {
		batch := hashes[:min(len(hashes), maxBatch)]
		hashes = hashes[len(batch):]
		index := make([]int32, 0, len(batch))
		for i := range batch {
			index = append(index, int32(i))
		}
		k := b.pass(batch, index, words)
		seen := make([]bool, len(batch))
		for at, i := range index {
			if seen[i] {
				t.Fatalf("hash %d is there twice", i)
			}
			seen[i] = true
			if at > 0 && at < k && index[at-1] > i {
				t.Fatal("hashes that pass are not in their order")
			}
		}
		n += k
	}
	return n
}

func randomHashes(r *rand.Rand, n int) []uint64 {
	hashes := make([]uint64, n)
	for i := range hashes {
		hashes[i] = types.HashUint64(r.Uint64())
	}
	return hashes
}

func TestAFilterLetsPassWhatWasAddedAndLittleElse(t *testing.T) {
	r := random(t)
	for bits, most := range map[int]float64{4: 0.35, 8: 0.09, 16: 0.02} {
		added, others := randomHashes(r, 50000), randomHashes(r, 50000)
		b := bloomOf(added, bits)
		if n := passing(t, b, added); n != len(added) {
			t.Errorf("%d bits: %d of %d hashes pass", bits, n, len(added))
		}
		if n := passing(t, b, others); float64(n) > most*float64(len(others)) {
			t.Errorf("%d bits: %d of %d others pass", bits, n, len(others))
		}
		if b.full() {
			t.Errorf("%d bits: the filter says it is full", bits)
		}
	}
	if b := bloomOf(randomHashes(r, 50000), 1); !b.full() {
		t.Error("with a bit for each hash the filter does not say that it is full")
	}
	if n := passing(t, nil, randomHashes(r, 2000)); n != 2000 {
		t.Errorf("without a filter %d hashes pass", n)
	}
}

func BenchmarkBloom(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	hashes, index := randomHashes(r, maxBatch), make([]int32, maxBatch)
	words := make([]uint64, maxBatch)
	for i := range index {
		index[i] = int32(i)
	}
	filter := newBloom(64 << 20)
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for i := range hashes {
				hashes[i] = types.HashUint64(hashes[i])
				filter.add(hashes[i])
			}
		}
	})
	b.Run("pass", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for i := range hashes {
				hashes[i] = types.HashUint64(hashes[i])
			}
			filter.pass(hashes, index, words)
		}
	})
}

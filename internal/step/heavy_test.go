package step

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/types"
)

// TestHeavyKeysAreFound draws streams with some heavy keys and compares what is found with
// true shares: nothing that is not heavy is found, and hardly ever is something missed that
// is twice as heavy as it has to be, which takes another heavy key in its part.
func TestHeavyKeysAreFound(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	keys, err := types.Of[string]()
	if err != nil {
		t.Fatal(err)
	}
	missed := 0
	for i := range 100 {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		h := heavy[string]{typ: keys}
		heavyOnes, part := r.IntN(6), 0.1+r.Float64()/2
		counts, all := map[string]int{}, 0
		name := func(n int) string { return string(rune('a'+n%26)) + string(rune('a'+n/26)) }
		batch, hashes := make([]string, 200), make([]uint64, 200)
		for enough := false; !enough; {
			for j := range batch {
				n := 10 + r.IntN(10_000)
				if heavyOnes > 0 && r.Float64() < part {
					n = r.IntN(heavyOnes)
				}
				batch[j] = name(n)
				counts[batch[j]]++
				all++
			}
			keys.HashRows(batch, hashes)
			enough = h.look(hashes)
		}
		sum := 0
		for _, n := range counts {
			if n*leastHeavy >= 2*all {
				sum += n
			}
		}
		found := h.decide(false, batch, hashes)
		if len(found) == 0 && sum > all/2 {
			t.Fatalf("seed %d, case %d: %d of %d records are of heavy keys, and none is found", seed, i, sum, all)
		}
		for _, f := range found {
			if counts[f.key]*leastHeavy < all {
				t.Fatalf("seed %d, case %d: %q is found, with %d of %d records", seed, i, f.key, counts[f.key], all)
			}
		}
		for key, n := range counts {
			if len(found) > 0 && n*leastHeavy >= 2*all && !slices.ContainsFunc(found, func(f heavyKey[string]) bool { return f.key == key }) {
				missed++
			}
		}
	}
	if missed > 10 {
		t.Errorf("%d heavy keys were missed", missed)
	}
}

func TestKeysAreNoLongerHeavyWhenOthersCome(t *testing.T) {
	keys, err := types.Of[int64]()
	if err != nil {
		t.Fatal(err)
	}
	h := heavy[int64]{typ: keys}
	var found []heavyKey[int64]
	look := func(key func(i int) int64) []heavyKey[int64] {
		batch, hashes := make([]int64, 100), make([]uint64, 100)
		for enough := false; !enough; {
			for i := range batch {
				batch[i] = key(i)
			}
			keys.HashRows(batch, hashes)
			enough = h.look(hashes)
		}
		found = h.decide(len(found) > 0, batch, hashes)
		return found
	}
	if found := look(func(i int) int64 { return int64(i % 3) }); len(found) != 3 {
		t.Fatalf("%v is found", found)
	}
	n := int64(10)
	next := func(int) int64 { n++; return n }
	for range 5 {
		if len(look(next)) == 0 {
			return
		}
	}
	t.Error("three keys are heavy for ever")
}

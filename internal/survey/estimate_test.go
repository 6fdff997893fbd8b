package survey

import (
	"math/rand/v2"
	"testing"

	"github.com/thalweg/thalweg/internal/plan"
)

func newRandom(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// The estimator by itself: records that are drawn one by one, for all kinds of keys.
func TestDistinctKeysAreEstimatedFromAFewHundredRecords(t *testing.T) {
	r := newRandom(t)
	const n, places = 800, 16
	for _, all := range []float64{800, 1000, 20_000, 5_000_000} {
		for _, values := range []int64{1, 2, 10, 100, 1000, 10_000} {
			if float64(values) > all/2 {
				continue
			}
			k := newKeyCount(plan.Key{})
			seen := map[int64]bool{}
			for i := range n {
				v := r.Int64N(values)
				seen[v] = true
				k.add([]uint64{uint64(v) * 0x9e3779b97f4a7c15}, i*places/n)
			}
			distinct, share := k.estimate(n/all, places)
			want, factor := float64(values), 1.5
			if all == n {
				want, factor = float64(len(seen)), 1
			} else if values == 10_000 {
				factor = 4 // few of the records have a key in common
			}
			if distinct > want*factor || distinct < want/factor {
				t.Errorf("%v of %v records have %v different keys, not %v", n, all, want, distinct)
			}
			if share < 1/distinct || share > 1 || values == 1 && share != 1 {
				t.Errorf("%v of %v records, %v keys: a share of %v", n, all, want, share)
			}
		}
	}
}

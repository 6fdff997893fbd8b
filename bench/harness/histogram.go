package harness

import (
	"fmt"
	"math"
	"time"
)

// Histogram counts durations in buckets that are 2 % wide.
type Histogram struct {
	counts [1500]int64 // by the logarithm of the duration in nanoseconds
	n      int64
	max    time.Duration
}

var bucketWidth = math.Log(1.02)

// Add adds a duration.
func (h *Histogram) Add(d time.Duration) {
	bucket := 0
	if d > 1 {
		bucket = min(int(math.Log(float64(d))/bucketWidth), len(h.counts)-1)
	}
	h.counts[bucket]++
	h.n++
	h.max = max(h.max, d)
}

// Merge adds those of another one.
func (h *Histogram) Merge(g *Histogram) {
	for i, n := range g.counts {
		h.counts[i] += n
	}
	h.n += g.n
	h.max = max(h.max, g.max)
}

// Quantile returns the upper end of the bucket that holds it.
func (h *Histogram) Quantile(q float64) time.Duration {
	left := int64(math.Ceil(q * float64(h.n)))
	for i, n := range h.counts {
		if left -= n; left <= 0 {
			return min(time.Duration(math.Exp(float64(i+1)*bucketWidth)), h.max)
		}
	}
	return h.max
}

// Count returns how many there are.
func (h *Histogram) Count() int64 { return h.n }

// String is the middle, the quantiles that matter, and the greatest.
func (h *Histogram) String() string {
	short := func(q float64) time.Duration { return h.Quantile(q).Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %s, p99 %s, p99.99 %s, max %s", short(0.5), short(0.99), short(0.9999), h.max.Round(10*time.Microsecond))
}

package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/bench/harness"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

const (
	skewRecords = 30_000_000
	skewKeys    = 1_000_000
	skewDrawn   = 1 << 20 // keys that are drawn in advance, over and over again
)

// benchSkew compares a windowed count by keys of which some come more often than others
// with the same by keys that come alike.
func benchSkew(c *config, _ *flink, w io.Writer) error {
	exponents := []float64{0, 1, 1.5}
	keys := make([][]int64, len(exponents))
	for i, e := range exponents {
		keys[i] = zipf(e)
	}
	times := make([][]float64, len(exponents))
	for round := range c.pairs + 1 {
		for i, e := range exponents {
			drawn := keys[i]
			s, err := c.measure(func(env *thalweg.Environment) error {
				all := stream.Read(env, numbered[view]{"views", skewRecords, func(n int64, v *view) {
					*v = view{Campaign: drawn[n%skewDrawn], Time: adsStart + n/1000}
				}})
				timed := stream.AssignTime(all, eventtime.Millis(func(v *view) *int64 { return &v.Time }))
				stream.Discard(stream.KeyBy(timed, func(v *view) *int64 { return &v.Campaign }).
					Window(window.Tumbling(10 * time.Second)).
					Aggregate(agg.Count(func(v *view) *int64 { return &v.Views })))
				return nil
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "skew: exponent %g: %.1f M records/s\n", e, skewRecords/s.wall/1e6)
			if round > 0 {
				times[i] = append(times[i], s.wall)
			}
		}
	}
	t := newTable(w, "exponent", "records a second, of those with uniform keys")
	for i, e := range exponents {
		ratios := make([]float64, len(times[i]))
		for k := range ratios {
			ratios[k] = times[0][k] / times[i][k]
		}
		t.rows = append(t.rows, []string{fmt.Sprint(e), harness.SpreadOf(ratios).Cell()})
	}
	t.write()
	return nil
}

// zipf draws keys of which the one of rank k comes k^-exponent times as often as the
// first: by its place in the sums of their weights.
func zipf(exponent float64) []int64 {
	sums := make([]float64, skewKeys)
	total := 0.0
	for k := range sums {
		total += math.Pow(float64(k+1), -exponent)
		sums[k] = total
	}
	drawn := make([]int64, skewDrawn)
	for i := range drawn {
		at := float64(scramble(uint64(i))>>11) / (1 << 53) * total
		k, _ := slices.BinarySearch(sums, at)
		drawn[i] = int64(scramble(uint64(min(k, skewKeys-1))) >> 1)
	}
	return drawn
}

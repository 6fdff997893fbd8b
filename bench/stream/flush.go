package main

import (
	"fmt"
	"io"
	"os"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/bench/harness"
	"github.com/thalweg/thalweg/stream"
)

// deadlines are those of --flush; throughput is compared with that of the last one.
var deadlines = []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond}

// flushRecords is how many records are distributed by key.
const flushRecords = 50_000_000

// benchFlush compares how many records a second are distributed by key, and added up,
// with different deadlines for flushing.
func benchFlush(c *config, _ *flink, w io.Writer) error {
	times := make([][]float64, len(deadlines))
	for round := range c.pairs + 1 {
		for i, d := range deadlines {
			s, err := c.measure(func(env *thalweg.Environment) error {
				all := stream.Read(env, numbered[view]{"views", flushRecords, func(n int64, v *view) {
					*v = view{Campaign: int64(scramble(uint64(n)) % 100_000), Time: n}
				}})
				keyed := stream.KeyBy(all, func(v *view) *int64 { return &v.Campaign })
				stream.Discard(keyed.Reduce(func(a, b view) view { return view{a.Campaign, b.Time, a.Views + 1} }))
				return nil
			}, thalweg.WithFlush(d))
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "flush after %s: %.1f M records/s\n", d, flushRecords/s.wall/1e6)
			if round > 0 {
				times[i] = append(times[i], s.wall)
			}
		}
	}
	t := newTable(w, "flush after", "records a second, of those at 100ms")
	last := times[len(times)-1]
	for i, d := range deadlines {
		ratios := make([]float64, len(last))
		for k := range last {
			ratios[k] = last[k] / times[i][k]
		}
		t.rows = append(t.rows, []string{d.String(), harness.SpreadOf(ratios).Cell()})
	}
	t.write()
	return nil
}

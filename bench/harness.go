package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/thalweg/thalweg/bench/harness"
)

// side is one program of a comparison. Its result is compared with the others'.
type side[R comparable] struct {
	name string
	run  func() (R, error)
}

// sample is what one run cost.
type sample struct {
	wall, cpu time.Duration
	mallocs   uint64
}

// contest is the samples of a comparison, by side and round. Side 0 is the peer.
type contest struct{ samples [][]sample }

// compare runs the peer and ours in turn: one round that only warms up, then as
// many as there are to be pairs. All runs must have the same result.
func compare[R comparable](c *config, peer side[R], ours ...side[R]) (*contest, R, error) {
	sides := append([]side[R]{peer}, ours...)
	k := &contest{samples: make([][]sample, len(sides))}
	var expected R
	for round := range c.pairs + 1 {
		for i, s := range sides {
			got, cost, err := measure(s)
			if err != nil {
				return nil, got, fmt.Errorf("%s: %w", s.name, err)
			}
			if round == 0 && i == 0 {
				expected = got
			} else if got != expected {
				return nil, got, fmt.Errorf("%s came to %+v, but %s to %+v", s.name, got, peer.name, expected)
			}
			if round > 0 {
				k.samples[i] = append(k.samples[i], cost)
			}
		}
	}
	for i, s := range sides {
		w, p := harness.SpreadOf(values(k.samples[i], wall)), harness.SpreadOf(values(k.samples[i], cpu))
		fmt.Fprintf(os.Stderr, "%s: wall %.3f s, best %.3f; CPU %.3f s, best %.3f\n", s.name, w.Median, w.Min, p.Median, p.Min)
	}
	return k, expected, profile(c, ours)
}

// measure runs a side once, without garbage of what ran before.
func measure[R comparable](s side[R]) (R, sample, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := harness.CPUTime(), time.Now()
	result, err := s.run()
	cost := sample{wall: time.Since(start), cpu: harness.CPUTime() - cpu}
	runtime.ReadMemStats(&after)
	cost.mallocs = after.Mallocs - before.Mallocs
	return result, cost, err
}

// profile runs each of ours once more and writes where its time and allocations
// went. It is a run of its own: a profile costs time.
func profile[R comparable](c *config, ours []side[R]) error {
	if c.profile == "" {
		return nil
	}
	if err := os.MkdirAll(c.profile, 0o755); err != nil {
		return err
	}
	for _, s := range ours {
		f, err := os.Create(filepath.Join(c.profile, s.name+".cpu"))
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		_, err = s.run()
		pprof.StopCPUProfile()
		if err = firstError(err, f.Close()); err != nil {
			return err
		}
		if f, err = os.Create(filepath.Join(c.profile, s.name+".allocs")); err != nil {
			return err
		}
		if err = firstError(pprof.Lookup("allocs").WriteTo(f, 0), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func firstError(errs ...error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}

// wall and cpu pick what ratios and medians are made of.
func wall(s sample) float64 { return s.wall.Seconds() }
func cpu(s sample) float64  { return s.cpu.Seconds() }

// ratio returns the spread of ours divided by the peer's run of the same round.
func (k *contest) ratio(ours int, of func(sample) float64) harness.Spread {
	var ratios []float64
	for round, s := range k.samples[ours] {
		ratios = append(ratios, of(s)/of(k.samples[0][round]))
	}
	return harness.SpreadOf(ratios)
}

// median returns the middle of a side's runs.
func (k *contest) median(side int, of func(sample) float64) float64 {
	return harness.SpreadOf(values(k.samples[side], of)).Median
}

func values(samples []sample, of func(sample) float64) (all []float64) {
	for _, s := range samples {
		all = append(all, of(s))
	}
	return all
}

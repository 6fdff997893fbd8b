package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/bench/harness"
)

// sample is what one run cost, in seconds of wall and processor time.
type sample struct{ wall, cpu float64 }

// contest is a program of ours beside those of others that do the same.
type contest struct {
	name  string
	ours  func(n int64, total *sum) (sample, error) // over n events; nil: rows are dropped
	peers []peer
}

type peer struct {
	name string
	run  func(n int64, check bool) (answer, error)
}

// compete compares the answers, finds how many events keep the fastest peer busy for
// as long as is asked for, and then runs ours and each peer in turn.
func (k *contest) compete(c *config, t *table) error {
	var total sum
	if _, err := k.ours(checked, &total); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	n := c.events
	for _, p := range k.peers {
		a, err := p.run(checked, true)
		if err == nil && !a.is(total) {
			err = fmt.Errorf("the answers differ: %d rows and the sum %s, ours %d and %d", a.Rows, a.Sum, total.rows, total.hashes)
		}
		if err != nil {
			return fmt.Errorf("%s, %s: %w", k.name, p.name, err)
		}
	}
	if n == 0 {
		n = checked
		for _, p := range k.peers {
			rate := 0.0
			for range 2 { // the first run compiles
				a, err := p.run(checked, false)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", k.name, p.name, err)
				}
				rate = checked / a.Wall
			}
			n = max(n, int64(rate*c.seconds)/1000*1000)
		}
	}
	ratios := make([]struct{ wall, cpu []float64 }, len(k.peers))
	for pair := range c.pairs + 1 {
		mine, err := k.ours(n, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		if pair == 0 && c.profile != "" {
			if err := c.profiled(k.name, func() error { _, err := k.ours(n, nil); return err }); err != nil {
				return err
			}
		}
		fmt.Fprintf(os.Stderr, "%s: ours %.2f M events/s, %.2f each core", k.name, float64(n)/mine.wall/1e6, float64(n)/mine.cpu/1e6)
		for i, p := range k.peers {
			a, err := p.run(n, false)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", k.name, p.name, err)
			}
			fmt.Fprintf(os.Stderr, "; %s %.2f, %.2f (%.2f s and %.2f before)", p.name, float64(n)/a.Wall/1e6, float64(n)/a.CPU/1e6, a.Wall, a.Whole-a.Wall)
			if pair > 0 {
				ratios[i].wall = append(ratios[i].wall, a.Wall/mine.wall)
				ratios[i].cpu = append(ratios[i].cpu, a.CPU/mine.cpu)
			}
		}
		fmt.Fprintln(os.Stderr)
	}
	var spreads []harness.Spread
	for i, p := range k.peers {
		t.title(p.name+", each core", p.name+", wall")
		spreads = append(spreads, harness.SpreadOf(ratios[i].cpu), harness.SpreadOf(ratios[i].wall))
	}
	t.add([]string{strings.TrimPrefix(k.name, "query "), fmt.Sprintf("%.1f M", float64(n)/1e6)}, spreads...)
	return nil
}

// measure runs a program of ours once, without garbage of what ran before. Its time is
// that of the whole run.
func (c *config) measure(build thalweg.Build, options ...thalweg.Option) (s sample, err error) {
	debug.FreeOSMemory()
	cpu, start := harness.CPUTime(), time.Now()
	_, err = thalweg.Run(context.Background(), build, append([]thalweg.Option{thalweg.WithParallelism(c.threads)}, options...)...)
	s.wall, s.cpu = time.Since(start).Seconds(), (harness.CPUTime() - cpu).Seconds()
	return s, err
}

// profiled writes where the processor time of a run goes, and what it allocates.
func (c *config) profiled(name string, run func() error) error {
	base := filepath.Join(c.profile, strings.ReplaceAll(name, " ", "-"))
	f, err := os.Create(base + ".cpu")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	runtime.GC()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	err = run()
	pprof.StopCPUProfile()
	return err
}

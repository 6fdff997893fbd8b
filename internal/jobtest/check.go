package jobtest

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
)

// fixedSeed repeats a run that failed.
var fixedSeed = flag.Uint64("jobtest.seed", 0, "the seed of all programs; 0 draws one")

// Seed returns the seed of a test and logs it.
func Seed(t testing.TB) uint64 {
	seed := *fixedSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (repeat with -jobtest.seed)", seed)
	return seed
}

// Configuration is a way to run a program.
type Configuration struct {
	Processes   int
	Parallelism int
	Unchained   bool
}

func (c Configuration) String() string {
	chaining := "chained"
	if c.Unchained {
		chaining = "unchained"
	}
	return fmt.Sprintf("%d processes, %d subtasks, %s", c.Processes, c.Parallelism, chaining)
}

// Options are the options of thalweg.Run for this configuration.
func (c Configuration) Options() []thalweg.Option {
	o := []thalweg.Option{thalweg.WithProcesses(c.Processes), thalweg.WithParallelism(c.Parallelism)}
	if c.Unchained {
		o = append(o, thalweg.WithoutChaining())
	}
	return o
}

// Alone runs a program in one process, Apart in three.
var (
	Alone = Configuration{Processes: 1, Parallelism: 2}
	Apart = Configuration{Processes: 3, Parallelism: 3}
)

// Configurations returns the ways that must all give the same.
func Configurations() []Configuration {
	var all []Configuration
	for _, processes := range []int{1, 3} {
		for _, parallelism := range []int{1, 2, 7} {
			for _, unchained := range []bool{false, true} {
				all = append(all, Configuration{processes, parallelism, unchained})
			}
		}
	}
	return all
}

// patience bounds what should take a moment: a job that hangs is cancelled and
// reported by the test that ran it.
const patience = 40 * time.Second

// Deadline returns a context for one run: it is done when a hanging job must be
// given up.
func Deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Check runs the program in all configurations and compares what it keeps with
// what it should.
func Check(t *testing.T, p *Program, options ...thalweg.Option) {
	t.Helper()
	seed := Seed(t)
	options = append(options, thalweg.WithArgument("seed", strconv.FormatUint(seed, 10)))
	var want map[string][]string
	if p.Want != nil {
		want = p.Want(seed)
		for _, lines := range want {
			slices.Sort(lines)
		}
	}
	for _, c := range Configurations() {
		got, r, err := p.RunOn(Deadline(t), c, options...)
		if err != nil {
			t.Fatalf("%s, %s: %v", p.Name, c, err)
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if d := Difference(got[name], want[name]); d != "" {
				t.Errorf("%s, %s: %s: %s", p.Name, c, name, d)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok && p.Judge == nil {
				t.Fatalf("nothing is expected of %s", name)
			}
		}
		if p.Judge != nil {
			p.Judge(t, seed, got, r)
		}
		if t.Failed() {
			t.Fatalf("%s failed with %s; not tried further", p.Name, c)
		}
	}
}

// Difference describes how sorted lines differ; it is empty if they are equal.
func Difference(got, want []string) string {
	if slices.Equal(got, want) {
		return ""
	}
	count := map[string]int{}
	for _, l := range got {
		count[l]++
	}
	for _, l := range want {
		count[l]--
	}
	var missing, extra []string
	for _, l := range slices.Sorted(maps.Keys(count)) {
		switch n := count[l]; {
		case n > 0:
			extra = append(extra, fmt.Sprintf("%d× %q", n, l))
		case n < 0:
			missing = append(missing, fmt.Sprintf("%d× %q", -n, l))
		}
	}
	const shown = 5
	return fmt.Sprintf("%d records, want %d; missing %d: %v; extra %d: %v", len(got), len(want),
		len(missing), missing[:min(len(missing), shown)], len(extra), extra[:min(len(extra), shown)])
}

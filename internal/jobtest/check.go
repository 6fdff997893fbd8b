package jobtest

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
)

// fixedSeed repeats a run that failed.
var fixedSeed = flag.Uint64("jobtest.seed", 0, "the seed of all programs; 0 draws one")

var seeds sync.Map // by name of test

// Seed returns the seed of a test, the same whenever it is asked, and logs it.
func Seed(t testing.TB) uint64 {
	seed := *fixedSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	first, again := seeds.LoadOrStore(t.Name(), seed)
	if !again {
		t.Cleanup(func() { seeds.Delete(t.Name()) })
		t.Logf("seed %d (repeat with -jobtest.seed)", first)
	}
	return first.(uint64)
}

// Configuration is a way to run a program.
type Configuration struct {
	Processes   int
	Parallelism int
	Unchained   bool
	Memory      int64 // of each process; 0: ample
	Exchange    thalweg.ExchangeMode
}

func (c Configuration) String() string {
	s := fmt.Sprintf("%d processes, %d subtasks, chained", c.Processes, c.Parallelism)
	if c.Unchained {
		s = fmt.Sprintf("%d processes, %d subtasks, unchained", c.Processes, c.Parallelism)
	}
	if c.Memory > 0 {
		s += fmt.Sprintf(", %d MiB", c.Memory>>20)
	}
	return s + ", " + c.Exchange.String()
}

// Options are the options of thalweg.Run for this configuration.
func (c Configuration) Options() []thalweg.Option {
	o := []thalweg.Option{thalweg.WithProcesses(c.Processes), thalweg.WithParallelism(c.Parallelism)}
	if c.Unchained {
		o = append(o, thalweg.WithoutChaining())
	}
	if c.Memory > 0 {
		o = append(o, thalweg.WithMemory(c.Memory))
	}
	return append(o, thalweg.WithExchange(c.Exchange))
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
				all = append(all, Configuration{Processes: processes, Parallelism: parallelism, Unchained: unchained})
			}
		}
	}
	return all
}

// Tiny is the memory of a process in which most things go to disk.
const Tiny = 16 << 20

// WithMemories returns each configuration with ample and with tiny memory.
func WithMemories(all []Configuration) []Configuration {
	both := slices.Clone(all)
	for _, c := range all {
		c.Memory = Tiny
		both = append(both, c)
	}
	return both
}

// sampled is how many cases Some draws.
var sampled = flag.Int("jobtest.sample", 1, "cases drawn where a test has too many; 0 takes all")

// Some draws one or a few of many cases, such as configurations: another choice every
// time.
func Some[C any](t testing.TB, all []C) []C {
	if *sampled <= 0 || *sampled >= len(all) {
		return all
	}
	r := Random(Seed(t))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:*sampled]
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
	for _, c := range Configurations() {
		p.Try(t, c, options...)
	}
}

// Try runs the program in one configuration and compares what it keeps with what it
// should. The first difference ends the test.
func (p *Program) Try(t *testing.T, c Configuration, options ...thalweg.Option) {
	t.Helper()
	seed := Seed(t)
	options = append(options, thalweg.WithArgument("seed", strconv.FormatUint(seed, 10)))
	got, r, err := p.RunOn(Deadline(t), c, options...)
	if err != nil {
		t.Fatalf("%s, %s: %v", p.Name, c, err)
	}
	var want map[string][]string
	if p.Want != nil {
		want = p.Want(seed)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		slices.Sort(want[name])
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

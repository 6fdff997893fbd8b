// Bench measures the engine against programs that do the same work by hand.
//
//	go run ./bench [--only chain,wordcount] [--pairs 5] [--size 1] [--input text] [--profile dir]
//
// Every benchmark runs ours and its peer in turn within this one process, so that
// both meet the same noise, checks that the two came to the same result, and
// reports the ratio of their times. A wrong result fails the program; a bar that
// is missed does not, it is what the table is for.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	thalweg "github.com/thalweg/thalweg"
)

// benchmark is one row, or a few related ones, of the table.
type benchmark struct {
	name string
	run  func(*config) ([]line, error)
}

var benchmarks = []benchmark{
	{"chain", benchChain},
	{"wordcount", benchWordCount},
	{"exchange", benchExchange},
	{"processes", benchProcesses},
	{"latency", benchLatency},
	{"start", benchStart},
}

// config is what the command line says.
type config struct {
	only    string
	pairs   int
	size    float64
	input   string
	profile string
	dir     string // for files that are gone afterwards
}

// records scales a benchmark's number of records.
func (c *config) records(n int64) int64 { return max(int64(float64(n)*c.size), 1000) }

func main() {
	debug.SetGCPercent(400) // as thalweg.Main does for every program; the peers have it, too
	thalweg.Serve(exchangeName, buildExchange)
	c := &config{}
	flag.StringVar(&c.only, "only", "", "benchmarks to run, separated by commas (all if not given)")
	flag.IntVar(&c.pairs, "pairs", 5, "how often ours and the peer run in turn")
	flag.Float64Var(&c.size, "size", 1, "factor on the amount of data")
	flag.StringVar(&c.input, "input", "", "text for wordcount (generated if not given)")
	flag.StringVar(&c.profile, "profile", "", "directory for CPU and allocation profiles of one more run of ours each")
	flag.Parse()
	if err := run(c); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(c *config) error {
	chosen, err := choose(c.only)
	if err != nil {
		return err
	}
	if c.pairs < 1 || c.size <= 0 {
		return fmt.Errorf("--pairs and --size must be positive")
	}
	if c.dir, err = os.MkdirTemp("", "thalweg-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(c.dir) }()
	var table []line
	for _, b := range chosen {
		start := time.Now()
		lines, err := b.run(c)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s took %s\n", b.name, time.Since(start).Round(100*time.Millisecond))
		table = append(table, lines...)
	}
	printTable(os.Stdout, table)
	return nil
}

// choose returns the benchmarks of a list of names.
func choose(only string) ([]benchmark, error) {
	if only == "" {
		return benchmarks, nil
	}
	var chosen []benchmark
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(benchmarks, func(b benchmark) bool { return b.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no benchmark %q", name)
		}
		chosen = append(chosen, benchmarks[i])
	}
	return chosen, nil
}

// Batch compares programs of package batch with programs by hand and with other
// engines, each in a process of its own over the same data.
//
//	go run ./bench/batch [--rows 50000000] [--only sort,join] [--peers hand,duckdb,polars] [--pairs 5]
//
// It prints tables of ours/peer: wall, processor time and the greatest resident
// memory, the median of the pairs with the least and the greatest. A result that
// differs from a peer's fails the program. What one run cost, in absolute figures,
// goes to standard error while it runs.
//
// The peers come from bench/peers/duckdb/setup.sh and bench/peers/polars/setup.sh,
// which put them into a cache folder outside of the repository. "hand" needs
// nothing: it is what a Go program without an engine would do, on one goroutine.
//
// # What is compared
//
//   - sort, group, join and distinct, on records that every engine makes by the same
//     formula (see mix) and has in memory, in its own form, before the clock starts.
//     It stops when a checksum of the result is known; for a sort that includes
//     whether it is in order.
//   - h2o-groupby and h2o-join: the ten and five questions of the db-benchmark of
//     H2O.ai and DuckDB Labs. The clock stops when the answer is in memory, as there;
//     it is checked afterwards.
//   - file-sort: records of 100 bytes from file to file, within --sort-memory, beside a
//     program that does nothing but move the bytes as often as an external sort must.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/thalweg/thalweg/bench/batch/side"
	"github.com/thalweg/thalweg/bench/harness"
)

// config is what the command line says.
type config struct {
	only, peers string
	pairs       int
	threads     []int
	cache       string
	dir         string // for generated files, one folder for each suite, and compiled programs
	keep        bool
	job         side.Job // what every process is told
}

func main() {
	c := &config{}
	var threads string
	flag.StringVar(&c.only, "only", "", "beginnings of names of what to run, separated by commas (all if not given)")
	flag.StringVar(&c.peers, "peers", "hand,duckdb,polars", "whom to run beside ours, separated by commas")
	flag.IntVar(&c.job.Rows, "rows", 50_000_000, "records of sort, group, join and distinct")
	flag.IntVar(&c.job.H2ORows, "h2o-rows", 10_000_000, "records of h2o-groupby and h2o-join, at least a million")
	flag.IntVar(&c.job.Megabytes, "file-size", 10_000, "megabytes of file-sort's input; it needs three times as much disk")
	flag.IntVar(&c.pairs, "pairs", 5, "how often ours and the peers run in turn")
	flag.StringVar(&threads, "threads", "1,2", "parallelism of ours and threads of the engines beside it, separated by commas")
	flag.IntVar(&c.job.Memory, "memory", 0, "MiB of our engine's memory budget (0: its default)")
	flag.IntVar(&c.job.SortMemory, "sort-memory", 512, "MiB that file-sort must do with")
	flag.StringVar(&c.dir, "dir", os.TempDir(), "where a folder with generated files is made")
	flag.StringVar(&c.cache, "cache", harness.Cache(), "where the setup scripts have put the peers")
	flag.BoolVar(&c.keep, "keep", false, "keep generated files")
	flag.StringVar(&c.job.Profile, "profile", "", "directory for a CPU profile of one more run of ours each")
	flag.Parse()
	exit(start(c, threads))
}

// exit ends the process as err wants it.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/batch:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func start(c *config, threads string) error {
	for n := range strings.SplitSeq(threads, ",") {
		var v int
		if _, err := fmt.Sscan(n, &v); err != nil || v < 1 {
			return fmt.Errorf("%q is no number of threads", n)
		}
		c.threads = append(c.threads, v)
	}
	if c.pairs < 1 || c.job.Rows < 1000 || c.job.Rows > 1<<31 || c.job.H2ORows < 1e6 || c.job.Megabytes < 1 {
		return fmt.Errorf("--pairs must be positive, --rows from 1000 to 2^31, --h2o-rows at least a million, --file-size positive")
	}
	chosen := c.choose(suites())
	if len(chosen) == 0 {
		return fmt.Errorf("nothing is called %q; there are %s", c.only, names(suites()))
	}
	dir, err := os.MkdirTemp(c.dir, "thalweg-bench-")
	if err != nil {
		return err
	}
	if c.keep {
		fmt.Fprintln(os.Stderr, "generated files stay in", dir)
	} else {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	c.dir = dir
	if c.job.Profile, err = absolute(c.job.Profile); err != nil {
		return err
	}
	var all []*contest
	for _, s := range chosen {
		begin := time.Now()
		k, err := s.compete(c)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s took %s\n", s.name, time.Since(begin).Round(100*time.Millisecond))
		all = append(all, k)
	}
	report(os.Stdout, c, all)
	return nil
}

// absolute is a path for processes that may run elsewhere; none stays none.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

// choose returns the suites whose names begin with what --only says.
func (c *config) choose(all []*suite) []*suite {
	return slices.DeleteFunc(all, func(s *suite) bool {
		return !slices.ContainsFunc(strings.Split(c.only, ","), func(prefix string) bool { return strings.HasPrefix(s.name, prefix) })
	})
}

// with reports whether a peer is wanted.
func (c *config) with(peer string) bool { return slices.Contains(strings.Split(c.peers, ","), peer) }

func names(all []*suite) string {
	var list []string
	for _, s := range all {
		list = append(list, s.name)
	}
	return strings.Join(list, ", ")
}

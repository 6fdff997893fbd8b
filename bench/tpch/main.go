// Tpch compares the queries of TPC-H in examples/tpch with other engines and with
// programs by hand, each in a process of its own, over the same files.
//
//	go run ./bench/tpch [--scale 1] [--only 1,3] [--peers hand,duckdb,flink,spark] [--pairs 5] [--threads 2]
//
// It prints tables of ours/peer for each query: wall, processor time and the greatest
// resident memory, the median of the pairs with the least and the greatest, and how
// ours compares with the first run of the peer's process. An answer that differs from
// ours fails the program. What one run cost, in absolute figures, goes to standard
// error while it runs.
//
// # What is compared
//
//   - Text: files in the notation of dbgen, read and parsed while the clock runs. Ours is
//     examples/tpch; beside it are Flink's SQL, and programs by hand of one goroutine
//     for a few queries.
//   - Parquet: one file for each table, as DuckDB writes it. Ours is the program of that
//     name in connect/parquet; beside it are Flink, Spark and DuckDB.
//   - Loaded: DuckDB over tables of its own, which were made before the clock starts.
//     Beside it is ours over Parquet, which has no such tables.
//
// Ours and the program by hand are started anew for each run, and their time and
// memory are those of the whole process. The others stay, as their users would have
// them for speed, answer every query once before the first pair, and measure
// themselves from the text of the query to its answer. Flink is given the statistics of
// its tables. All have --threads threads; ours has half of the machine's memory unless
// --memory says otherwise, those on a JVM --heap.
//
// The tables are made once and stay in the cache folder, or are those of --data. The
// peers come from the scripts setup.sh in bench/peers.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/bench/harness"
)

// config is what the command line says.
type config struct {
	scale         float64
	data, made    string // folders of the tables as text, and of what is made of them
	only          string
	peers, forms  string
	pairs         int
	threads, heap int
	memory        string
	cache         string
	dir           string // for compiled programs and answers
}

func main() {
	c := &config{}
	flag.Float64Var(&c.scale, "scale", 1, "scale factor of the tables that are made if --data is not given")
	flag.StringVar(&c.data, "data", "", "folder with the eight tables as .tbl files")
	flag.StringVar(&c.made, "made", "", "folder for Parquet files and DuckDB's tables, made of the text if they are not there (default: in that of the text)")
	flag.StringVar(&c.only, "only", "", "numbers of queries, separated by commas (all if not given)")
	flag.StringVar(&c.peers, "peers", "hand,duckdb,flink,spark", "whom to run beside ours, separated by commas")
	flag.StringVar(&c.forms, "forms", "text,parquet,loaded", "forms of the tables to compare over, separated by commas")
	flag.IntVar(&c.pairs, "pairs", 5, "how often ours and a peer run in turn")
	flag.IntVar(&c.threads, "threads", 2, "parallelism of ours and threads of the engines beside it")
	flag.IntVar(&c.heap, "heap", 8192, "MiB for engines on a JVM, half of it outside of the heap if they manage that")
	flag.StringVar(&c.memory, "memory", "", "memory of ours, as 512MiB (default: that of the program)")
	flag.StringVar(&c.cache, "cache", harness.Cache(), "where the setup scripts have put the peers")
	flag.Parse()
	if err := start(c); err != nil {
		fmt.Fprintln(os.Stderr, "bench/tpch:", err)
		os.Exit(1)
	}
}

func start(c *config) error {
	if c.pairs < 1 || c.threads < 1 || c.scale <= 0 || c.heap < 512 || flag.NArg() > 0 {
		return fmt.Errorf("--pairs, --threads and --scale must be positive, --heap at least 512, and there is nothing but flags")
	}
	beside, err := c.chosen(contenders())
	if err != nil {
		return err
	}
	if c.dir, err = os.MkdirTemp("", "thalweg-tpch-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(c.dir) }()
	if err := c.prepare(beside); err != nil {
		return err
	}
	queries, err := c.queries()
	if err != nil {
		return err
	}
	k := newContest(c, beside, queries)
	if err := k.compete(); err != nil {
		return err
	}
	k.report(os.Stdout)
	if len(k.wrong) > 0 {
		return fmt.Errorf("%d answers differ", len(k.wrong))
	}
	return nil
}

// queries are the numbers of those that --only names and our program has.
func (c *config) queries() (found []int, err error) {
	var wanted []int
	if c.only != "" {
		for s := range strings.SplitSeq(c.only, ",") {
			var q int
			if _, err := fmt.Sscan(s, &q); err != nil {
				return nil, fmt.Errorf("%q is no query", s)
			}
			wanted = append(wanted, q)
		}
	}
	for q := 1; q <= 22; q++ {
		if (wanted == nil || slices.Contains(wanted, q)) && c.has(q) {
			found = append(found, q)
		}
	}
	if len(found) == 0 || len(wanted) > len(found) {
		return nil, fmt.Errorf("of the queries %q there are %v", c.only, found)
	}
	return found, nil
}

// has reports whether our program can plan a query, and there is its text.
func (c *config) has(query int) bool {
	_, err := sqlFile(fileOf(query))
	return err == nil && c.program(oursText, "explain", "--query", fmt.Sprint(query)).Run() == nil
}

// fileOf is the file of a query's text.
func fileOf(query int) string { return fmt.Sprintf("q%02d.sql", query) }

// database is the file with DuckDB's tables.
func (c *config) database() string { return filepath.Join(c.made, "tpch.duckdb") }

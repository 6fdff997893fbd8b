// Stream compares streams of the engine with Apache Flink's, and with themselves under
// harder conditions.
//
//	go run ./bench/stream [--only nexmark,yahoo,…] [--queries 0,5] [--pairs 5] [--seconds 5] [--profile dir]
//
// It prints a table for each benchmark. Beside Flink a cell says how many times as fast
// ours is: the median of the pairs with the least and the greatest, for each second of
// processor time, and by the clock. Answers that differ fail the program. What one run
// cost, in absolute figures, goes to standard error while it runs.
//
// # What is compared
//
//   - nexmark: the queries of Nexmark. Ours are those of examples/nexmark; Flink's are
//     SQL. Both make the same events as they go, which is compared before, and drop the
//     rows; the rows of a million events are compared by their number and the sum of
//     their hashes.
//   - yahoo: the count of the Yahoo streaming benchmark: views of ads, of each campaign
//     in ten seconds. Flink's is a DataStream program, and SQL, which adds up before it
//     distributes.
//   - latency: query 5 of Nexmark, ten seconds that slide by 20 ms, over a million bids a
//     second for 10,000 auctions: how long after the end of a window its result comes.
//     Each of --pairs rounds lasts --seconds.
//   - flush: records that are distributed by key as fast as they come, with different
//     deadlines for batches that are not full.
//   - slide: a count by a million keys in windows of an hour that slide by a second,
//     and in windows of an hour.
//   - skew: a windowed count by a million keys, which come alike, or by the law of Zipf.
//
// Both run in one process each, with --threads subtasks. Flink's stays, and has run
// each job three times before the first pair. Its time begins when its sources do, so
// that it is without planning and deployment; ours is that of the whole run. The number
// of events is such that Flink needs about --seconds.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/thalweg/thalweg/bench/harness"
)

// config is what the command line says.
type config struct {
	only      string
	queries   map[int]bool
	pairs     int
	threads   int
	heap      int
	collector string
	seconds   float64
	events    int64
	rate      int64
	profile   string
	cache     string
	flink     bool
}

// benchmark is one that --only names. f is nil if there is no Flink.
type benchmark struct {
	name   string
	beside bool // whether Flink takes part
	run    func(c *config, f *flink, w io.Writer) error
}

var benchmarks = []benchmark{
	{"nexmark", true, benchNexmark},
	{"yahoo", true, benchYahoo},
	{"latency", false, benchLatency},
	{"flush", false, benchFlush},
	{"slide", false, benchSlide},
	{"skew", false, benchSkew},
}

func main() {
	c := &config{}
	numbers := flag.String("queries", "", "numbers of Nexmark's queries, separated by commas (all if not given)")
	flag.StringVar(&c.only, "only", "", "names of benchmarks, separated by commas (all if not given)")
	flag.IntVar(&c.pairs, "pairs", 5, "how often ours and a peer run in turn")
	flag.IntVar(&c.threads, "threads", 2, "parallelism of ours and of Flink")
	flag.IntVar(&c.heap, "heap", 6144, "MiB of Flink's heap")
	flag.StringVar(&c.collector, "collector", "G1", "Flink's garbage collector: G1, Parallel, Z")
	flag.Float64Var(&c.seconds, "seconds", 5, "how long Flink is to run")
	flag.Int64Var(&c.events, "events", 0, "how many events there are, whatever Flink needs")
	flag.Int64Var(&c.rate, "rate", 10_000, "events of Nexmark in a second of event time")
	flag.StringVar(&c.profile, "profile", "", "folder for a CPU profile of one more run of ours")
	flag.StringVar(&c.cache, "cache", harness.Cache(), "where the setup scripts have put Flink")
	flag.BoolVar(&c.flink, "flink", true, "whether to run Flink")
	flag.Parse()
	if err := start(c, *numbers); err != nil {
		fmt.Fprintln(os.Stderr, "bench/stream:", err)
		os.Exit(1)
	}
}

func start(c *config, numbers string) (err error) {
	if c.pairs < 1 || c.threads < 1 || c.seconds <= 0 || c.heap < 512 || flag.NArg() > 0 {
		return errors.New("--pairs, --threads and --seconds must be positive, --heap at least 512, and there is nothing but flags")
	}
	if c.queries, err = numbersOf(numbers); err != nil {
		return err
	}
	named, err := c.named()
	if err != nil {
		return err
	}
	debug.SetGCPercent(400) // as thalweg.Main does for every program
	var f *flink
	if c.flink && slices.ContainsFunc(named, func(b benchmark) bool { return b.beside }) {
		if f, err = startFlink(c); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.End()) }()
	}
	for _, b := range named {
		fmt.Printf("%s\n\n", b.name)
		if err := b.run(c, f, os.Stdout); err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	return nil
}

func numbersOf(list string) (map[int]bool, error) {
	all := map[int]bool{}
	for s := range strings.SplitSeq(list, ",") {
		if list == "" {
			break
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, fmt.Errorf("%q is no query", s)
		}
		all[n] = true
	}
	return all, nil
}

// named are the benchmarks that --only names.
func (c *config) named() (found []benchmark, err error) {
	if c.only == "" {
		return benchmarks, nil
	}
	for name := range strings.SplitSeq(c.only, ",") {
		i := slices.IndexFunc(benchmarks, func(b benchmark) bool { return b.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no benchmark %q", name)
		}
		found = append(found, benchmarks[i])
	}
	return found, nil
}

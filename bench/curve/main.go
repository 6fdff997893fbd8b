// Curve measures how gently programs of package batch go from memory to disk,
// beside Apache Flink.
//
//	mvn -q -f bench/peers/flink package
//	go run ./bench/curve [--only join,sort,group] [--memory 256MiB] [--probe 4GiB] [--rounds 3]
//		[--csv file] [--picture file]
//	go run ./bench/curve --draw file.csv --picture file
//
// Records of 1024 bytes are made on the fly, joined, sorted or grouped within the
// working memory, summed up and dropped:
//
//   - join: a hash join that is told to build its first side. That side grows, the
//     other one, every record of which has one partner, does not.
//   - sort: the input grows. Its ids are random.
//   - group: the input grows, and with it the groups: every id comes twice, so that
//     a sum for each group has half as many bytes as the input.
//
// What grows goes from a quarter of the memory to eight times as much. The join is
// the one of the deck's slide on out-of-core joins, with everything 16 times
// smaller: there, Flink had 4 GB of working memory, and 64 GB on the other side.
//
// Every job of ours runs in a process of its own, from a cold start, and its time
// includes planning; all its memory, that of exchanges and of spilling included,
// comes out of the working memory. Flink's run in one JVM for each program, after
// jobs that warm it up; the working memory is its managed memory, beside which it
// has a heap and network buffers. Each round measures all points in another order,
// ours and Flink's right after each other. The sums of both must agree.
//
// What is printed for each engine is the slope, the time at three times the memory
// divided by that at three quarters, and the largest step between neighbouring
// points. For sort and group it is the time for one record.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/internal/memory"
)

// config is what the command line says.
type config struct {
	programs         []string
	from, to, factor float64
	memory, probe    int64
	parallelism      int
	rounds, warmups  int
	scratch          string
	flink, heap      string
	csv, picture     string
	draw             string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == childCommand {
		exit(child(os.Args[2]))
	}
	c := config{memory: 256 << 20}
	cache, _ := os.UserCacheDir()
	only := flag.String("only", "join,sort,group", "what to measure")
	flag.Float64Var(&c.from, "from", 0.25, "least input, in working memories")
	flag.Float64Var(&c.to, "to", 8, "greatest input, in working memories")
	flag.Float64Var(&c.factor, "factor", 1.25, "about how much larger the next input is")
	flag.Func("memory", "working memory (default 256MiB)", bytesInto(&c.memory))
	flag.Func("probe", "bytes of the join's other side (default 16 times the memory)", bytesInto(&c.probe))
	flag.IntVar(&c.parallelism, "parallelism", 1, "subtasks of every operator")
	flag.IntVar(&c.rounds, "rounds", 3, "how often to measure every point")
	flag.IntVar(&c.warmups, "warmups", 4, "pairs of jobs that warm Flink up")
	flag.StringVar(&c.scratch, "scratch", os.TempDir(), "where both make a folder to spill into")
	flag.StringVar(&c.flink, "flink", filepath.Join(cache, "thalweg", "flink"), "where Maven has put Flink; none leaves it out")
	flag.StringVar(&c.heap, "heap", "1g", "heap of Flink's JVM")
	flag.StringVar(&c.csv, "csv", "", "file to write all points to")
	flag.StringVar(&c.picture, "picture", "", "SVG file to draw the curves into")
	flag.StringVar(&c.draw, "draw", "", "take the points from this CSV file and measure nothing")
	flag.Parse()
	c.programs = strings.Split(*only, ",")
	exit(run(c))
}

// exit ends the process as err wants it.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "curve:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func bytesInto(n *int64) func(string) error {
	return func(text string) (err error) {
		*n, err = memory.Parse(text)
		return err
	}
}

func run(c config) error {
	if c.draw != "" {
		text, err := os.ReadFile(c.draw)
		if err != nil {
			return err
		}
		curves, err := parseCSV(text)
		if err != nil {
			return err
		}
		return report(c, curves)
	}
	if c.rounds < 1 || c.parallelism < 1 || c.memory < 1<<20 || !(c.from > 0 && c.to > c.from && c.factor > 1) {
		return errors.New("--rounds, --parallelism, --memory, --from, --to or --factor makes no sense")
	}
	if c.probe == 0 {
		c.probe = 16 * c.memory
	}
	scratch, err := os.MkdirTemp(c.scratch, "thalweg-curve-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	c.scratch = scratch
	var curves []curve
	for _, name := range c.programs {
		if _, err := programNamed(name); err != nil {
			return err
		}
		more, err := measure(c, name)
		if err != nil {
			return err
		}
		curves = append(curves, more...)
	}
	return report(c, curves)
}

// report prints what the curves say, and writes and draws them.
func report(c config, curves []curve) (err error) {
	printReport(os.Stdout, curves)
	if c.csv != "" {
		err = os.WriteFile(c.csv, formatCSV(curves), 0o644)
	}
	if c.picture != "" {
		err = errors.Join(err, os.WriteFile(c.picture, draw(curves), 0o644))
	}
	return err
}

// points returns the jobs of a program, from the smallest to the largest.
func (c config) points(program string) (points []point) {
	steps := max(1, int(math.Round(math.Log(c.to/c.from)/math.Log(c.factor))))
	for i := range steps + 1 {
		x := c.from * math.Pow(c.to/c.from, float64(i)/float64(steps))
		p := point{
			Program: program, Records: max(1, int64(math.Round(x*float64(c.memory)/recordBytes))),
			Memory: c.memory, Parallelism: c.parallelism, Scratch: c.scratch,
		}
		if program == "join" {
			p.Probe = c.probe / recordBytes
		}
		points = append(points, p)
	}
	return points
}

// measure runs the jobs of a program on both engines, in turn.
func measure(c config, program string) (_ []curve, err error) {
	points := c.points(program)
	engines, names := []engine{ours{}}, []string{oursName}
	if c.flink != "none" {
		f, err := startFlink(c.flink, c.heap, points[0])
		if err != nil {
			return nil, err
		}
		engines, names = append(engines, f), append(names, flinkName)
		fmt.Fprintf(os.Stderr, "%s: Flink warms up\n", program)
		if err := f.warm(points[0], c.warmups); err != nil {
			return nil, errors.Join(err, f.end())
		}
	}
	defer func() {
		for _, e := range engines {
			err = errors.Join(err, e.end())
		}
	}()
	answers := make([][][]answer, len(engines)) // by engine and point
	for i := range answers {
		answers[i] = make([][]answer, len(points))
	}
	for round := range c.rounds {
		order := rand.New(rand.NewPCG(uint64(round), 1)).Perm(len(points)) // the same in every run
		for _, at := range order {
			for i := range engines {
				if round%2 == 1 {
					i = len(engines) - 1 - i
				}
				a, err := engines[i].run(points[at])
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", names[i], points[at], err)
				}
				fmt.Fprintf(os.Stderr, "%s, %s: %.2f s, CPU %.2f s, peak %s\n", names[i], points[at],
					a.Wall.Seconds(), a.CPU.Seconds(), memory.Text(a.Resident))
				answers[i][at] = append(answers[i][at], a)
			}
		}
	}
	for at, p := range points {
		if err := agree(p, names, answers, at); err != nil {
			return nil, err
		}
	}
	return collect(points, names, answers), nil
}

// agree compares what all engines came to in all rounds.
func agree(p point, names []string, answers [][][]answer, at int) error {
	first := answers[0][at][0].total
	for i := range answers {
		for _, a := range answers[i][at] {
			if a.total != first || a.Unordered != 0 {
				return fmt.Errorf("%s: %s came to %+v, and %s to %+v", p, names[i], a.total, names[0], first)
			}
		}
	}
	return nil
}

// collect makes a curve of the answers of each engine.
func collect(points []point, names []string, answers [][][]answer) (curves []curve) {
	for i, name := range names {
		k := curve{Program: points[0].Program, Engine: name}
		for at, p := range points {
			k.Points = append(k.Points, costOf(p, answers[i][at]))
		}
		slices.SortFunc(k.Points, func(a, b cost) int { return int(a.Records - b.Records) })
		curves = append(curves, k)
	}
	return curves
}

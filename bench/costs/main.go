// Command costs runs small programs under every strategy, and shows what the optimizer
// expects each to take beside what it takes: how good are the constants of
// internal/optimizer/cost.go on this machine? Floor 8.
//
//	go run ./bench/costs [--only join] [--rounds 3]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/bench/harness"
	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
)

func main() {
	only := flag.String("only", "", "beginning of the names of the cases to run")
	rounds := flag.Int("rounds", 3, "how often each is run; the median counts")
	flag.Parse()
	debug.SetGCPercent(400)
	table := [][]string{{"case", "strategy", "subtasks", "expected", "took", "ratio", "among its case"}}
	worst := 1.0
	for _, c := range cases() {
		if !strings.HasPrefix(c.name, *only) {
			continue
		}
		for _, parallelism := range []int{1, 2, 4} {
			rows, regret, err := c.measure(parallelism, *rounds)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			table = append(table, rows...)
			worst = max(worst, regret)
		}
	}
	harness.WriteTable(os.Stdout, table)
	fmt.Printf("\nthe strategy that is chosen takes at most %.2f times as long as the fastest one\n", worst)
}

// measure runs a case under each strategy of its operator.
func (c *testCase) measure(parallelism, rounds int) (table [][]string, regret float64, err error) {
	type outcome struct {
		strategy       string
		expected, took float64
	}
	var all []outcome
	for _, strategy := range c.strategies {
		expected, err := c.expect(parallelism, strategy)
		if err != nil {
			return nil, 0, err
		}
		var times []float64
		for range rounds {
			took, err := c.run(parallelism, strategy)
			if err != nil {
				return nil, 0, fmt.Errorf("%s by %s: %w", c.name, strategy, err)
			}
			times = append(times, took)
		}
		all = append(all, outcome{strategy, expected, harness.SpreadOf(times).Median})
	}
	chosen := slices.MinFunc(all, func(a, b outcome) int { return compare(a.expected, b.expected) })
	best := slices.MinFunc(all, func(a, b outcome) int { return compare(a.took, b.took) })
	for _, o := range all {
		note := fmt.Sprintf("%.2f / %.2f", o.expected/chosen.expected, o.took/best.took)
		if o == chosen {
			note += " chosen"
		}
		table = append(table, []string{c.name, o.strategy, fmt.Sprint(parallelism), seconds(o.expected), seconds(o.took), fmt.Sprintf("%.2f", o.took/o.expected), note})
	}
	return table, chosen.took / best.took, nil
}

func compare(a, b float64) int {
	if a < b {
		return -1
	}
	return 1
}

func seconds(s float64) string { return fmt.Sprintf("%.0f ms", s*1000) }

// force is the option of a strategy, which may be "kind=strategy+kind=strategy".
func (c *testCase) force(strategy string) map[string]string {
	forced := map[string]string{}
	for _, part := range strings.Split(strategy, "+") {
		kind, name, ok := strings.Cut(part, "=")
		if !ok {
			kind, name = c.kind, part
		}
		forced[kind] = name
	}
	return forced
}

// memoryBytes is what every run may use: enough for all of them.
const memoryBytes = 4 << 30

// expect asks the optimizer.
func (c *testCase) expect(parallelism int, strategy string) (float64, error) {
	built := errors.New("built")
	var g *plan.Graph
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		g = env.Graph()
		c.build(env)
		return built
	})
	if !errors.Is(err, built) {
		return 0, err
	}
	p := optimizer.Problem{
		Graph:      g,
		Options:    plan.Options{Parallelism: parallelism, Force: c.force(strategy)},
		Machine:    optimizer.Machine{Processors: runtime.GOMAXPROCS(0), Processes: 1, Memory: memoryBytes},
		Statistics: optimizer.Statistics{},
	}
	for _, n := range g.Nodes {
		if s, ok := c.tables[n.Name]; ok {
			p.Statistics[n.ID] = s
			p.Statistics[n.Inputs[0][0].From.ID] = optimizer.Statistic{Rows: s.Rows}
		}
	}
	a, err := optimizer.Optimize(p)
	if err != nil {
		return 0, err
	}
	return a.Cost.Seconds, nil
}

// run runs the case and returns the seconds it took.
func (c *testCase) run(parallelism int, strategy string) (float64, error) {
	options := []thalweg.Option{thalweg.WithParallelism(parallelism), thalweg.WithMemory(memoryBytes)}
	for kind, name := range c.force(strategy) {
		options = append(options, thalweg.WithStrategy(kind, name))
	}
	runtime.GC()
	began := time.Now()
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		c.build(env)
		return nil
	}, options...)
	return time.Since(began).Seconds(), err
}

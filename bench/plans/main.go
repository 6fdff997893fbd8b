// Command plans measures what the optimizer's choice costs: it runs a program as it is
// planned and, one operator at a time, with every other strategy, in turn, and shows how
// much slower the plan is than the fastest of them. Floor 8.
//
//	go build -o tpch ./examples/tpch
//	go run ./bench/plans --rounds 3 -- ./tpch --query 3 --data DIR --output FILE
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thalweg/thalweg/bench/harness"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often each plan is run; the median counts")
	floor := flag.Float64("hopeless", 20, "do not run plans that are expected to take so many times as long")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "plans: which program? plans [options] -- program arguments")
		os.Exit(2)
	}
	if err := measure(flag.Args(), *rounds, *floor); err != nil {
		fmt.Fprintln(os.Stderr, "plans:", err)
		os.Exit(1)
	}
}

// variant is a way to run the program.
type variant struct {
	what     string
	options  []string
	expected float64 // by the time of the plan; 0: not known
	times    []float64
}

func measure(program []string, rounds int, hopeless float64) error {
	variants, err := variantsOf(program)
	if err != nil {
		return err
	}
	variants = slices.DeleteFunc(variants, func(v *variant) bool { return v.expected > hopeless })
	for round := range rounds + 1 {
		for _, v := range variants {
			began := time.Now()
			cmd := exec.Command(program[0], append(slices.Clone(program[1:]), v.options...)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
			}
			if round > 0 { // the first one warms up
				v.times = append(v.times, time.Since(began).Seconds())
			}
		}
	}
	chosen := harness.SpreadOf(variants[0].times)
	best := variants[0]
	table := [][]string{{"plan", "expected", "by the one chosen"}}
	for _, v := range variants {
		ratios := make([]float64, len(v.times))
		for i := range ratios {
			ratios[i] = v.times[i] / variants[0].times[i]
		}
		if harness.SpreadOf(v.times).Median < harness.SpreadOf(best.times).Median {
			best = v
		}
		table = append(table, []string{v.what, fmt.Sprintf("%.2f", v.expected), harness.SpreadOf(ratios).String()})
	}
	harness.WriteTable(os.Stdout, table)
	fmt.Printf("\nthe plan takes %.2f times as long as the fastest (%s)\n", chosen.Median/harness.SpreadOf(best.times).Median, best.what)
	return nil
}

// plan is what is needed of an explanation.
type plan struct {
	Operators []struct {
		ID           int
		Name         string
		Strategy     string
		Alternatives []struct {
			Strategy string
			Factor   float64
		}
	}
}

// variantsOf are the plan as it is chosen, that without an optimizer, and those with
// another strategy for one operator.
func variantsOf(program []string) ([]*variant, error) {
	args := append([]string{"explain"}, program[1:]...)
	out, err := exec.Command(program[0], append(args, "--format", "json")...).Output()
	if err != nil {
		return nil, fmt.Errorf("%s explain: %w", program[0], err)
	}
	var p plan
	if err := json.Unmarshal(out, &p); err != nil {
		return nil, fmt.Errorf("%s explain: %w", program[0], err)
	}
	all := []*variant{{what: "as planned", expected: 1}, {what: "as written", options: []string{"--optimizer", "off"}}}
	for _, o := range p.Operators {
		for _, a := range o.Alternatives {
			if a.Factor > 0 {
				all = append(all, &variant{
					what:     fmt.Sprintf("[%d] %s: %s instead of %s", o.ID, o.Name, a.Strategy, o.Strategy),
					options:  []string{"--strategy", strconv.Itoa(o.ID) + "=" + a.Strategy},
					expected: a.Factor,
				})
			}
		}
	}
	return all, nil
}

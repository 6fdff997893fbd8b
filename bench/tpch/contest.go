package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/thalweg/thalweg/bench/harness"
)

// sample is what one run cost: seconds of wall and processor time, and the greatest
// resident memory of the process while it ran, in bytes; 0 is unknown.
type sample struct{ wall, cpu, peak float64 }

// pair is a run of ours and one of a peer right after it.
type pair struct{ ours, peer sample }

// run is a query asked of a contender.
type run struct {
	query int
	whom  string // as contender.String says
}

// contest is what a comparison came to.
type contest struct {
	config  *config
	beside  []contender
	queries []int
	pairs   map[run][]pair
	first   map[run]pair       // the first run of a query in the process of a peer that stays
	failed  map[run]string     // why a peer cannot answer
	wrong   []string           // answers that differ from ours
	right   map[int][][]string // ours, over the first form that was asked
}

func newContest(c *config, beside []contender, queries []int) *contest {
	return &contest{
		config: c, beside: beside, queries: queries,
		pairs: map[run][]pair{}, first: map[run]pair{}, failed: map[run]string{}, right: map[int][][]string{},
	}
}

// compete runs ours beside each contender, one contender after the other, so that
// there never is more than one that keeps memory. The first round over all queries
// warms up.
func (k *contest) compete() error {
	for _, x := range k.beside {
		if err := k.against(x); err != nil {
			return err
		}
	}
	return nil
}

func (k *contest) against(x contender) (err error) {
	ask := func(query int, path string) (sample, string, error) { return k.start(byHand, query, path) }
	if x.command != nil {
		t, err := x.told(k.config)
		if err != nil {
			return err
		}
		begun := time.Now()
		p, err := harness.Begin(x.String(), x.command(k.config, t))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.End()) }()
		fmt.Fprintf(os.Stderr, "%s: ready after %.1f s\n", x, time.Since(begun).Seconds())
		ask = func(query int, path string) (sample, string, error) { return remote(p, x.name, query, path) }
	}
	for round := range 2 {
		for _, query := range k.queries {
			r := run{query, x.String()}
			times := k.config.pairs
			if round == 0 {
				times = 1
			}
			for range times {
				if k.failed[r] != "" || x.name == byHand && !slices.Contains(handQueries, query) {
					break
				}
				p, err := k.pair(x, query, ask)
				if err != nil {
					return err
				}
				if round == 0 && x.command != nil {
					k.first[r] = p
				} else if round > 0 && k.failed[r] == "" {
					k.pairs[r] = append(k.pairs[r], p)
				}
			}
			if round > 0 {
				k.tell(r)
			}
		}
	}
	return nil
}

// handQueries are those that there is a program by hand for.
var handQueries = []int{1, 3, 6}

// pair runs ours and a contender, and compares the answers.
func (k *contest) pair(x contender, query int, ask func(int, string) (sample, string, error)) (p pair, err error) {
	mine, other := filepath.Join(k.config.dir, "ours.csv"), filepath.Join(k.config.dir, "peer.csv")
	if p.ours, _, err = k.start(x.beside, query, mine); err != nil {
		return p, err
	}
	if err := k.check(query, x.beside, mine); err != nil {
		return p, err
	}
	var failed string
	if p.peer, failed, err = ask(query, other); err != nil {
		return p, err
	}
	if failed != "" {
		k.failed[run{query, x.String()}] = failed
		return p, nil
	}
	return p, k.check(query, x.String(), other)
}

// check compares an answer with ours. One that is wrong is remembered, once.
func (k *contest) check(query int, whose, path string) error {
	got, err := readAnswer(path)
	if err != nil {
		return fmt.Errorf("query %d, %s: %w", query, whose, err)
	}
	if k.right[query] == nil {
		k.right[query] = got
		return nil
	}
	if err := differ(got, k.right[query]); err != nil {
		if text := fmt.Sprintf("query %d, %s: %v", query, whose, err); !slices.Contains(k.wrong, text) {
			k.wrong = append(k.wrong, text)
			fmt.Fprintln(os.Stderr, "different:", text)
		}
	}
	return nil
}

// start runs a program of this module from its start to its end.
func (k *contest) start(program string, query int, path string) (s sample, failed string, err error) {
	c := k.config
	arguments := []string{"--query", fmt.Sprint(query), "--data", c.data, "--output", path}
	if program == oursParquet {
		arguments[3] = c.made
	}
	if program != byHand {
		arguments = append(arguments, "--parallelism", fmt.Sprint(c.threads))
		if c.memory != "" {
			arguments = append(arguments, "--memory", c.memory)
		}
	}
	cmd := c.program(program, arguments...)
	begin := time.Now()
	err = output(cmd)
	s.wall = time.Since(begin).Seconds()
	if err != nil {
		return s, "", err
	}
	s.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	s.peak = float64(harness.Resident(cmd.ProcessState))
	return s, "", nil
}

// remote asks a process that stays.
func remote(p *harness.Process, engine string, query int, path string) (s sample, failed string, err error) {
	sql, err := sqlFile(fileOf(query))
	if err != nil {
		return s, "", err
	}
	var a answer
	peak, err := p.Ask(question{SQL: inDialect(engine, sql), Answer: path}, &a)
	return sample{a.Wall, a.CPU, float64(peak)}, a.Failed, err
}

// tell says what the runs cost, in absolute figures.
func (k *contest) tell(r run) {
	all := k.pairs[r]
	if len(all) == 0 {
		if why := k.failed[r]; why != "" {
			fmt.Fprintf(os.Stderr, "query %d, %s: %s\n", r.query, r.whom, why)
		}
		return
	}
	of := func(pick func(pair) float64) harness.Spread {
		var values []float64
		for _, p := range all {
			values = append(values, pick(p))
		}
		return harness.SpreadOf(values)
	}
	fmt.Fprintf(os.Stderr, "query %d, ours: wall %s s, CPU %s s; %s: wall %s s, CPU %s s\n", r.query,
		of(func(p pair) float64 { return p.ours.wall }), of(func(p pair) float64 { return p.ours.cpu }), r.whom,
		of(func(p pair) float64 { return p.peer.wall }), of(func(p pair) float64 { return p.peer.cpu }))
	if p, ok := k.first[r]; ok {
		fmt.Fprintf(os.Stderr, "  first run %.2f s\n", p.peer.wall)
	}
}

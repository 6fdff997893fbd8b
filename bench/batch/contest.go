package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/thalweg/thalweg/bench/batch/side"
	"github.com/thalweg/thalweg/bench/harness"
)

// suite is data and questions about it.
type suite struct {
	name      string
	questions []string
	peers     []string // that can answer them
	program   string   // of this module, in a folder beside this one
	prepare   func(side.Job) error
	verify    func(side.Job) error // looks at what an engine has left behind, off the clock
	bound     bool                 // ours must do with --sort-memory
	// fresh starts a process for each run, so that no run finds memory that another
	// one has left, and only one process at a time has the data. Otherwise the
	// processes of one number of threads live until all questions are answered. Either
	// way the first round only warms up.
	fresh bool
}

// contender is an engine with a number of threads.
type contender struct {
	engine  string
	threads int
}

func (s contender) String() string { return fmt.Sprintf("%s with %d", s.engine, s.threads) }

// single are engines that know one thread only.
var single = []string{side.Hand}

// beside returns what a side of ours is compared with in an engine.
func (s contender) beside(engine string) contender {
	if slices.Contains(single, engine) {
		return contender{engine, 1}
	}
	return contender{engine, s.threads}
}

// contest is what a suite came to.
type contest struct {
	suite   *suite
	peers   []string
	samples map[run][]sample // by round
}

type run struct {
	question string
	side     contender
}

// compete runs all sides of a suite in turn.
func (s *suite) compete(c *config) (*contest, error) {
	k := &contest{suite: s, samples: map[run][]sample{}}
	for _, p := range s.peers {
		if p == side.Floor || c.with(p) {
			k.peers = append(k.peers, p)
		}
	}
	dir := c.filesOf(s)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	if !c.keep {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	if s.prepare != nil {
		if err := s.prepare(c.told(s, contender{})); err != nil {
			return nil, err
		}
	}
	if err := c.compile(s.program); err != nil {
		return nil, err
	}
	expected := map[string]side.Answer{}
	compete := k.competeAlive
	if s.fresh {
		compete = k.competeFresh
	}
	if err := compete(c, expected); err != nil {
		return nil, err
	}
	for _, q := range s.questions {
		for _, who := range k.sides(c) {
			k.tell(run{q, who})
		}
	}
	return k, nil
}

// sides returns all sides, the peers before ours.
func (k *contest) sides(c *config, threads ...int) (all []contender) {
	if len(threads) == 0 {
		threads = c.threads
	}
	for _, engine := range append(slices.Clone(k.peers), side.Ours) {
		for i, n := range threads {
			if slices.Contains(single, engine) {
				if i > 0 {
					continue
				}
				n = 1
			}
			all = append(all, contender{engine, n})
		}
	}
	return all
}

// competeFresh answers one question in as many rounds as there are to be pairs, after
// one that only warms up: memory and files that a machine has not used for long cost
// who comes first.
func (k *contest) competeFresh(c *config, expected map[string]side.Answer) error {
	for round := range c.pairs + 1 {
		for _, who := range k.sides(c) {
			p, err := harness.Begin(who.String(), c.command(k.suite, who))
			if err != nil {
				return err
			}
			for _, q := range k.suite.questions {
				if err := k.ask(c, p, run{q, who}, expected, round > 0); err != nil {
					return errors.Join(err, p.End())
				}
			}
			if err := p.End(); err != nil {
				return err
			}
		}
	}
	return nil
}

// competeAlive answers all questions for one number of threads after the other.
func (k *contest) competeAlive(c *config, expected map[string]side.Answer) error {
	for _, n := range c.threads {
		if err := k.competeWith(c, n, expected); err != nil {
			return err
		}
	}
	return nil
}

func (k *contest) competeWith(c *config, threads int, expected map[string]side.Answer) (err error) {
	sides := k.sides(c, threads)
	var processes []*harness.Process
	defer func() {
		for _, p := range processes {
			err = errors.Join(err, p.End())
		}
	}()
	for _, who := range sides {
		p, err := harness.Begin(who.String(), c.command(k.suite, who))
		if err != nil {
			return err
		}
		processes = append(processes, p)
	}
	for _, q := range k.suite.questions {
		for round := range c.pairs + 1 {
			for i, who := range sides {
				if err := k.ask(c, processes[i], run{q, who}, expected, round > 0); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ask runs a question once and compares the answer with the others'.
func (k *contest) ask(c *config, p *harness.Process, r run, expected map[string]side.Answer, counts bool) error {
	var got side.Answer
	peak, err := p.Ask(map[string]string{"question": r.question}, &got)
	if err != nil {
		return err
	}
	cost := sample{wall: got.Wall, cpu: got.CPU, peak: float64(peak)}
	if want, ok := expected[r.question]; !ok {
		expected[r.question] = got
	} else if !got.Same(want) {
		return fmt.Errorf("%s: %s came to %d rows and %v, others to %d and %v", r.question, r.side, got.Rows, got.Check, want.Rows, want.Check)
	}
	if k.suite.verify != nil {
		if err := k.suite.verify(c.told(k.suite, r.side)); err != nil {
			return fmt.Errorf("%s: %w", r.side, err)
		}
	}
	if counts {
		k.samples[r] = append(k.samples[r], cost)
	}
	return nil
}

// sample is what one run cost: seconds of wall and processor time, and the greatest
// resident memory of the process while it ran, its data included, in bytes; 0 is unknown.
type sample struct{ wall, cpu, peak float64 }

// tell says what the runs cost, in absolute figures.
func (k *contest) tell(r run) {
	of := func(pick func(sample) float64) harness.Spread { return harness.SpreadOf(values(k.samples[r], pick)) }
	fmt.Fprintf(os.Stderr, "%s, %s: wall %s s, CPU %s s, peak %s GB\n", r.question, r.side, of(wall), of(cpu), of(peakGB))
}

// wall, cpu and peakGB pick what ratios and medians are made of.
func wall(s sample) float64   { return s.wall }
func cpu(s sample) float64    { return s.cpu }
func peakGB(s sample) float64 { return s.peak / 1e9 }

func values(samples []sample, of func(sample) float64) (all []float64) {
	for _, s := range samples {
		all = append(all, of(s))
	}
	return all
}

// ratio returns the spread of one side divided by another's run of the same round.
// It is zero if a figure is not known.
func (k *contest) ratio(question string, a, b contender, of func(sample) float64) harness.Spread {
	x, y := k.samples[run{question, a}], k.samples[run{question, b}]
	var ratios []float64
	for i := range min(len(x), len(y)) {
		if of(x[i]) <= 0 || of(y[i]) <= 0 {
			return harness.Spread{}
		}
		ratios = append(ratios, of(x[i])/of(y[i]))
	}
	if len(ratios) == 0 {
		return harness.Spread{}
	}
	return harness.SpreadOf(ratios)
}

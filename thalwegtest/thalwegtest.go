// Package thalwegtest runs a streaming program in a test, on the engine's own tasks, with a
// clock that only the test moves. Floor 8.
//
//	h := thalwegtest.New(t)
//	orders := thalwegtest.Source[Order](h)
//	totals := thalwegtest.Collect(h, hourlyTotals(orders.Timed()))
//
//	orders.SendAt(nine, Order{"anna", 3})
//	orders.Watermark(ten)
//	got := totals.Take() // all that can be known by now
//	h.Advance(time.Hour) // of the engine's clock
//
// What runs is the job as it would run: chains, exchanges, timers, asynchronous calls.
// Nothing waits for real time: when no subtask has anything to do the test goes on, and a
// day passes as fast as the job's work of that day is done. One goroutine of the job
// runs at a time, and a seed chooses which: the same seed gives the same run, another
// [Seed] perhaps another order of what has no order.
//
// Functions of the program run as in any job. To wait they use [Harness.Sleep]; if they
// wait in another way, for a server of the test say, the test waits for them, and if they
// wait for the test, it hangs. There is no network for sources and sinks.
//
// The functions and methods of this package are for the test's goroutine, if they do not
// say otherwise.
package thalwegtest

import (
	"context"
	"errors"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/host"
)

// T is what the package uses of a *testing.T or *testing.B.
type T interface {
	Helper()
	Error(args ...any)
	Fatal(args ...any)
	Cleanup(func())
}

// Option changes a Harness.
type Option func(*settings)

type settings struct {
	seed    uint64
	start   time.Time
	options []thalweg.Option
}

// Seed chooses the order in which the goroutines of the job run. It is 1 by default.
func Seed(seed uint64) Option { return func(s *settings) { s.seed = seed } }

// Start sets the engine's clock. It begins with the year 2000 by default.
func Start(at time.Time) Option { return func(s *settings) { s.start = at } }

// With has the job run with options of package thalweg. By default it has a parallelism
// of 1, so that everything has an order.
func With(options ...thalweg.Option) Option {
	return func(s *settings) { s.options = append(s.options, options...) }
}

// Harness is one job under test. It goes through three phases: the program is built, up
// to the first Settle, Advance, Take or End; it runs; it has ended. At the end of the test
// the job is cancelled.
type Harness struct {
	t       T
	m       *machine
	env     *thalweg.Environment
	cancel  context.CancelFunc
	built   host.Parker
	started bool
	refused error // why the build function fails
	reading bool  // sources may read
	wake    []func()
	close   []func()

	ended  bool
	result *thalweg.Result
	err    error
}

// New returns a harness whose program is to be built.
func New(t T, options ...Option) *Harness {
	t.Helper()
	s := settings{seed: 1, start: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, o := range options {
		o(&s)
	}
	h := &Harness{t: t, m: newMachine(s.seed, s.start)}
	h.built = h.m.NewParker()
	var ctx context.Context
	ctx, h.cancel = context.WithCancel(context.Background())
	all := append([]thalweg.Option{thalweg.WithName("test"), thalweg.WithParallelism(1)}, s.options...)
	h.m.goMaster(func() {
		h.result, h.err = thalweg.Run(ctx, h.build, append(all, thalweg.OnHost(h.m))...)
		h.ended = true
	})
	h.m.run()
	t.Cleanup(h.giveUp)
	if h.env == nil {
		t.Fatal(h.err)
	}
	return h
}

// build hands the environment to the test, which builds the program meanwhile.
func (h *Harness) build(env *thalweg.Environment) error {
	h.env = env
	for !h.started {
		h.built.Park(time.Time{})
	}
	return h.refused
}

// Env returns the environment of the program.
func (h *Harness) Env() *thalweg.Environment { return h.env }

// Now returns the engine's time. Functions of the program may call it, too.
func (h *Harness) Now() time.Time { return h.m.Now() }

// Sleep lets the calling function of the program wait, by the engine's clock, until d has
// passed or ctx is done, and returns the error of ctx. It is for the program's functions.
// Inside of an operator that is not asynchronous it stops the subtask.
func (h *Harness) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.m.sleep(ctx, d)
	return ctx.Err()
}

// Settle lets the job work until all of its subtasks wait for input or for the clock. A
// job that has failed ends the test.
func (h *Harness) Settle() { h.t.Helper(); h.Advance(0) }

// Advance moves the engine's clock, from one time that anybody waits for to the next. It
// settles before, in between and afterwards.
func (h *Harness) Advance(d time.Duration) {
	h.t.Helper()
	h.begin()
	h.m.advance(d)
	if h.ended && h.err != nil {
		h.t.Fatal(h.err)
	}
}

// begin ends the building of the program, and lets the job begin before it reads what was
// sent: its sources know by then that there are no more splits.
func (h *Harness) begin() {
	if h.started {
		return
	}
	h.started = true
	h.built.Unpark()
	h.m.run()
	h.reading = true
	for _, f := range h.wake {
		f()
	}
}

// End closes all sources and lets the job come to its end, and the clock move as far as
// that takes. It returns what thalweg.Run returns.
func (h *Harness) End() (*thalweg.Result, error) {
	h.t.Helper()
	for _, f := range h.close {
		f()
	}
	h.begin()
	for h.m.run(); !h.ended; h.m.run() {
		if !h.m.jump(time.Time{}) {
			h.t.Fatal("the job does not end, and nobody in it waits for a time")
		}
	}
	return h.result, h.err
}

// giveUp ends the job with the test.
func (h *Harness) giveUp() {
	h.cancel()
	if !h.started {
		h.refused = errors.New("the test has ended before the program began")
		h.begin()
	} else if !h.ended {
		h.m.hear()
	}
	for h.m.run(); h.m.living() > 0; h.m.run() {
		if !h.m.jump(time.Time{}) {
			h.t.Error("goroutines of the job do not end")
			return
		}
	}
}

package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/checkpoint"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// Config is what Run needs to know.
type Config struct {
	Host        host.Host
	Name        string
	Graph       *plan.Graph
	Arguments   map[string]string
	Parallelism int
	Processes   int // 0 or 1: this one alone
	Unchained   bool
	Fetch       int      // the sink to run, see plan.Node
	Fetched     [][]byte // what those before it have got
	Exchange    plan.ExchangeMode
	Flush       time.Duration     // see task.Deployment
	Restarts    int               // how often the job is tried again
	Force       map[string]string // strategies by kind of operator
	Choices     plan.Choices      // of the optimizer
	CheckFacts  bool              // operators check what the user promised of them
	Memory      int64             // bytes of each process
	Spill       []string          // directories; none is the system's for temporary files
	Quarantine  *Quarantine       // nil: what an operator cannot deal with fails the job
	Checkpoints *Checkpoints      // nil: none are taken
	Resume      bool              // go on from the newest checkpoint in their directory
	Replay      string            // a quarantine: its records are all there is to read

	// Observe, if not nil, is called about every ReportInterval while tasks run.
	Observe func(*Progress)
}

// ReportInterval is how often figures are brought up to date.
const ReportInterval = 200 * time.Millisecond

// stopGrace is how long stopping tasks may take to come back from user code.
const stopGrace = 10 * time.Second

// Progress is the state of a job while it runs, and its outcome.
type Progress struct {
	Plan         *plan.Plan
	Started      time.Time
	Elapsed      time.Duration
	InputSize    map[int]int64           // by source node, in the unit of its splits; missing: unknown
	Figures      map[int]metrics.Figures // by node
	Standings    []metrics.Standing      // in event time, of each operator in each subtask
	Accumulators operator.Accumulators
	Rejected     map[int]int64      // by node
	Samples      []connect.Rejected // the first rejected pieces of input and records
	TasksEnded   map[int]int        // by chain
	Failures     []error            // those after which the job was tried again

	Checkpoint  int64   // the last complete one; 0: none
	Checkpoints int     // complete ones
	Skipped     []error // checkpoints that could not be completed, or that could not be gone on from
}

// maxSamples is how many of what was rejected are kept for the report.
const maxSamples = 10

// Run runs a job to its end. The progress is valid also if there is an error. A
// done context cancels the job.
func Run(ctx context.Context, c Config) (*Progress, error) {
	j := &run{Config: c, ctx: ctx, box: newMailbox(c.Host)}
	j.progress = &Progress{Started: c.Host.Now(), TasksEnded: map[int]int{}}
	job := JobSpec{
		ID: fmt.Sprintf("%016x", c.Host.Random()), Arguments: c.Arguments, Parallelism: c.Parallelism,
		Processes: max(c.Processes, 1), Unchained: c.Unchained, Fetch: c.Fetch, Fetched: c.Fetched, Exchange: c.Exchange, Force: c.Force, Choices: c.Choices,
		Flush: c.Flush, Restarts: c.Restarts, CheckFacts: c.CheckFacts, Memory: c.Memory, Spill: c.Spill,
		Quarantine: c.Quarantine, Checkpoints: c.Checkpoints, Replay: c.Replay, Token: []byte(token(32)),
	}
	p, err := plan.Compile(c.Graph, job.options())
	if err != nil {
		return j.progress, err
	}
	j.plan, j.progress.Plan = p, p
	if c.Restarts > 0 && !p.Bounded() && c.Checkpoints == nil {
		return j.progress, errors.New("a job without end cannot be tried again from the beginning: leave restarts out")
	}
	from, last, err := j.resumed(&job)
	if err != nil {
		return j.progress, err
	}
	splits, budgets, err := j.listSplits(job)
	if err != nil {
		return j.progress, err
	}
	j.id = job.ID
	if from == nil {
		err = j.prepare(p.Sinks())
	} else {
		j.sinks = p.Sinks()
	}
	if err == nil {
		tasks := job.tasks(p, nil)
		j.reports = make([]*Report, len(tasks))
		j.master = NewMaster(job, c.Graph.Fingerprint(), tasks, splits, budgets, Retry{
			Left: c.Restarts,
			Next: func(done, kept map[int]int) Attempt {
				if job.Checkpoints != nil {
					done, kept = nil, nil // what has ended says so again
				}
				return job.attempt(p, done, kept)
			},
		})
		if job.Checkpoints != nil {
			j.storage = job.Checkpoints.storage(c.Host)
			j.master.keeper = newKeeper(job, c.Graph.Fingerprint(), p, from, last)
			if from != nil {
				j.master.goOn(from)
			}
		}
		err = j.drive(len(tasks) - 1)
	}
	if err == nil || j.progress.Checkpoint == 0 {
		err = errors.Join(err, j.settle(err))
	}
	if err == nil {
		err = j.forget()
	}
	j.refresh()
	return j.progress, err
}

// token returns n random bytes in hexadecimal.
func token(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, says its documentation
	return hex.EncodeToString(b)
}

// run is one execution of a job, on the caller's goroutine.
type run struct {
	Config
	ctx      context.Context
	id       string // of the job
	plan     *plan.Plan
	sinks    []*plan.Node // that are prepared
	master   *Master
	box      *mailbox
	local    *Worker
	remote   *processes // nil if there are none
	reports  []*Report  // the newest, by process
	progress *Progress
	due      []Action           // that what was carried out has led to
	storage  checkpoint.Storage // nil: there are no checkpoints
	grace    time.Time          // when stopping has taken too long; zero: not stopping
}

// drive steps the master until the job is over.
func (j *run) drive(remote int) error {
	j.local = NewWorker(j.Host, 0, func(*JobSpec) (*plan.Graph, error) { return j.Graph, nil },
		func(m Message) { j.box.put(Event{Process: 0, Message: m}) })
	defer func() {
		if !j.master.abandoned(0) {
			j.local.Close()
		}
	}()
	stop := context.AfterFunc(j.ctx, func() { j.box.put(Event{Cancel: context.Cause(j.ctx)}) })
	defer stop()
	if remote > 0 {
		listener, err := j.Host.Listen(j.ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("listening for workers: %w", err)
		}
		if j.remote, err = spawn(j.Host, j.box, j.Name, remote, listener); err != nil {
			return err
		}
		defer j.remote.Close()
	}
	actions := j.master.Begin()
	next := j.Host.Now().Add(ReportInterval)
	for {
		for _, a := range actions {
			if a.Over {
				return a.Err
			}
			j.carryOut(a)
		}
		wake := next
		if j.master.keeper != nil {
			if at, ok := j.master.keeper.Next(); ok && at.Before(wake) {
				wake = at
			}
		}
		e, ok := j.box.take(wake)
		now := j.Host.Now()
		e.Now = now
		actions = j.due
		j.due = nil
		if !now.Before(next) {
			next = now.Add(ReportInterval)
			actions = append(actions, j.account()...)
		}
		switch {
		case ok:
			if e.Lost != nil {
				j.remote.workers[e.Process-1].gone = true
			}
			if e.called != nil {
				e.Called = j.remote.hear(e)
			}
			j.note(e.Message, e.Process)
			actions = append(actions, j.master.Step(e)...)
		case !j.grace.IsZero() && now.After(j.grace):
			actions = append(actions, j.master.Step(Event{Stuck: true, Now: now})...)
		}
		actions = append(actions, j.master.Step(Event{Tick: true, Now: now})...)
	}
}

// carryOut does what the master says.
func (j *run) carryOut(a Action) {
	switch {
	case a.Again != nil:
		j.again(a)
	case a.Replace > 0:
		if err := j.remote.replace(a.Replace); err != nil {
			j.box.put(Event{Cancel: err})
		}
	case a.Store != nil:
		err := a.Store.Write(j.storage)
		j.due = append(j.due, j.master.Step(Event{Written: &err, Now: j.Host.Now()})...)
	case a.Completed != nil:
		j.completed(a.Completed, a.Oldest)
	case a.Warning != nil:
		j.progress.Skipped = append(j.progress.Skipped, a.Warning)
	default:
		j.deliver(a)
	}
}

func (j *run) deliver(a Action) {
	if k := a.Message.Kind; j.grace.IsZero() && (k == Cancel || k == Exit) {
		j.grace = j.Host.Now().Add(stopGrace)
	}
	if a.To == 0 {
		j.local.Handle(a.Message)
	} else {
		j.remote.send(a.To, a.Message)
	}
}

// again makes ready for another attempt.
func (j *run) again(a Action) {
	j.grace = time.Time{}
	j.progress.Failures = append(j.progress.Failures, a.Err)
	for chain, part := range a.Again.Parts {
		if part != plan.Skip {
			delete(j.progress.TasksEnded, chain)
		}
	}
	if err := j.reset(a.Again.Sinks); err != nil {
		j.box.put(Event{Cancel: fmt.Errorf("%w; trying again: %w", a.Err, err)})
	}
}

// note keeps what a message tells beside the protocol.
func (j *run) note(m Message, process int) {
	if m.Report != nil {
		j.reports[process] = m.Report
	}
	if m.Kind == Ended && m.Attempt == j.master.attempt {
		j.progress.TasksEnded[m.Chain]++
	}
	if m.Rejected != nil && len(j.progress.Samples) < maxSamples {
		j.progress.Samples = append(j.progress.Samples, *m.Rejected)
	}
}

// account brings the figures up to date and tells the master and the observer.
func (j *run) account() (actions []Action) {
	if r := j.local.Figures(); r != nil {
		j.reports[0] = r
		actions = j.master.Step(Event{Process: 0, Message: Message{Kind: Figures, Report: r}, Now: j.Host.Now()})
	}
	if j.Observe != nil {
		j.refresh()
		j.Observe(j.progress)
	}
	return actions
}

// refresh adds up the newest reports.
func (j *run) refresh() {
	p := j.progress
	p.Elapsed = j.Host.Now().Sub(p.Started)
	p.Figures, p.Standings, p.Accumulators = map[int]metrics.Figures{}, nil, operator.Accumulators{}
	if j.master != nil {
		p.Rejected = j.master.Rejected()
	}
	for _, r := range j.reports {
		if r == nil {
			continue
		}
		for node, f := range r.Figures {
			sum := p.Figures[node]
			sum.Add(f)
			p.Figures[node] = sum
		}
		p.Standings = append(p.Standings, r.Standings...)
		p.Accumulators.Add(r.Accumulators)
	}
}

package cluster

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/exchange"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/task"
)

// Build makes the program's graph for a job: from argument values, and from what
// earlier jobs of the same program have fetched.
type Build func(*JobSpec) (*plan.Graph, error)

// Worker runs the tasks of one process. Handle is called by one goroutine; what
// the worker has to say goes to send, which any goroutine may call.
type Worker struct {
	host    host.Host
	process int
	build   Build
	send    func(Message)

	ctx    context.Context
	cancel context.CancelFunc
	job    *JobSpec
	plan   *plan.Plan
	mesh   *exchange.Mesh
	team   *task.Team

	attempt    int // the present one, from 0
	connecting *host.Group
	samples    atomic.Int64 // rejected pieces of input seen

	mu      sync.Mutex
	waiting map[asker]*splitQueue // guarded by mu
	tasks   []*task.Task          // of this attempt, and those before that need not run again; guarded by mu
	left    int                   // tasks that have not ended; guarded by mu
	outcome Outcome               // of those that have; guarded by mu
	causes  map[int]string        // by operator, of what it has last rejected; guarded by mu
}

// asker is a source subtask.
type asker struct{ node, subtask int }

// NewWorker returns a worker that has not been given a job yet.
func NewWorker(h host.Host, process int, build Build, send func(Message)) *Worker {
	ctx, cancel := context.WithCancel(context.Background())
	return &Worker{
		host: h, process: process, build: build, send: send,
		ctx: ctx, cancel: cancel, waiting: map[asker]*splitQueue{}, causes: map[int]string{}, connecting: host.NewGroup(h),
	}
}

// Handle carries out one message of the master. It returns true after Exit.
func (w *Worker) Handle(m Message) (exit bool) {
	switch m.Kind {
	case Program:
		w.program(m.Job)
	case Deploy:
		w.deploy(m.Attempt, m.Parts, m.Restore)
	case Barrier, Complete:
		if w.team != nil && m.Attempt == w.attempt {
			w.tellCheckpoint(m)
		}
	case Connect:
		w.connect(m.Peers)
	case Start:
		w.team.Start()
	case Assign:
		w.assign(m)
	case Aligned:
		if w.team != nil && m.Attempt == w.attempt {
			w.team.Alignments.Others(*m.Mark)
		}
	case Cancel:
		w.stop()
	case Exit:
		w.Close()
		w.send(Message{Kind: Gone})
		return true
	}
	return false
}

// Close ends everything the worker has started and waits for it.
func (w *Worker) Close() {
	w.stop()
	w.connecting.Wait()
	if w.team != nil {
		w.team.Close()
	}
	if w.mesh != nil {
		w.mesh.Close()
		w.mesh = nil
	}
}

func (w *Worker) stop() {
	w.cancel()
	if w.team != nil {
		w.team.Cancel()
	}
}

func (w *Worker) program(job *JobSpec) {
	w.job = job
	g, err := w.build(job)
	if err == nil {
		w.plan, err = plan.Compile(g, job.options())
	}
	if err != nil {
		w.send(Message{Kind: Built, Error: asError(err)})
		return
	}
	f := g.Fingerprint()
	w.send(Message{Kind: Built, Fingerprint: &f})
}

func (j *JobSpec) options() plan.Options {
	return plan.Options{
		Parallelism: j.Parallelism, Processes: j.Processes, Unchained: j.Unchained,
		Fetch: j.Fetch, Exchange: j.Exchange, Force: j.Force, Choices: j.Choices,
	}
}

// place says which process runs a task: the master's own runs what belongs to
// the caller, and all if there is no other.
func (j *JobSpec) place(c *plan.Chain, subtask int) int {
	if c.Client || j.Processes <= 1 {
		return 0
	}
	return 1 + subtask%j.Processes
}

// tasks returns how many tasks each process runs in an attempt at the job; no parts
// means that all chains run.
func (j *JobSpec) tasks(p *plan.Plan, parts []plan.Part) []int {
	n := make([]int, 1)
	if j.Processes > 1 {
		n = make([]int, 1+j.Processes)
	}
	for _, c := range p.Chains {
		if parts != nil && parts[c.ID] == plan.Skip {
			continue
		}
		for s := range c.Parallelism {
			n[j.place(c, s)]++
		}
	}
	return n
}

func (w *Worker) deploy(attempt int, parts []plan.Part, restore int64) {
	address := ""
	var groups []string
	w.attempt = attempt
	err := func() (err error) {
		if w.team != nil {
			w.clear(parts)
		}
		if w.job.Processes > 1 {
			w.mesh = exchange.NewMesh(w.host, w.process, w.job.Token, func(peer int, err error) {
				w.send(Message{Kind: Broken, Attempt: attempt, Peer: peer, Error: asError(err)})
			})
			if address, err = w.mesh.Listen(w.ctx, "127.0.0.1:0"); err != nil {
				return err
			}
		}
		checkpoints, err := w.checkpoints(attempt, restore)
		if err != nil {
			return err
		}
		deployment := task.Deployment{
			Checkpoints: checkpoints,
			Job:         w.ctx, JobID: w.job.ID, Plan: w.plan, Process: w.process, Place: w.job.place,
			Host: w.host, Mesh: w.mesh, Memory: w.job.Memory, Spill: w.job.Spill, Flush: w.job.Flush,
			Keep: w.job.Restarts > 0 && w.job.Checkpoints == nil, Check: w.job.CheckFacts, Parts: parts, Before: w.team,
			Splits: w.splits, Reject: w.reject,
			Ended: func(t *task.Task, err error) { w.ended(attempt, t, err) },
		}
		if w.job.Processes > 1 {
			deployment.Aligned = func(mark operator.AlignMark) {
				w.send(Message{Kind: Align, Attempt: attempt, Mark: &mark})
			}
		}
		if w.job.Quarantine != nil {
			deployment.Quarantine = w.quarantineWriter
		}
		team, err := task.Deploy(deployment)
		if err == nil {
			groups = team.Alignments.Groups()
			w.mu.Lock()
			w.team = team
			w.tasks, w.left = append(w.tasks, team.Tasks...), len(team.Tasks)
			w.outcome = Outcome{Done: map[int]int{}, Kept: map[int]int{}}
			w.mu.Unlock()
		}
		return err
	}()
	w.send(Message{Kind: Deployed, Attempt: attempt, Address: address, Groups: groups, Error: asError(err)})
}

// clear puts away what is left of an attempt. Its tasks have ended.
func (w *Worker) clear(parts []plan.Part) {
	w.team.Wait()
	w.connecting.Wait()
	if w.mesh != nil {
		w.mesh.Close()
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tasks = slices.DeleteFunc(w.tasks, func(t *task.Task) bool { return parts[t.Chain.ID] != plan.Skip })
}

// connect answers when all peers are there. Meanwhile the worker listens to its
// master: a peer may have died.
func (w *Worker) connect(peers []string) {
	if w.mesh == nil {
		w.send(Message{Kind: Connected, Attempt: w.attempt})
		return
	}
	attempt := w.attempt
	w.connecting.Go(func() {
		w.send(Message{Kind: Connected, Attempt: attempt, Error: asError(w.mesh.Connect(w.ctx, peers))})
	})
}

// reject sends the first rejected pieces of input and records as samples.
func (w *Worker) reject(node int, r connect.Rejected) {
	w.mu.Lock()
	w.causes[node] = r.String()
	w.mu.Unlock()
	if w.samples.Add(1) <= maxSamples {
		w.send(Message{Kind: Reject, Node: node, Rejected: &r})
	}
}

// ended reports a task's end, and with the last one the final figures of the
// process and how all of them have ended. Nothing is sent under mu, so reports may
// overtake each other.
func (w *Worker) ended(attempt int, t *task.Task, err error) {
	w.mu.Lock()
	w.left--
	m := Message{Kind: Ended, Attempt: attempt, Task: t.Name(), Chain: t.Chain.ID, Left: w.left, Error: asError(err)}
	if err == nil {
		w.outcome.Done[t.Chain.ID]++
	} else if o := &w.outcome; o.Error == nil || o.Error.Cancelled {
		o.Error = m.Error
	}
	if t.Keeps() {
		w.outcome.Kept[t.Chain.ID]++
	}
	if w.left == 0 {
		outcome := w.outcome
		m.Report, m.Outcome = w.report(), &outcome
	}
	w.mu.Unlock()
	if left := t.Left(); left != nil && err == nil {
		w.send(Message{Kind: Stored, Attempt: attempt, Stored: &stored{State: *left}})
	}
	w.send(m)
}

// Report sends the figures so far, if there are any, and what the master does not know of
// splits that keep together. Any goroutine may call it.
func (w *Worker) Report() {
	w.mu.Lock()
	team := w.team
	w.mu.Unlock()
	if team != nil {
		team.Alignments.Tell()
	}
	if r := w.Figures(); r != nil {
		w.send(Message{Kind: Figures, Report: r})
	}
}

// Figures returns the figures so far, or nil. Any goroutine may call it.
func (w *Worker) Figures() *Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tasks == nil {
		return nil
	}
	return w.report()
}

// report adds up the figures of all tasks. The caller holds mu.
func (w *Worker) report() *Report {
	r := &Report{Figures: map[int]metrics.Figures{}, Causes: maps.Clone(w.causes)}
	now := w.host.Now().UnixNano()
	for _, t := range w.tasks {
		for node, f := range t.Figures(now) {
			sum := r.Figures[node]
			sum.Add(f)
			r.Figures[node] = sum
		}
		r.Standings = append(r.Standings, t.Standings()...)
		r.Accumulators.Add(t.Accumulators())
	}
	return r
}

// splits returns the queue through which a source subtask gets its splits.
func (w *Worker) splits(node, subtask int, wake func()) operator.Splits {
	attempt := w.attempt
	q := &splitQueue{
		wake: wake,
		send: func(k Kind) { w.send(Message{Kind: k, Attempt: attempt, Node: node, Subtask: subtask}) },
		read: func() { w.send(Message{Kind: Read, Attempt: attempt, Node: node}) },
	}
	w.mu.Lock()
	w.waiting[asker{node, subtask}] = q
	w.mu.Unlock()
	return q
}

func (w *Worker) assign(m Message) {
	w.mu.Lock()
	q := w.waiting[asker{m.Node, m.Subtask}]
	w.mu.Unlock()
	q.answer(m.Split)
}

// splitQueue asks the master for one split at a time, and only when the subtask
// has nothing else to read: a split fetched in advance would be missing elsewhere.
type splitQueue struct {
	wake func()
	send func(Kind)
	read func()

	mu       sync.Mutex
	asked    bool           // for a split; guarded by mu
	watching bool           // for the last one; guarded by mu
	next     *connect.Split // the answer, if there is one; guarded by mu
	done     bool           // guarded by mu
}

func (q *splitQueue) answer(s *connect.Split) {
	q.mu.Lock()
	if s == nil {
		q.done = true // what was answered before is still to be read
	} else {
		q.next = s
	}
	q.mu.Unlock()
	q.wake()
}

// Read implements operator.SplitReader.
func (q *splitQueue) Read(connect.Split) { q.read() }

// Next implements operator.Splits.
func (q *splitQueue) Next() (split connect.Split, ok, done bool) {
	q.mu.Lock()
	if q.next != nil {
		split, ok = *q.next, true
		q.next, q.asked = nil, false
	}
	done = q.done && !ok
	ask := !ok && !done && !q.asked
	q.asked = q.asked || ask
	q.mu.Unlock()
	if ask {
		q.send(Want)
	}
	return split, ok, done
}

// Last implements operator.Splits.
func (q *splitQueue) Last() bool {
	q.mu.Lock()
	watch := !q.done && !q.watching
	q.watching = q.watching || watch
	last := q.done && q.next == nil
	q.mu.Unlock()
	if watch {
		q.send(Watch)
	}
	return last
}

package cluster

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/checkpoint"
	"github.com/thalweg/thalweg/internal/plan"
)

// Master decides what happens to a job. Whoever drives it hands it events and
// carries out the actions it returns, in order.
//
//	building ─► deploying ─► connecting ─► running ─► leaving ─► over
//	    │            │            │            │          ▲
//	    └────────────┴────────────┴────────────┴─ stopping ┘
//
// Each step waits for the answers of all workers. A failure or a cancellation
// leads to stopping, which waits for the tasks that run to end; leaving waits
// until every worker is gone. After the failure of a task, stopping leads back to
// deploying if the job may be tried again: see [Retry].
type Master struct {
	job         JobSpec
	fingerprint plan.Fingerprint
	phase       phase
	workers     []workerState           // by process; process 0 is the master's own
	input       map[int][]connect.Split // by node
	splits      map[int][]connect.Split // by node: not handed out yet
	watchers    map[int][]Action        // by node: what is said when there are no more
	budgets     map[int]Budget          // by node
	reports     []*Report               // by process, the last one
	cause       error
	secondary   bool // cause is only what a peer noticed
	final       bool // whatever the cause is, the job is not tried again
	gaveUp      bool // on tasks that do not stop

	keeper    *keeper // nil: the job has no checkpoints
	now       time.Time
	beginning int64        // the checkpoint that began last
	replaced  map[int]bool // processes that are to build the program anew

	aligned map[string]*alignment // groups of splits that keep together
	turns   turns

	deployment Message // of the present attempt

	retry      Retry
	attempt    int         // from 0
	done, kept map[int]int // by chain: subtasks that have ended well, and that have kept what they made
}

type phase string

const (
	building   phase = "building"
	deploying  phase = "deploying"
	connecting phase = "connecting"
	running    phase = "running"
	stopping   phase = "stopping"
	leaving    phase = "leaving"
	over       phase = "over"
)

// answers says in which phase a message answers.
var answers = map[Kind]phase{Built: building, Deployed: deploying, Connected: connecting}

type workerState struct {
	answered bool // to the present phase's question
	tasks    int  // that have not ended
	lost     bool
	address  string
}

// Budget is how many pieces of input a source, or records an operator, may reject.
type Budget struct {
	Source string // its name, with the place in the program
	Limit  int64  // negative: any number

	records bool // it is about records, not about pieces of input
}

// Event is news for the master: a message of a worker, or one of the kinds below.
type Event struct {
	Process int
	Message Message
	Lost    error // the worker's process is gone
	Cancel  error // the caller wants the job to end
	Stuck   bool  // stopping has taken too long
	Called  bool  // the worker of a process that was replaced has called

	Now     time.Time // when it happened, for checkpoints
	Tick    bool      // nothing has happened, but time has passed
	Written *error    // the manifest was stored, or why it could not be

	called *called // the worker has called; the driver keeps this to itself
}

// Action is something to do.
type Action struct {
	To      int // the worker to send Message to
	Message Message
	Again   *Attempt // the job is to be tried again after Err; has no message
	Over    bool     // the job has ended with Err; nothing follows
	Err     error

	Replace   int                  // start this process again
	Store     *checkpoint.Manifest // store it, and say so
	Completed *checkpoint.Manifest // it counts, and those before the number Oldest go
	Oldest    int64
	Warning   error // for the job's owner
}

// NewMaster returns the master of a job. tasks is the number of tasks of every
// process; splits are those of the sources by node.
func NewMaster(job JobSpec, f plan.Fingerprint, tasks []int, splits map[int][]connect.Split, budgets map[int]Budget, retry Retry) *Master {
	m := &Master{
		job: job, fingerprint: f, phase: building, input: splits, splits: maps.Clone(splits), watchers: map[int][]Action{}, budgets: budgets,
		deployment: Message{Kind: Deploy}, replaced: map[int]bool{},
		reports: make([]*Report, len(tasks)), aligned: map[string]*alignment{}, turns: newTurns(), retry: retry, done: map[int]int{}, kept: map[int]int{},
	}
	for _, n := range tasks {
		m.workers = append(m.workers, workerState{tasks: n})
	}
	return m
}

// Begin returns the first actions.
func (m *Master) Begin() []Action { return m.ask(building, Message{Kind: Program, Job: &m.job}) }

// Rejected returns how many pieces of input or records each operator has rejected, as
// far as has been reported.
func (m *Master) Rejected() map[int]int64 {
	total := map[int]int64{}
	for _, r := range m.reports {
		if r == nil {
			continue
		}
		for node, f := range r.Figures {
			if f.Quarantined > 0 {
				total[node] += f.Quarantined
			}
		}
	}
	return total
}

// Step takes an event and returns what is to be done.
func (m *Master) Step(e Event) []Action {
	m.now = e.Now
	switch {
	case m.phase == over:
		return nil
	case e.Lost != nil:
		return m.lost(e.Process, e.Lost)
	case e.Cancel != nil:
		return m.abort(e.Cancel, false)
	case e.Stuck:
		return m.stuck()
	case e.Tick && m.keeper != nil:
		return m.carryOut(m.keeper.Tick(m.now))
	case e.Written != nil:
		return m.carryOut(m.keeper.Stored(m.now, *e.Written))
	case e.Called:
		return m.replaces(e.Process)
	case e.Tick:
		return nil
	}
	return m.message(e.Process, e.Message)
}

func (m *Master) message(process int, msg Message) []Action {
	w := &m.workers[process]
	if (msg.Kind == Ended || msg.Kind == Broken || msg.Kind == Align || msg.Kind == Read || msg.Kind == Stored || msg.Kind == Want || msg.Kind == Watch ||
		msg.Kind == Deployed || msg.Kind == Connected) && msg.Attempt != m.attempt {
		return nil // that attempt is over: another report has said it, or a peer has cleared it away
	}
	switch msg.Kind {
	case Want:
		return m.assign(process, msg.Node, msg.Subtask)
	case Read:
		var actions []Action
		for _, a := range m.turns.read(msg.Node) {
			actions = append(actions, m.assign(a.process, msg.Node, a.subtask)...)
		}
		return actions
	case Align:
		if m.phase != running {
			return nil
		}
		return m.align(process, *msg.Mark)
	case Stored:
		return m.stored(msg)
	case Watch:
		return m.watch(process, msg.Node, msg.Subtask)
	case Reject:
		return nil // a sample for the job's owner; the count comes with figures
	case Figures:
		return m.count(process, msg.Report)
	case Ended:
		return m.ended(process, msg)
	case Broken:
		if m.phase == leaving && m.cause == nil {
			return nil // everything is done
		}
		err := fmt.Errorf("%s lost its connection to %s: %w", workerName(process), workerName(msg.Peer), msg.Error)
		if m.restores() {
			return m.fail(err, true)
		}
		return m.abort(err, true)
	case Built:
		if m.phase == building && msg.Error == nil && msg.Fingerprint != nil {
			if err := m.fingerprint.Diff(*msg.Fingerprint, workerName(process)); err != nil {
				return m.abort(err, false)
			}
		}
	case Deployed:
		w.address = msg.Address
		m.join(process, msg.Groups)
	case Gone:
		w.answered = true
		return m.leave()
	}
	if msg.Error != nil && msg.Kind == Connected && m.restores() {
		return m.fail(fmt.Errorf("%s: %w", workerName(process), msg.Error), true) // a peer may have died
	}
	if msg.Error != nil {
		return m.abort(fmt.Errorf("%s: %w", workerName(process), msg.Error), false)
	}
	if answers[msg.Kind] != m.phase && answers[msg.Kind] != "" {
		return nil
	}
	if m.phase == stopping || m.phase == leaving {
		return nil // the answer to an earlier question
	}
	w.answered = true
	return m.advance()
}

// advance goes on to the next phase when all workers have answered.
func (m *Master) advance() []Action {
	for _, w := range m.workers {
		if !w.answered {
			return nil
		}
	}
	switch m.phase {
	case building:
		return m.ask(deploying, m.deployment)
	case deploying:
		var peers []string
		for _, w := range m.workers {
			peers = append(peers, w.address)
		}
		return m.ask(connecting, Message{Kind: Connect, Peers: peers})
	case connecting:
		if m.keeper != nil {
			m.keeper.begin(m.now)
		}
		actions := append(m.tellAll(), m.ask(running, Message{Kind: Start})...)
		return append(actions, m.finished()...) // a process may have no tasks
	}
	return nil
}

// ask enters a phase and sends every worker its question.
func (m *Master) ask(p phase, question Message) []Action {
	m.phase = p
	var actions []Action
	for i := range m.workers {
		if w := &m.workers[i]; !w.lost {
			w.answered = false
			actions = append(actions, Action{To: i, Message: question})
		}
	}
	return actions
}

func (m *Master) assign(process, node, subtask int) []Action {
	msg := Message{Kind: Assign, Node: node, Subtask: subtask}
	actions := []Action{{To: process, Message: msg}}
	if left := m.splits[node]; len(left) > 0 && m.phase == running {
		if m.turns.waits(node, left[0]) {
			m.turns.asking[node] = append(m.turns.asking[node], asking{process, subtask})
			return nil
		}
		m.turns.handOut(node, left[0])
		actions[0].Message.Split = &left[0]
		m.keeper.gave(asker{node, subtask}, left[0])
		m.splits[node] = left[1:]
		if len(left) == 1 {
			actions = append(actions, m.watchers[node]...)
			delete(m.watchers, node)
		}
	}
	return actions
}

// watch tells a subtask that there are no more splits, now or when it is so.
func (m *Master) watch(process, node, subtask int) []Action {
	none := Action{To: process, Message: Message{Kind: Assign, Node: node, Subtask: subtask}}
	if len(m.splits[node]) > 0 && m.phase == running {
		m.watchers[node] = append(m.watchers[node], none)
		return nil
	}
	return []Action{none}
}

// count takes note of what operators have rejected, and stops the job if one has
// used up its budget. Figures come at intervals and with the end of a process's
// tasks, so that any amount of rejected input costs little.
func (m *Master) count(process int, r *Report) []Action {
	m.reports[process] = r
	total := m.Rejected()
	if err := m.exceeded(slices.Sorted(maps.Keys(total)), total); err != nil {
		return m.abort(err, false)
	}
	return nil
}

func (m *Master) ended(process int, msg Message) []Action {
	w := &m.workers[process]
	w.tasks = min(w.tasks, msg.Left) // reports of one process may come in any order
	var actions []Action
	if msg.Report != nil {
		actions = m.count(process, msg.Report)
	}
	if msg.Outcome != nil {
		add(m.done, msg.Outcome.Done)
		add(m.kept, msg.Outcome.Kept)
		if msg.Error == nil {
			msg.Error = msg.Outcome.Error // of a report that was overtaken
		}
	}
	if msg.Error != nil && !msg.Error.Cancelled {
		actions = append(actions, m.fail(msg.Error, false)...)
	}
	return append(actions, m.finished()...)
}

// finished leaves, or tries again, when no task is left anywhere.
func (m *Master) finished() []Action {
	if m.phase != running && m.phase != stopping {
		return nil
	}
	for _, w := range m.workers {
		if w.tasks > 0 && !w.lost {
			return nil
		}
	}
	if m.cause != nil && !m.final && m.retry.Left > 0 {
		return m.again()
	}
	return append(m.ask(leaving, Message{Kind: Exit}), m.leave()...)
}

// abort stops the job for a reason that trying again would not change.
func (m *Master) abort(err error, secondary bool) []Action {
	m.final = true
	return m.fail(err, secondary)
}

// fail stops the job for a reason, unless it is stopping for another already.
func (m *Master) fail(err error, secondary bool) []Action {
	if m.cause == nil || m.secondary && !secondary {
		m.cause, m.secondary = err, secondary
	}
	if m.keeper != nil {
		m.keeper.Stop()
	}
	if m.restores() && (m.phase == building || m.phase == deploying || m.phase == connecting) {
		m.noneRuns()
	}
	switch m.phase {
	case stopping, leaving:
		return nil
	case running:
		actions := m.ask(stopping, Message{Kind: Cancel})
		return append(actions, m.finished()...)
	}
	return append(m.ask(leaving, Message{Kind: Exit}), m.leave()...)
}

func (m *Master) lost(process int, err error) []Action {
	w := &m.workers[process]
	if w.lost && !m.replaced[process] {
		return nil
	}
	w.lost = true
	died := fmt.Errorf("%s died: %w", workerName(process), err)
	if m.phase == leaving {
		if m.secondary {
			m.cause, m.secondary = died, false // this is what the peer noticed
		}
		return m.leave()
	}
	if m.restores() && process > 0 {
		return m.loseProcess(process, died)
	}
	actions := m.abort(died, false)
	return append(actions, m.finished()...)
}

// stuck gives up waiting for tasks whose user code does not return.
func (m *Master) stuck() []Action {
	m.gaveUp = m.phase == stopping
	for i, w := range m.workers {
		if w.tasks > 0 && !w.lost && m.phase == stopping {
			m.cause = fmt.Errorf("%w; besides, %d tasks of %s did not stop: user code in them does not return", m.cause, w.tasks, workerName(i))
		}
	}
	m.phase = over
	return []Action{{Over: true, Err: m.cause}}
}

// abandoned reports whether the job is over although tasks of the process run.
func (m *Master) abandoned(process int) bool { return m.gaveUp && m.workers[process].tasks > 0 }

// leave ends the job when every worker is gone.
func (m *Master) leave() []Action {
	for _, w := range m.workers {
		if !w.answered && !w.lost {
			return nil
		}
	}
	if m.phase != leaving {
		return nil
	}
	m.phase = over
	return []Action{{Over: true, Err: m.cause}}
}

func workerName(process int) string {
	if process == 0 {
		return "the job's own process"
	}
	return fmt.Sprintf("worker %d", process)
}

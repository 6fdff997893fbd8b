package task

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/exchange"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// Deployment says what a process runs of a plan.
type Deployment struct {
	Job     context.Context // done when the job is cancelled
	JobID   string
	Plan    *plan.Plan
	Process int
	Place   func(c *plan.Chain, subtask int) int // the process of a task, the same in all processes
	Host    host.Host
	Mesh    *exchange.Mesh // nil if all tasks run in this process
	Memory  int64          // bytes that each process may use for records
	Spill   []string       // directories for what does not fit
	Flush   time.Duration  // how long a busy task keeps a batch that is not full; 0: defaultFlush, negative: not at all
	Keep    bool           // the job may be tried again
	Check   bool           // operators check what the user promised of them

	// Parts says what each chain does, by number; nil means that all run. Before is
	// the team of the attempt before this one, which has ended: what it has kept, its
	// memory and its space for spilling pass to the new one.
	Parts  []plan.Part
	Before *Team

	// Splits gives a source subtask its splits; wake is to be called when an
	// answer has come. Reject and Ended are called by tasks, on their goroutines.
	Splits func(node, subtask int, wake func()) operator.Splits
	Reject func(node int, r connect.Rejected)
	Ended  func(t *Task, err error)

	// Checkpoints is how tasks take part in checkpoints; nil: there are none.
	Checkpoints *Checkpoints

	// Aligned is told how far the members of a group that keeps together have come in
	// this process; nil if there are no others.
	Aligned func(operator.AlignMark)

	// Quarantine makes the place for records that an operator refuses in a subtask: its
	// own, or that of the operator sender, which is to distribute them to it. A nil sender
	// is none; a nil function means that such records fail the job.
	Quarantine func(n, sender *plan.Node, subtask, parallelism int) (*quarantine.Writer, error)
}

// Team is the tasks of one process.
type Team struct {
	Tasks []*Task
	group *host.Group
	ended func(*Task, error)
	store *store
	begun bool // tasks were started, or given up

	Alignments *operator.Alignments // what keeps together
}

// Deploy makes the tasks of a process, without starting them. The mesh, if there
// is one, knows all channels afterwards and may be connected.
func Deploy(d Deployment) (*Team, error) {
	b := &builder{Deployment: d, tasks: map[place]*Task{}, gates: map[channelKey]int{}, sets: map[setKey]*set{}, shared: map[any]any{}}
	if d.Before != nil {
		b.store = d.Before.store
	} else {
		var err error
		if b.store, err = d.newStore(); err != nil {
			return nil, err
		}
	}
	for _, c := range d.Plan.Chains {
		for s := range c.Parallelism {
			if d.Place(c, s) == d.Process && d.part(c) != plan.Skip {
				b.addTask(c, s)
			}
		}
	}
	b.alignments = operator.NewAlignments(d.Aligned)
	team := &Team{group: host.NewGroup(d.Host), ended: d.Ended, store: b.store, Alignments: b.alignments}
	for _, t := range b.order {
		t.group = team.group
		err := b.wire(t)
		if err == nil && d.Checkpoints != nil {
			err = t.takesPart(d.Checkpoints)
		}
		if err != nil {
			if d.Before == nil {
				b.store.close()
			}
			return nil, err
		}
		team.Tasks = append(team.Tasks, t)
	}
	return team, nil
}

// part returns what a chain does.
func (d *Deployment) part(c *plan.Chain) plan.Part {
	if d.Parts == nil {
		return plan.Run
	}
	return d.Parts[c.ID]
}

// Start starts all tasks.
func (t *Team) Start() {
	t.begun = true
	for _, task := range t.Tasks {
		t.group.Go(func() { t.ended(task, task.run()) })
	}
}

// Cancel makes all tasks end soon.
func (t *Team) Cancel() {
	for _, task := range t.Tasks {
		task.cancel()
	}
}

// Wait returns when all tasks have ended. Those that were never started are closed.
func (t *Team) Wait() {
	t.group.Wait()
	if !t.begun {
		t.begun = true
		for _, task := range t.Tasks {
			_ = task.close(false) // nothing was done that could have gone wrong
		}
	}
}

// Close waits, and gives up what was spilled and kept. It is for the last team of a
// job.
func (t *Team) Close() {
	t.Wait()
	t.store.close()
}

type place struct {
	chain   *plan.Chain
	subtask int
}

// channelKey names a channel by its exchange and sending and receiving subtask.
type channelKey struct {
	exchange, from, to int
}

// setKey names a broadcast set of an operator.
type setKey struct{ node, set int }

type builder struct {
	Deployment
	tasks map[place]*Task
	order []*Task

	store *store
	sets  map[setKey]*set
	gates map[channelKey]int // gate channels of this process's tasks

	shared     map[any]any // what operators of several tasks have in common, by their keys
	alignments *operator.Alignments
}

// addTask makes a task with its gate, so that senders find it.
func (b *builder) addTask(c *plan.Chain, subtask int) {
	t := &Task{
		Chain: c, Subtask: subtask,
		host: b.Host, parker: b.Host.NewParker(),
		watch: metrics.NewStopwatch(b.Host.Now),
		lane:  &operator.Lane{Split: -1},
		keeps: b.Flush,
	}
	if t.keeps == 0 {
		t.keeps = defaultFlush
	}
	t.lane.Halted = t.figures.BackPressured.Load
	t.gate = exchange.NewGate(t.parker)
	inputs := c.Inputs
	if b.part(c) == plan.Replay {
		inputs = nil
	}
	for _, x := range inputs {
		if !b.receives(x, subtask) {
			continue
		}
		capacity := b.store.capacityOf(x)
		for _, from := range senders(x, subtask) {
			channel := t.gate.Add(capacity)
			b.gates[channelKey{x.ID, from, subtask}] = channel
			t.inputs = append(t.inputs, nil)
			t.open++
			if b.Place(x.From, from) != b.Process {
				b.Mesh.Receive(channelID(x, from, subtask), t.gate, channel, capacity)
			}
		}
	}
	b.tasks[place{c, subtask}] = t
	b.order = append(b.order, t)
}

// senders returns the subtasks that send to a receiving subtask.
func senders(x *plan.Exchange, to int) []int {
	if x.Edge.Ship == operator.Forward {
		return []int{to}
	}
	all := make([]int, x.From.Parallelism)
	for i := range all {
		all[i] = i
	}
	return all
}

// receivers returns the subtasks a sending subtask sends to.
func receivers(x *plan.Exchange, from int) []int {
	if x.Edge.Ship == operator.Forward {
		return []int{from}
	}
	all := make([]int, x.To.Parallelism)
	for i := range all {
		all[i] = i
	}
	return all
}

func channelID(x *plan.Exchange, from, to int) exchange.ChannelID {
	return exchange.ChannelID{Edge: uint32(x.ID), From: uint16(from), To: uint16(to)}
}

// wire makes the operators of a task from the tail of the chain to its head.
func (b *builder) wire(t *Task) error {
	heads := map[*plan.Node]operator.Instance{}
	meters := map[*plan.Node]*metrics.Operator{}
	stamps := stampsOf(t.Chain)
	for _, n := range t.Chain.Nodes {
		meters[n] = &metrics.Operator{}
	}
	for i := len(t.Chain.Nodes) - 1; i >= 0; i-- {
		n := t.Chain.Nodes[i]
		ctx := b.context(t, n, meters[n])
		if err := b.quarantine(t, n, ctx); err != nil {
			return ctx.Fail(err, -1, nil)
		}
		outputs := make([]any, len(n.Outputs))
		for port, element := range n.Outputs {
			collectors, err := b.collectors(t, n, port, ctx, heads, meters, stamps.out(n, port))
			if err != nil {
				return err
			}
			switch len(collectors) {
			case 0:
				outputs[port] = element.Discard()
			case 1:
				outputs[port] = collectors[0]
			default:
				outputs[port] = element.Fan(collectors)
			}
		}
		instance, err := b.Plan.Factory(n)(operator.Wiring{
			Context: ctx, Outputs: outputs, Received: stamps.received[n], Sent: stamps.sent[n],
		})
		if err != nil {
			return ctx.Fail(err, -1, nil)
		}
		heads[n] = instance
		t.members = append(t.members, newMember(n, ctx, meters[n], instance.Body))
	}
	slices.Reverse(t.members)
	t.follow()
	head := t.Chain.Nodes[0]
	t.source, _ = heads[head].Body.(operator.Source)
	t.ender, _ = heads[head].Body.(operator.InputEnder)
	t.first, t.pending = b.Plan.First(head), make([]int, len(head.Inputs))
	t.frontier = newFrontier(len(t.inputs))
	b.attachInputs(t, heads, stamps)
	return nil
}

func (b *builder) context(t *Task, n *plan.Node, meter *metrics.Operator) *operator.Context {
	spec := operator.Spec{
		Job: b.Job, JobID: b.JobID, Host: b.Host,
		Node: n.ID, Name: n.Name, Site: n.Site.String(),
		Subtask: t.Subtask, Parallelism: t.Chain.Parallelism, File: b.Plan.Graph.File,
		Meter: meter, Space: b.store.space.For(&meter.Spilled), Wake: t.parker.Unpark, Await: t.await, Lane: t.lane,
		Reject: func(r connect.Rejected) { b.Reject(n.ID, r) }, Shared: b.share,
		Alignments: b.alignments,
	}
	if c := b.Checkpoints; c != nil && c.Restored != nil {
		spec.Restores, spec.Together = true, c.Restored.Together(n.ID, t.Chain.Parallelism)
	}
	if b.Check {
		spec.Promises = n.Promises
	}
	if n.Source != nil {
		spec.Splits = b.Splits(n.ID, t.Subtask, t.parker.Unpark)
	}
	if b.Keep && t.Chain.Keeps() {
		spec.Kept = b.store.keep(n.ID, t.Subtask, b.part(t.Chain) == plan.Replay)
		spec.Memory = spec.Kept.Memory
	}
	if spec.Memory == nil {
		spec.Memory = b.store.share(b.Plan, n)
	}
	if spec.Kept != nil {
		spec.Kept.Memory = spec.Memory
	}
	return operator.NewContext(spec)
}

// share returns what has been made for a key, now or before.
func (b *builder) share(key any, make func() any) any {
	if b.shared[key] == nil {
		b.shared[key] = make()
	}
	return b.shared[key]
}

func newMember(n *plan.Node, ctx *operator.Context, meter *metrics.Operator, body any) *member {
	m := &member{node: n, ctx: ctx, meter: meter, body: body}
	m.opener, _ = body.(operator.Opener)
	m.finisher, _ = body.(operator.Finisher)
	m.closer, _ = body.(operator.Closer)
	m.flusher, _ = body.(operator.Flusher)
	m.timers, _ = body.(operator.TimerUser)
	m.marker, _ = body.(operator.Marker)
	m.stateful, _ = body.(operator.Stateful)
	m.syncer, _ = body.(operator.Syncer)
	m.committer, _ = body.(operator.Committer)
	return m
}

// collectors returns what reads from an output port: operators of the chain, and
// writers of exchanges.
func (b *builder) collectors(t *Task, n *plan.Node, port int, ctx *operator.Context, heads map[*plan.Node]operator.Instance, meters map[*plan.Node]*metrics.Operator, times *operator.Stamps) ([]any, error) {
	var all []any
	element := n.Outputs[port]
	for _, user := range t.Chain.Nodes {
		for i, in := range user.Inputs {
			for _, e := range in {
				if e.From == n && e.Port == port {
					all = append(all, element.Link(heads[user].Inputs[i], meters[n], meters[user], t.watch))
				}
			}
		}
	}
	for _, x := range t.Chain.Outputs {
		if x.Edge.From != n || x.Edge.Port != port || b.part(x.To) != plan.Run {
			continue
		}
		w, err := b.writer(t, x, element, ctx, times)
		if err != nil {
			return nil, ctx.Fail(err, -1, nil)
		}
		t.writers, t.wrote = append(t.writers, w), append(t.wrote, n)
		all = append(all, element.Link(w, meters[n], nil, t.watch))
	}
	return all, nil
}

func (b *builder) writer(t *Task, x *plan.Exchange, element operator.Element, ctx *operator.Context, times *operator.Stamps) (operator.Writer, error) {
	route := operator.Route{
		Stamps:  times,
		Context: ctx, Ship: x.Edge.Ship, Selector: x.Edge.Selector,
		First: t.Subtask, Await: t.await,
	}
	if err := b.refuse(t, x, ctx, &route); err != nil {
		return nil, err
	}
	sent := &ctx.Spec().Meter.BytesOut
	for _, to := range receivers(x, t.Subtask) {
		if !b.receives(x, to) {
			continue
		}
		process := b.Place(x.To, to)
		if process == b.Process {
			receiver := b.tasks[place{x.To, to}]
			out := receiver.gate.Outlet(b.gates[channelKey{x.ID, t.Subtask, to}], t.parker)
			route.Outlets = append(route.Outlets, localOutlet{out, sent, element.RowSize()})
			continue
		}
		route.Outlets = append(route.Outlets,
			b.Mesh.Outlet(process, channelID(x, t.Subtask, to), element.Encode, t.parker, sent, b.store.capacityOf(x)))
	}
	return element.Writer(route)
}

// localOutlet counts what is passed by reference.
type localOutlet struct {
	operator.Outlet
	sent    *atomic.Int64
	rowSize int
}

func (o localOutlet) Offer(c operator.Carrier, e operator.Event) bool {
	var n int
	if c != nil {
		n = c.Len() * o.rowSize // before the receiver owns it
	}
	if !o.Outlet.Offer(c, e) {
		return false
	}
	o.sent.Add(int64(n))
	return true
}

// attachInputs connects the channels of the gate to the operators they are for.
func (b *builder) attachInputs(t *Task, heads map[*plan.Node]operator.Instance, times stamps) {
	byNode := map[*plan.Node]*member{}
	for _, m := range t.members {
		byNode[m.node] = m
	}
	if b.part(t.Chain) == plan.Replay {
		return
	}
	for _, x := range t.Chain.Inputs {
		m := byNode[x.Node]
		element := x.Edge.From.Outputs[x.Edge.Port]
		var s *set
		if x.Input < 0 {
			if s = b.join(t, m, x.Set, element); !b.receives(x, t.Subtask) {
				continue
			}
		}
		for _, from := range senders(x, t.Subtask) {
			in := &input{from: x.Edge.From.Name, node: x.Edge.From.ID, subtask: from, element: element, meter: m.meter, port: -1}
			if x.Input >= 0 {
				if x.Node == t.Chain.Nodes[0] {
					in.port = x.Input
					t.pending[x.Input]++
				}
				in.deliver = element.Deliver(heads[x.Node].Inputs[x.Input], times.received[x.Node][x.Input])
			} else {
				in.set = s
				in.deliver = element.Deliver(s.into, nil)
			}
			channel := b.gates[channelKey{x.ID, from, t.Subtask}]
			t.inputs[channel] = in
			if in.set != nil {
				t.frontier.leave(channel)
			}
			if x.Ordered && from > 0 {
				t.turns = append(t.turns, channel)
			}
		}
	}
}

// join makes a task use a broadcast set, once, and returns the set. The first task
// that joins is the one that gathers.
func (b *builder) join(t *Task, m *member, id int, element operator.Element) *set {
	s := b.sets[setKey{m.node.ID, id}]
	if s == nil {
		s = &set{id: id, ctx: m.ctx}
		s.into, s.rows = element.Gather(m.ctx.Memory())
		b.sets[setKey{m.node.ID, id}] = s
	}
	for _, u := range t.sets {
		if u.set == s {
			return s // a union has several exchanges
		}
	}
	s.users++
	t.sets = append(t.sets, use{s, m, s.ctx == m.ctx})
	return s
}

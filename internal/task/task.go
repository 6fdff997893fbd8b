// Package task runs chains: it wires the operators of one subtask together and
// drives them with the one loop in which batches, events, timers and flushes
// meet. Floor 4.
//
// Life of a task: [Deploy] makes its gate, operators and writers; its goroutine
// reads broadcast sets to their end, opens the operators from tail to head,
// serves input until all of it has ended, finishes the operators from head to
// tail, sends the end of input to whoever reads from it, and closes everything.
//
// Invariants:
//
//  1. Everything of a task belongs to its goroutine; others may only put items
//     into its gate, cancel it and unpark it.
//  2. A task waits in exactly two places: for input in wait, for room in await, which
//     an operator may do, too.
//     Before it waits for input it has flushed its outputs.
//  3. A task that fails or is cancelled still closes every operator.
package task

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/thalweg/thalweg/internal/exchange"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/types"
)

// defaultFlush bounds how long a busy task keeps a batch that is not full.
const defaultFlush = time.Millisecond

// sampleEvery is how many batches go by between two whose time is divided among
// the operators of the chain.
const sampleEvery = 64

// Task is one subtask of one chain.
type Task struct {
	Chain   *plan.Chain
	Subtask int

	host      host.Host
	parker    host.Parker
	cancelled atomic.Bool

	gate    *exchange.Gate
	inputs  []*input // by gate channel
	open    int      // channels that have not ended
	sets    []use    // broadcast sets
	pending []int    // by input of the head: channels that have not ended
	first   int      // the input of the head that is read before the others; -1: none
	ender   operator.InputEnder
	turns   []int             // channels of an ordered input that wait for those before them to end
	members []*member         // operators, head first
	writers []operator.Writer // the ends of the chain
	writes  []int             // by writer: the member whose output it takes
	wrote   []*plan.Node      // the same while the task is wired
	lane    *operator.Lane

	frontier frontier
	marked   bool                 // an operator decides itself how far event time goes
	sent     []operator.Watermark // by writer: the last one

	standings standings
	snapshots *snapshots      // nil: the job has no checkpoints
	group     *host.Group     // of its goroutines
	source    operator.Source // nil if the head is not a source

	figures   metrics.Task
	watch     *metrics.Stopwatch
	batches   int
	lastFlush time.Time
	keeps     time.Duration // see Deployment.Flush
	done      bool          // the operators want no more input
	awaited   bool          // await has parked, and may have taken a permit meant for wait
}

// member is one operator of the chain with what the task calls it for.
type member struct {
	node     *plan.Node
	ctx      *operator.Context
	meter    *metrics.Operator
	opener   operator.Opener
	finisher operator.Finisher
	closer   operator.Closer
	flusher  operator.Flusher
	timers   operator.TimerUser
	marker   operator.Marker

	stateful  operator.Stateful
	syncer    operator.Syncer
	committer operator.Committer

	parent int  // whose output it takes; -1: the head
	prompt bool // its records are made of what the source sends at the moment
	body   any
	mark   operator.Watermark // how far event time has come at its outputs
}

// input is one channel of the gate.
type input struct {
	from    string // the operator it comes from, for errors
	element operator.Element
	meter   *metrics.Operator // of the operator that receives
	deliver func(operator.Carrier) error
	set     *set // nil: not part of a broadcast set
	port    int  // which input of the head it belongs to; -1: none

	node, subtask int // of the sender
}

// errCancelled ends a task that was told to stop.
var errCancelled = fmt.Errorf("task: %w", context.Canceled)

// run is the task's goroutine. It returns nil after a regular end.
func (t *Task) run() (err error) {
	t.figures.Started.Store(t.host.Now().UnixNano())
	defer func() {
		if caught := recover(); caught != nil {
			err = t.failed(caught)
		}
		if t.timed() {
			t.standings.say(t, true)
		}
		err = errors.Join(err, t.close(err == nil))
		t.figures.Ended.Store(t.host.Now().UnixNano())
	}()
	defer t.snapshots.giveUp()
	t.holdBack()
	t.takeTurns()
	if err := t.readSets(); err != nil {
		return err
	}
	for i := len(t.members) - 1; i >= 0; i-- {
		if o := t.members[i].opener; o != nil {
			if err := o.Open(); err != nil {
				return err
			}
		}
	}
	ended, err := t.restore()
	if err != nil {
		return err
	}
	if ended {
		return t.end()
	}
	if err := t.serve(); err != nil {
		return err
	}
	t.frontier.now = operator.Watermark{Time: operator.EndOfTime}
	for i, m := range t.members {
		if err := t.advance(i); err != nil && !errors.Is(err, operator.ErrDone) {
			return err
		}
		if m.finisher != nil {
			if err := m.finisher.Finish(); err != nil && !errors.Is(err, operator.ErrDone) {
				return err
			}
		}
		m.mark.Time = operator.EndOfTime
	}
	return t.end()
}

// end says behind the last record that there are no more.
func (t *Task) end() error {
	for _, w := range t.writers {
		if err := w.Send(operator.EndOfInput{}); err != nil {
			return err
		}
	}
	return t.leave()
}

// failed makes an error of a panic outside of user functions: a value that cannot
// be encoded, hashed or compared, or a defect of the engine's own.
func (t *Task) failed(caught any) error {
	if err, ok := caught.(error); ok {
		var value *types.ValueError
		if errors.As(err, &value) {
			return fmt.Errorf("%s: %w", t.Name(), err)
		}
	}
	return fmt.Errorf("internal error in %s: %v\n%s", t.Name(), caught, debug.Stack())
}

// holdBack blocks the inputs that are read after the first one.
func (t *Task) holdBack() {
	if t.first < 0 || t.pending[t.first] == 0 {
		return
	}
	for channel, in := range t.inputs {
		if in.set == nil && in.port != t.first {
			t.gate.Block(channel)
		}
	}
}

// takeTurns blocks all channels of an ordered input but the first one.
func (t *Task) takeTurns() {
	for _, channel := range t.turns {
		t.gate.Block(channel)
	}
}

// endChannel notes that a channel has ended, and with the last one of an input
// tells the head, and lets the inputs pass that waited for it.
func (t *Task) endChannel(in *input) error {
	t.open--
	if len(t.turns) > 0 && in.set == nil {
		t.gate.Unblock(t.turns[0])
		t.turns = t.turns[1:]
	}
	if in.port < 0 {
		return nil
	}
	t.pending[in.port]--
	if t.pending[in.port] > 0 {
		return nil
	}
	if t.ender != nil && !t.done {
		if err := t.orDone(t.ender.EndInput(in.port)); err != nil {
			return err
		}
	}
	if in.port == t.first {
		for channel, other := range t.inputs {
			if other.set == nil && other.port != t.first {
				t.gate.Unblock(channel)
			}
		}
	}
	return nil
}

// serve is the loop: it ends when all input has ended.
func (t *Task) serve() error {
	polling := t.source != nil
	t.lastFlush = t.host.Now()
	for polling || t.open > 0 {
		if t.cancelled.Load() {
			return errCancelled
		}
		t.awaited = false
		t.standings.answer(t)
		now := t.host.Now()
		deadline, err := t.fireTimers(now)
		if err != nil {
			return err
		}
		if now.Sub(t.lastFlush) >= t.keeps {
			if err := t.flush(now); err != nil {
				return err
			}
		}
		worked, err := t.serveGate()
		if err != nil {
			return err
		}
		if stored, err := t.checkpoint(polling); err != nil {
			return err
		} else if stored {
			worked = true
		}
		if polling && !worked {
			status, at, err := t.poll()
			switch {
			case errors.Is(err, operator.ErrDone) || err == nil && status == operator.Ended:
				polling = false
				continue
			case err != nil:
				return err
			}
			worked = status == operator.More
			deadline = earlier(deadline, at)
		}
		if !worked && (polling || t.open > 0) {
			if err := t.flush(now); err != nil {
				return err
			}
			if t.awaited {
				continue // look for input again: its permit may be gone
			}
			if err := t.wait(deadline); err != nil {
				return err
			}
		}
	}
	return nil
}

// serveGate handles one item of the gate, if there is one.
func (t *Task) serveGate() (worked bool, err error) {
	if t.open == 0 {
		return false, nil
	}
	channel, item, ok := t.gate.Poll()
	if !ok {
		return false, nil
	}
	switch e := item.Event.(type) {
	case operator.Watermark:
		if t.frontier.advance(channel, e) && !t.done {
			return true, t.orDone(t.pass())
		}
		return true, nil
	case operator.Barrier:
		if t.snapshots != nil {
			return true, t.hold(t.snapshots.align.Barrier(channel, e.ID))
		}
		return true, nil
	case operator.EndOfInput:
		if err := t.endChannel(t.inputs[channel]); err != nil {
			return true, err
		}
		if t.snapshots != nil && t.open > 0 {
			if err := t.hold(t.snapshots.align.End(channel)); err != nil {
				return true, err
			}
		}
		if t.frontier.end(channel) && !t.done {
			return true, t.orDone(t.pass())
		}
		return true, nil
	}
	if t.done {
		item.Batch.Release()
		return true, nil
	}
	in := t.inputs[channel]
	t.frontier.awake(channel)
	t.startSample(in.meter)
	err = t.deliver(in, item.Batch)
	t.stopSample()
	return true, t.orDone(err)
}

// orDone notes that the operators want no more input, which is no error.
func (t *Task) orDone(err error) error {
	if errors.Is(err, operator.ErrDone) {
		t.done = true
		return nil
	}
	return err
}

// poll lets the source push a few batches.
func (t *Task) poll() (operator.Status, time.Time, error) {
	t.startSample(t.members[0].meter)
	defer t.stopSample()
	return t.source.Poll()
}

// deliver hands a batch to the operator it is for. Batches from other processes
// are decoded here, on the task's goroutine.
func (t *Task) deliver(in *input, batch operator.Carrier) error {
	if f, ok := batch.(*exchange.Frame); ok {
		in.meter.BytesIn.Add(int64(len(f.Bytes())))
		decoded, err := in.element.Decode(f.Bytes())
		if err != nil {
			return fmt.Errorf("input from %s: %w", in.from, err)
		}
		if in.element.Aliases() {
			f.Release()
		} else {
			f.Recycle()
		}
		batch = decoded
	} else {
		in.meter.BytesIn.Add(int64(batch.Len() * in.element.RowSize()))
	}
	in.meter.RecordsIn.Add(int64(batch.Len()))
	err := in.deliver(batch)
	batch.Release()
	return err
}

func (t *Task) startSample(o *metrics.Operator) {
	if t.batches++; t.batches%sampleEvery == 0 {
		t.watch.Start(o)
	}
}

func (t *Task) stopSample() {
	if t.watch.On {
		t.watch.Stop()
	}
}

// fireTimers calls the operators whose time has come and returns when the next
// one wants to be called, or the zero time.
func (t *Task) fireTimers(now time.Time) (next time.Time, err error) {
	for _, m := range t.members {
		if m.timers == nil {
			continue
		}
		at := m.timers.NextTimer()
		if !at.IsZero() && !at.After(now) {
			if err := t.orDone(m.timers.OnTimer(now)); err != nil {
				return next, err
			}
			at = m.timers.NextTimer()
		}
		next = earlier(next, at)
	}
	return next, nil
}

// earlier returns the earlier of two times; the zero time is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// flush sends out everything that is buffered in operators and writers, and how far
// event time has come behind it.
func (t *Task) flush(now time.Time) error {
	t.lastFlush = now
	if t.marked && !t.done {
		if err := t.orDone(t.pass()); err != nil {
			return err
		}
	}
	for _, m := range t.members {
		if m.flusher != nil {
			if err := m.flusher.Flush(); err != nil {
				return err
			}
		}
		m.publish()
	}
	for _, w := range t.writers {
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// wait parks until there may be input, or until the deadline.
func (t *Task) wait(deadline time.Time) error {
	before := t.host.Now()
	t.parker.Park(deadline)
	t.figures.Idle.Add(int64(t.host.Now().Sub(before)))
	if t.cancelled.Load() {
		return errCancelled
	}
	return nil
}

// await parks until ready returns true: there is room in an output.
func (t *Task) await(ready func() bool) error {
	before := t.host.Now()
	defer func() { t.figures.BackPressured.Add(int64(t.host.Now().Sub(before))) }()
	for !ready() {
		if t.cancelled.Load() {
			return errCancelled
		}
		t.parker.Park(time.Time{})
		t.awaited = true
	}
	return nil
}

// cancel makes the task end soon. Any goroutine may call it.
func (t *Task) cancel() {
	t.cancelled.Store(true)
	t.parker.Unpark()
}

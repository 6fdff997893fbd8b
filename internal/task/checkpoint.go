package task

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/thalweg/thalweg/internal/checkpoint"
	"github.com/thalweg/thalweg/internal/operator"
)

// Checkpoints is how the tasks of a process take part in checkpoints.
type Checkpoints struct {
	Storage  checkpoint.Storage
	Loose    bool                 // see checkpoint.Settings
	Restored *checkpoint.Restored // what the tasks go on from; nil: nothing

	// Name returns the name of a task's file; id 0 is that of a task that has ended.
	Name func(id int64, t checkpoint.TaskID) string

	// Stored says that a task has stored its part of a checkpoint, or cannot. Any
	// goroutine calls it.
	Stored func(id int64, s checkpoint.TaskState, err error)
}

// snapshots are a task's part in checkpoints. The task owns it; others may only ask.
//
// A task with barriers on all of its channels asks its operators, head first, what they
// remember, sends the barrier on, and goes on while its file is written.
type snapshots struct {
	*Checkpoints
	align checkpoint.Alignment

	asked     atomic.Int64 // the newest checkpoint that begins at sources
	completed atomic.Int64 // the newest that is complete
	begun     int64
	committed int64

	writing *checkpoint.Writing // nil: nothing is being written
	steps   bool                // and the task has something to do for it
	last    *checkpoint.TaskState
}

// Trigger has the tasks of the team that have sources send the barrier of a checkpoint.
// Any goroutine may call it.
func (t *Team) Trigger(id int64) { t.tell(id, func(s *snapshots) *atomic.Int64 { return &s.asked }) }

// Completed tells the tasks of the team that a checkpoint is complete. Any goroutine may
// call it.
func (t *Team) Completed(id int64) {
	t.tell(id, func(s *snapshots) *atomic.Int64 { return &s.completed })
}

func (t *Team) tell(id int64, what func(*snapshots) *atomic.Int64) {
	for _, task := range t.Tasks {
		if s := task.snapshots; s != nil {
			what(s).Store(id)
			task.parker.Unpark()
		}
	}
}

// ID names the task.
func (t *Task) ID() checkpoint.TaskID {
	return checkpoint.TaskID{Chain: t.Chain.ID, Subtask: t.Subtask}
}

// Left returns what the task, which has ended well, has left for checkpoints; nil if it
// takes no part in them.
func (t *Task) Left() *checkpoint.TaskState {
	if t.snapshots == nil {
		return nil
	}
	return t.snapshots.last
}

// takesPart makes the task take part in checkpoints, or says why it cannot.
func (t *Task) takesPart(c *Checkpoints) error {
	s := &snapshots{Checkpoints: c, align: checkpoint.NewAlignment(len(t.inputs), c.Loose)}
	if len(t.sets) > 0 {
		return fmt.Errorf("%s: a job with checkpoints cannot have broadcast sets: use broadcast state", t.Name())
	}
	for _, m := range t.members {
		if s := m.node.Sink; s != nil && s.Abort != nil && !s.Resumes {
			return fmt.Errorf("%s (%s): a job with checkpoints cannot have this sink: it cannot go on with its output from a checkpoint",
				m.node.Name, m.node.Site)
		}
		if m.stateful == nil && !m.node.Stateless() {
			return fmt.Errorf("%s (%s): a job with checkpoints cannot have the operator %s: what it remembers is in no checkpoint",
				m.node.Name, m.node.Site, m.node.Kind)
		}
	}
	t.snapshots = s
	return nil
}

// restore makes the operators remember what the checkpoint has for them, tail first, and
// then says how far event time had come. It returns whether the task had ended.
func (t *Task) restore() (ended bool, err error) {
	if t.snapshots == nil || t.snapshots.Restored == nil {
		return false, nil
	}
	from := t.snapshots.Restored
	for i := len(t.members) - 1; i >= 0; i-- {
		m := t.members[i]
		if m.stateful == nil {
			continue
		}
		if err := m.stateful.Restore(from.State(m.node.ID, t.Subtask, t.Chain.Parallelism)); err != nil {
			return false, fmt.Errorf("restoring %s (%s), subtask %d: %w", m.node.Name, m.node.Site, t.Subtask, err)
		}
	}
	head := t.members[0].node.ID
	if from.Ended(head, t.Subtask, t.Chain.Parallelism) {
		return true, nil
	}
	if mark := from.Mark(head); mark != operator.EndOfTime {
		t.frontier.now.Time = max(t.frontier.now.Time, mark)
	}
	return false, t.orDone(t.pass())
}

// hold does what the alignment of barriers says.
func (t *Task) hold(h checkpoint.Held) error {
	for _, channel := range h.Block {
		t.gate.Block(channel)
	}
	for _, channel := range h.Unblock {
		t.gate.Unblock(channel)
	}
	if h.Aligned > 0 {
		return t.snapshot(h.Aligned)
	}
	return nil
}

// checkpoint does what is to be done for checkpoints between two batches. It returns
// whether it has done anything.
func (t *Task) checkpoint(polling bool) (worked bool, err error) {
	s := t.snapshots
	if s == nil {
		return false, nil
	}
	if id := s.completed.Load(); id > s.committed {
		s.committed = id
		if err := t.commit(id); err != nil {
			return true, err
		}
	}
	if id := s.asked.Load(); id > s.begun && polling {
		if err := t.snapshot(id); err != nil {
			return true, err
		}
		worked = true
	}
	if s.writing != nil && s.steps {
		stepped := false
		if stepped, s.steps, err = s.writing.Step(); err != nil {
			return true, err
		}
		worked = worked || stepped
	}
	return worked, nil
}

// commit tells the operators that a checkpoint is complete.
func (t *Task) commit(id int64) error {
	for _, m := range t.members {
		if m.committer != nil {
			if err := m.committer.Committed(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// snapshot takes the task's snapshot and sends the barrier on.
func (t *Task) snapshot(id int64) error {
	s := t.snapshots
	s.begun = id
	if s.writing != nil && !s.writing.Over() {
		s.writing.Abandon(errors.New("the next checkpoint has begun"))
	}
	s.writing = nil
	if t.marked && !t.done {
		if err := t.orDone(t.pass()); err != nil {
			return err
		}
	}
	state, parts, syncs, err := t.remember()
	if err != nil {
		return err
	}
	for _, w := range t.writers {
		if err := w.Send(operator.Barrier{ID: id}); err != nil {
			closeParts(parts)
			return err
		}
	}
	if len(parts) == 0 && len(syncs) == 0 {
		s.Stored(id, state, nil)
		return nil
	}
	t.write(id, state, parts, syncs, func(state checkpoint.TaskState, err error) { s.Stored(id, state, err) })
	return nil
}

// write begins to write a state file.
func (t *Task) write(id int64, state checkpoint.TaskState, parts []checkpoint.Owned, syncs []func() error, done func(checkpoint.TaskState, error)) {
	s := t.snapshots
	s.steps = true
	s.writing = checkpoint.Begin(t.host, t.group, s.Storage, s.Name(id, t.ID()), parts, syncs, t.parker.Unpark, func(f checkpoint.File, err error) {
		state.File = &f
		done(state, err)
	})
}

// remember asks all operators what they remember.
func (t *Task) remember() (state checkpoint.TaskState, parts []checkpoint.Owned, syncs []func() error, err error) {
	state.TaskID = t.ID()
	for _, m := range t.members {
		mark := t.frontier.now.Time
		if m.parent >= 0 {
			mark = t.members[m.parent].mark.Time
		}
		state.Nodes = append(state.Nodes, checkpoint.NodeState{Node: m.node.ID, Mark: mark})
		if m.stateful != nil {
			own, err := m.stateful.Snapshot()
			for _, p := range own {
				parts = append(parts, checkpoint.Owned{Node: m.node.ID, Part: p})
			}
			if err != nil {
				closeParts(parts)
				return state, nil, nil, fmt.Errorf("the snapshot of %s (%s), subtask %d: %w", m.node.Name, m.node.Site, t.Subtask, err)
			}
		}
		if m.syncer != nil {
			if sync := m.syncer.Sync(); sync != nil {
				syncs = append(syncs, sync)
			}
		}
		if source, ok := m.body.(operator.SplitSource); ok {
			begun, reading, err := source.Progress()
			if err != nil {
				closeParts(parts)
				return state, nil, nil, err
			}
			state.Reads = append(state.Reads, checkpoint.SourceRead{Node: m.node.ID, Begun: begun, Reading: reading})
		}
	}
	return state, parts, syncs, nil
}

func closeParts(parts []checkpoint.Owned) {
	for _, p := range parts {
		if p.Keys != nil {
			p.Keys.Close()
		}
	}
}

// leave stores what is left at the end of the task, and waits until that is done: it is
// part of all checkpoints from then on.
func (t *Task) leave() error {
	s := t.snapshots
	if s == nil {
		return nil
	}
	if err := t.written(); err != nil {
		return err
	}
	state, parts, syncs, err := t.remember()
	if err != nil {
		return err
	}
	s.last = &state
	if len(parts) == 0 && len(syncs) == 0 {
		return nil
	}
	var failed error
	t.write(0, state, parts, syncs, func(state checkpoint.TaskState, err error) {
		*s.last, failed = state, err
	})
	if err := t.written(); err != nil {
		return err
	}
	return failed
}

// written waits until the file that is being written is complete.
func (t *Task) written() error {
	s := t.snapshots
	for s.writing != nil && !s.writing.Over() {
		worked := false
		if s.steps {
			var err error
			if worked, s.steps, err = s.writing.Step(); err != nil {
				return err
			}
		}
		if !worked {
			if err := t.wait(time.Time{}); err != nil {
				return err
			}
		}
	}
	s.writing = nil
	return nil
}

// giveUp ends what is being written, of a task that has failed.
func (s *snapshots) giveUp() {
	if s != nil && s.writing != nil && !s.writing.Over() {
		s.writing.Abandon(errCancelled)
	}
}

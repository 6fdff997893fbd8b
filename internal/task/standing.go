package task

import (
	"sync/atomic"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
)

// standings are what a task says of event time when somebody asks. The one who asks
// gets the last answer and makes the task give another one.
type standings struct {
	asked atomic.Bool
	last  atomic.Pointer[[]metrics.Standing]
}

// Standings returns how the operators of the task stood in event time when it was asked
// before, and asks again. It is empty if no record of the task has event times. Any
// goroutine may call it.
func (t *Task) Standings() []metrics.Standing {
	if !t.timed() {
		return nil
	}
	if !t.standings.asked.Swap(true) {
		t.parker.Unpark()
	}
	if last := t.standings.last.Load(); last != nil {
		return *last
	}
	return nil
}

// timed reports whether a record that some operator of the chain reads or makes has an
// event time. It does not change.
func (t *Task) timed() bool {
	for _, n := range t.Chain.Nodes {
		if n.Timed {
			return true
		}
		for _, in := range n.Inputs {
			if in.Timed() {
				return true
			}
		}
	}
	return false
}

// answer says how the operators stand if somebody has asked.
func (s *standings) answer(t *Task) {
	if !s.asked.Load() {
		return
	}
	s.say(t, false)
	s.asked.Store(false)
}

// say says how the operators stand.
func (s *standings) say(t *Task, ended bool) {
	all := make([]metrics.Standing, len(t.members))
	for i, m := range t.members {
		in := t.frontier.now
		before := -1
		if m.parent >= 0 {
			in, before = t.members[m.parent].mark, t.members[m.parent].node.ID
		}
		m.publish()
		st := metrics.Standing{
			Node: m.node.ID, Subtask: t.Subtask, Mark: in.Time, Idle: in.Idle, Ended: ended, Before: before,
			Records: m.meter.RecordsIn.Load(), Late: m.meter.Late.Load(),
		}
		if i == 0 {
			st.Channels = t.channels()
		}
		if o, ok := m.body.(operator.Stander); ok {
			o.Stand(&st)
		}
		if l, ok := m.body.(operator.Lacker); ok && !ended {
			l.Lack(&st)
		}
		all[i] = st
	}
	s.last.Store(&all)
}

// channels describes the channels of the task but for those of broadcast sets.
func (t *Task) channels() (all []metrics.Channel) {
	for i, in := range t.inputs {
		if in.set != nil {
			continue
		}
		mark := t.frontier.channels[i]
		all = append(all, metrics.Channel{
			Node: in.node, Subtask: in.subtask, Mark: mark.Time, Idle: mark.Idle, Ended: mark.Time == operator.EndOfTime,
		})
	}
	return all
}

package task

import (
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// set is a broadcast set of an operator in one process. The first subtask there
// gathers the rows, on its own share of memory, and the others wait until it has them
// all; then all of them read the same rows. The last one to end gives the memory back.
type set struct {
	id   int
	ctx  *operator.Context // of the operator in the subtask that gathers
	into any               // Collector of the rows
	rows func() any

	mu      sync.Mutex
	users   int           // subtasks that have not ended; guarded by mu
	ready   bool          // guarded by mu
	waiting []host.Parker // guarded by mu
}

// use is a subtask's part in a set.
type use struct {
	set     *set
	member  *member
	gathers bool
}

// complete says that all rows are there.
func (s *set) complete() {
	s.mu.Lock()
	s.ready = true
	waiting := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	for _, p := range waiting {
		p.Unpark()
	}
}

// awaits returns whether the rows are still to come; then the parker is unparked when
// they are there.
func (s *set) awaits(p host.Parker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready {
		s.waiting = append(s.waiting, p)
	}
	return !s.ready
}

// leave says that a subtask does not use the set any more.
func (s *set) leave() {
	s.mu.Lock()
	s.users--
	last := s.users == 0
	s.mu.Unlock()
	if last {
		s.ctx.Memory().Close()
	}
}

// holdsSet reports whether the memory of a member is that of a set, whose last user
// gives it back.
func (t *Task) holdsSet(m *member) bool {
	for _, u := range t.sets {
		if u.member == m && u.gathers {
			return true
		}
	}
	return false
}

// readSets reads the broadcast sets to their end while all else waits.
func (t *Task) readSets() error {
	if len(t.sets) == 0 {
		return nil
	}
	missing := 0
	for channel, in := range t.inputs {
		if in.set == nil {
			t.gate.Block(channel)
		} else {
			missing++
		}
	}
	for missing > 0 {
		channel, item, ok := t.gate.Poll()
		if !ok {
			if err := t.wait(time.Time{}); err != nil {
				return err
			}
			continue
		}
		if item.Event != nil {
			missing--
			t.open--
			continue
		}
		if err := t.deliver(t.inputs[channel], item.Batch); err != nil {
			return err
		}
	}
	for _, u := range t.sets {
		if u.gathers {
			u.set.complete()
		}
	}
	for _, u := range t.sets {
		for u.set.awaits(t.parker) {
			if err := t.wait(time.Time{}); err != nil {
				return err
			}
		}
		u.member.ctx.SetBroadcast(u.set.id, u.set.rows())
	}
	for channel, in := range t.inputs {
		if in.set == nil && (t.first < 0 || in.port == t.first) {
			t.gate.Unblock(channel)
		}
	}
	t.takeTurns()
	return nil
}

// receives reports whether a subtask reads an exchange: of the subtasks in a process,
// one reads a broadcast set for all.
func (d *Deployment) receives(x *plan.Exchange, to int) bool {
	return x.Input >= 0 || d.gathers(x.To, to)
}

// gathers reports whether a subtask reads broadcast sets: it is the first of its
// process.
func (d *Deployment) gathers(c *plan.Chain, subtask int) bool {
	for before := range subtask {
		if d.Place(c, before) == d.Place(c, subtask) {
			return false
		}
	}
	return true
}

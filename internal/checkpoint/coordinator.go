package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Settings are when checkpoints are taken and what becomes of those that fail.
type Settings struct {
	Interval  time.Duration `json:"interval"`            // between the beginnings of two
	Pause     time.Duration `json:"pause,omitempty"`     // at least, between the end of one and the beginning of the next
	Timeout   time.Duration `json:"timeout,omitempty"`   // after which one is given up; 0: defaultTimeout
	Tolerable int           `json:"tolerable,omitempty"` // how many in a row may fail; negative: any number
	Loose     bool          `json:"loose,omitempty"`     // records may be in one and come again: at least once
	Retain    int           `json:"retain,omitempty"`    // how many complete ones are kept; 0: one
}

const defaultTimeout = 10 * time.Minute

// Coordinator says when a checkpoint begins and when it is complete. One is under way at a
// time. Whoever drives it tells it what happens, and does what it returns, in order.
//
//	          ┌─ begin ─► under way ─ all have acknowledged ─► storing ─ stored ─┐
//	waiting ──┘               └─ one cannot, or it takes too long ─► failed      ├─► waiting
//	                                                                    └────────┘
//
// A task that has ended has said, in its last acknowledgement, what it has left, and counts
// as if it acknowledged every checkpoint from then on.
type Coordinator struct {
	settings Settings
	running  map[TaskID]bool      // tasks that have not ended
	ended    map[TaskID]TaskState // those that have

	id       int64 // of the last one that began
	last     int64 // that is complete; 0: none
	complete []int64
	underWay bool
	storing  bool
	began    time.Time
	next     time.Time // when the next one may begin
	acks     map[TaskID]TaskState
	failures int // in a row
	stopped  bool
}

// Order is what is to be done: exactly one field is set.
type Order struct {
	Begin    int64       // have the sources send the barrier of this one
	Store    []TaskState // store the manifest of the one that is under way, and call Stored
	Complete int64       // tell all tasks that this one is complete, and drop those before Oldest
	Oldest   int64
	Failed   error // the one under way is given up; the job goes on
	Fatal    error // too many have failed
}

// NewCoordinator returns the coordinator of a job's tasks. The first checkpoint has the
// number after last, which is that of the one the job goes on from, or the largest ever
// given.
func NewCoordinator(s Settings, last int64) *Coordinator {
	if s.Timeout == 0 {
		s.Timeout = defaultTimeout
	}
	s.Retain = max(s.Retain, 1)
	return &Coordinator{settings: s, id: last, stopped: true}
}

// Start says that an attempt begins to run, with these tasks.
func (c *Coordinator) Start(now time.Time, tasks []TaskID) {
	c.running, c.ended, c.stopped = map[TaskID]bool{}, map[TaskID]TaskState{}, false
	for _, t := range tasks {
		c.running[t] = true
	}
	c.next = now.Add(c.settings.Interval)
	c.failures = 0
}

// Stop says that the attempt is over: what is under way will not be complete.
func (c *Coordinator) Stop() {
	if !c.storing {
		c.underWay = false
	}
	c.stopped = true
}

// Last returns the newest complete checkpoint of those that the coordinator has seen; 0:
// there is none.
func (c *Coordinator) Last() int64 { return c.last }

// Restored says that the job goes on from a checkpoint, which is kept like its own.
func (c *Coordinator) Restored(id int64) {
	if c.last == 0 {
		c.last, c.complete = id, []int64{id}
	}
}

// Next returns when Tick is to be called.
func (c *Coordinator) Next() (at time.Time, ok bool) {
	switch {
	case c.stopped, c.storing:
		return at, false
	case c.underWay:
		return c.began.Add(c.settings.Timeout), true
	}
	return c.next, len(c.running) > 0
}

// Tick says what time it is.
func (c *Coordinator) Tick(now time.Time) []Order {
	at, ok := c.Next()
	switch {
	case !ok || now.Before(at):
		return nil
	case c.underWay:
		return c.fail(now, fmt.Errorf("checkpoint %d was not complete after %s: %d of %d tasks have not acknowledged it",
			c.id, c.settings.Timeout, c.missing(), len(c.running)+len(c.ended)))
	}
	c.id++
	c.underWay, c.began, c.acks = true, now, map[TaskID]TaskState{}
	return []Order{{Begin: c.id}}
}

func (c *Coordinator) missing() (n int) {
	for t := range c.running {
		if _, ok := c.acks[t]; !ok {
			n++
		}
	}
	return n
}

// Acknowledge says that a task has stored its part of a checkpoint.
func (c *Coordinator) Acknowledge(id int64, t TaskState) []Order {
	if !c.underWay || c.storing || id != c.id {
		return nil
	}
	if !c.running[t.TaskID] {
		return nil // it has ended since, and that acknowledgement counts
	}
	c.acks[t.TaskID] = t
	return c.completed()
}

// Decline says that a task cannot store its part.
func (c *Coordinator) Decline(now time.Time, id int64, cause error) []Order {
	if !c.underWay || c.storing || id != c.id {
		return nil
	}
	return c.fail(now, fmt.Errorf("checkpoint %d: %w", id, cause))
}

// End says that a task has ended well, and what it has left.
func (c *Coordinator) End(t TaskState) []Order {
	if !c.running[t.TaskID] {
		return nil
	}
	delete(c.running, t.TaskID)
	t.Ended = true
	c.ended[t.TaskID] = t
	if !c.underWay || c.storing {
		return nil
	}
	return c.completed()
}

// completed has the manifest stored if nobody is missing. A task that has acknowledged
// and then ended is in it as it acknowledged.
func (c *Coordinator) completed() []Order {
	if c.missing() > 0 {
		return nil
	}
	all := maps.Clone(c.ended)
	maps.Copy(all, c.acks)
	c.storing = true
	return []Order{{Store: slices.SortedFunc(maps.Values(all), func(a, b TaskState) int {
		return cmp.Or(a.Chain-b.Chain, a.Subtask-b.Subtask)
	})}}
}

// Stored says how storing the manifest went.
func (c *Coordinator) Stored(now time.Time, err error) []Order {
	if !c.storing {
		return nil
	}
	c.storing = false
	if err != nil {
		return c.fail(now, fmt.Errorf("checkpoint %d: %w", c.id, err))
	}
	c.underWay, c.failures = false, 0
	c.last = c.id
	c.complete = append(c.complete, c.id)
	if extra := len(c.complete) - c.settings.Retain; extra > 0 {
		c.complete = c.complete[extra:]
	}
	c.wait(now)
	return []Order{{Complete: c.id, Oldest: c.complete[0]}}
}

// wait sets when the next one begins.
func (c *Coordinator) wait(now time.Time) {
	c.next = c.began.Add(c.settings.Interval)
	if pause := now.Add(c.settings.Pause); c.next.Before(pause) {
		c.next = pause
	}
}

func (c *Coordinator) fail(now time.Time, err error) []Order {
	c.underWay = false
	c.failures++
	c.wait(now)
	if c.settings.Tolerable >= 0 && c.failures > c.settings.Tolerable {
		return []Order{{Fatal: errors.Join(err, fmt.Errorf("that is failure %d in a row, and %d are tolerated", c.failures, c.settings.Tolerable))}}
	}
	return []Order{{Failed: err}}
}

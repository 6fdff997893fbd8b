package operator

import (
	"context"
	"fmt"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/internal/spill"
)

// Context is what an operator instance, and a user's rich function in it, may
// know and use of the run. Its methods are for the goroutine of the task, unless
// they say otherwise.
type Context struct {
	spec    Spec
	values  Values
	onClose []func() error
	sets    map[int]any
}

// Spec is what the runtime knows when it makes a Context.
type Spec struct {
	Job         context.Context // done when the job is over or cancelled
	JobID       string
	Host        host.Host
	Node        int    // the operator's place in the graph
	Name        string // the operator's name
	Site        string // the user's file and line that made it
	Subtask     int
	Parallelism int
	Meter       *metrics.Operator
	Stopwatch   *metrics.Stopwatch
	Splits      Splits                                   // for sources
	File        func(name string) (path string, ok bool) // of cached files
	Memory      *memory.Share                            // what the operator may hold; nil: no limit
	Space       *spill.Space                             // where it puts what it may not
	Kept        *Kept                                    // what outlives the instance; nil: nothing does
	Promises    []Promise                                // that the instance is to check for every record; usually none
	Lane        *Lane                                    // what the task's operators share
	Wake        func()                                   // makes the task look for work again; any goroutine may call it
	Await       Await                                    // for operators that wait for others than their input
	Shared      func(key any, make func() any) any       // what subtasks of this process share in an attempt; made by the first who asks, while tasks are wired
	Alignments  *Alignments                              // groups of splits that keep together; nil: none
	Restores    bool                                     // Restore will be called
	Together    int                                      // splits that a source is to read side by side at least
	Reject      func(connect.Rejected)                   // shows a rejected piece of input to the job's owner
	Quarantine  *quarantine.Writer                       // where records go that fail; nil: they fail the job
}

// Kept is what an operator leaves, in its subtask, for the next attempt at the same
// job. An instance that puts a result there gives it up: the process closes it. One
// that finds a result has no input and goes on from it. It belongs to the instance
// there is.
type Kept struct {
	Result interface{ Close() } // nil: nothing
	Memory *memory.Share        // that accounts for the result
}

// NewContext returns the context of one operator instance.
func NewContext(s Spec) *Context { return &Context{spec: s, sets: map[int]any{}} }

// Spec returns what the runtime put in.
func (c *Context) Spec() *Spec { return &c.spec }

// Name returns the operator's name.
func (c *Context) Name() string { return c.spec.Name }

// Subtask returns the number of this parallel instance, from 0.
func (c *Context) Subtask() int { return c.spec.Subtask }

// Parallelism returns the number of parallel instances of the operator.
func (c *Context) Parallelism() int { return c.spec.Parallelism }

// Job returns a context that is done when the job ends or is cancelled. Any
// goroutine may use it.
func (c *Context) Job() context.Context { return c.spec.Job }

// Now returns the engine's time.
func (c *Context) Now() time.Time { return c.spec.Host.Now() }

// Await blocks the task until ready returns true; see [Await]. The task is to be woken,
// by [Spec].Wake, when that may have changed.
func (c *Context) Await(ready func() bool) error { return c.spec.Await(ready) }

// Memory returns the operator's share of memory. It is closed by the task.
func (c *Context) Memory() *memory.Share {
	if c.spec.Memory == nil {
		c.spec.Memory = memory.Unlimited()
	}
	return c.spec.Memory
}

// Space returns where the operator spills.
func (c *Context) Space() *spill.Space {
	if c.spec.Space == nil {
		c.spec.Space = spill.NewSpace(c.spec.Host, nil, memory.Unlimited())
	}
	return c.spec.Space
}

// Lane returns what the operators of the task know of each other.
func (c *Context) Lane() *Lane {
	if c.spec.Lane == nil {
		c.spec.Lane = &Lane{Split: -1, Halted: func() int64 { return 0 }}
	}
	return c.spec.Lane
}

// Align makes the subtask a member of a group of splits that keep together.
func (c *Context) Align(group string, drift time.Duration) *AlignMember {
	if c.spec.Alignments == nil {
		c.spec.Alignments = NewAlignments(nil)
	}
	return c.spec.Alignments.Join(group, drift, c.spec.Wake)
}

// OnClose has f called when the subtask ends, whatever made it end. The last one
// registered is called first.
func (c *Context) OnClose(f func() error) { c.onClose = append(c.onClose, f) }

// Close runs what OnClose collected and returns the first error.
func (c *Context) Close() error {
	var first error
	for i := len(c.onClose) - 1; i >= 0; i-- {
		if err := c.onClose[i](); err != nil && first == nil {
			first = err
		}
	}
	c.onClose = nil
	return first
}

// SetBroadcast makes the complete rows of a broadcast set known by the set's id.
func (c *Context) SetBroadcast(set int, rows any) { c.sets[set] = rows }

// Broadcast returns the rows of a broadcast set. Asking for a set that was not
// attached to the operator is a mistake in the program and panics with a message
// that says so.
func (c *Context) Broadcast(set int) any {
	rows, ok := c.sets[set]
	if !ok {
		panic(fmt.Sprintf("the broadcast set is not attached to operator %q: add WithBroadcastSet", c.spec.Name))
	}
	return rows
}

// CachedFile returns the path of a file that the program made known with CacheFile.
// Another name is a mistake in the program and panics with a message that says so.
func (c *Context) CachedFile(name string) string {
	if c.spec.File != nil {
		if path, ok := c.spec.File(name); ok {
			return path
		}
	}
	panic(fmt.Sprintf("there is no cached file %q: make it known with CacheFile while the program is built", name))
}

// Counter returns the accumulator of that name, a sum over all subtasks and
// operators that use the name.
func (c *Context) Counter(name string) *Counter { return c.values.counter(name) }

// Histogram returns the accumulator of that name, which counts how often each
// value was added, over all subtasks and operators that use the name.
func (c *Context) Histogram(name string) *Histogram { return c.values.histogram(name) }

// Values returns the accumulators of this instance.
func (c *Context) Values() *Values { return &c.values }

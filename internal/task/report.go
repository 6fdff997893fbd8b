package task

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
)

// Figures returns the figures of the task's operators by node.
func (t *Task) Figures(now int64) map[int]metrics.Figures {
	meters := make([]*metrics.Operator, len(t.members))
	for i, m := range t.members {
		meters[i] = m.meter
	}
	out := map[int]metrics.Figures{}
	for i, f := range metrics.Snapshot(&t.figures, now, meters) {
		f.Memory, f.MemoryPeak = t.members[i].ctx.Memory().Used()
		out[t.members[i].node.ID] = f
	}
	return out
}

// Accumulators returns what the task's operators have published.
func (t *Task) Accumulators() operator.Accumulators {
	var a operator.Accumulators
	for _, m := range t.members {
		a.Add(m.ctx.Values().Published())
	}
	return a
}

// Name describes the task in messages: its operators and its number.
func (t *Task) Name() string {
	first, last := t.Chain.Nodes[0].Name, t.Chain.Nodes[len(t.Chain.Nodes)-1].Name
	name := first
	if first != last {
		name += " … " + last
	}
	return fmt.Sprintf("%s, subtask %d of %d", name, t.Subtask, t.Chain.Parallelism)
}

// Cancelled reports whether err is only the echo of a cancellation.
func Cancelled(err error) bool { return errors.Is(err, errCancelled) }

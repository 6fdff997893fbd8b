package cluster

import (
	"fmt"
	"maps"

	"github.com/thalweg/thalweg/internal/plan"
)

// Retry is how a job is tried again when a task has failed: because of user code, a
// source, a sink or a disk. What cannot be different the next time, and the death of
// a process, which takes along what it has kept, ends the job.
type Retry struct {
	Left int // how often

	// Next returns what is to be done, given how many subtasks of each chain have
	// ended well and have kept what they made.
	Next func(done, kept map[int]int) Attempt
}

// Attempt is what is to be done when a job is tried again.
type Attempt struct {
	Parts   []plan.Part    // by chain
	Tasks   []int          // by process
	Sources []int          // nodes that read all their input again
	Sinks   []int          // nodes that write all their output again
	Visible map[int]string // of the sinks, the names of those that cannot take back what they have written
}

// add adds up numbers of subtasks.
func add(sum, more map[int]int) {
	for chain, n := range more {
		sum[chain] += n
	}
}

// again tries once more, unless somebody has seen what would be written twice.
func (m *Master) again() []Action {
	a := m.retry.Next(m.done, m.kept)
	for _, node := range a.Sinks {
		if name, visible := a.Visible[node]; visible && m.written(node) {
			m.cause = fmt.Errorf("%w (not tried again: %s would write what it has written a second time)", m.cause, name)
			return append(m.ask(leaving, Message{Kind: Exit}), m.leave()...)
		}
	}
	actions := []Action{{Again: &a, Err: m.cause}}
	m.retry.Left--
	m.attempt++
	m.cause, m.secondary = nil, false
	m.aligned = map[string]*alignment{}
	for i := range m.workers {
		m.workers[i].tasks = a.Tasks[i]
	}
	m.turns.again(a.Sources)
	for _, node := range a.Sources {
		m.splits[node] = m.input[node]
		delete(m.watchers, node)
	}
	again := func(chain, _ int) bool { return a.Parts[chain] != plan.Skip }
	maps.DeleteFunc(m.done, again)
	maps.DeleteFunc(m.kept, again)
	return append(actions, m.ask(deploying, Message{Kind: Deploy, Attempt: m.attempt, Parts: a.Parts})...)
}

// written reports whether a sink has got records.
func (m *Master) written(node int) bool {
	for _, r := range m.reports {
		if r != nil && r.Figures[node].RecordsIn > 0 {
			return true
		}
	}
	return false
}

// attempt says what is to be done of a plan, see [Retry].
func (j *JobSpec) attempt(p *plan.Plan, done, kept map[int]int) Attempt {
	all := func(n map[int]int) func(*plan.Chain) bool {
		return func(c *plan.Chain) bool { return n[c.ID] == c.Parallelism }
	}
	a := Attempt{Parts: p.Attempt(all(done), all(kept)), Visible: map[int]string{}}
	a.Tasks = j.tasks(p, a.Parts)
	for _, c := range p.Chains {
		if a.Parts[c.ID] != plan.Run {
			continue
		}
		for _, n := range c.Nodes {
			if n.Source != nil {
				a.Sources = append(a.Sources, n.ID)
			}
			if n.Sink != nil {
				a.Sinks = append(a.Sinks, n.ID)
				if n.Sink.Abort == nil {
					a.Visible[n.ID] = fmt.Sprintf("%s (%s)", n.Name, n.Site)
				}
			}
		}
	}
	return a
}

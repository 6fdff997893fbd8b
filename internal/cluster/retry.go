package cluster

import (
	"fmt"
	"maps"
	"slices"

	"github.com/thalweg/thalweg/internal/checkpoint"
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

// goOn makes the attempt begin where a checkpoint ends.
func (m *Master) goOn(from *checkpoint.Manifest) {
	m.deployment.Restore = from.ID
	nodes := slices.Collect(maps.Keys(m.input))
	m.turns.again(nodes)
	clear(m.watchers)
	for _, node := range nodes {
		m.splits[node] = from.Sources[node]
	}
}

// restores reports whether what fails, even a process, is put right by going on from a
// checkpoint.
func (m *Master) restores() bool { return m.keeper != nil && !m.final && m.retry.Left > 0 }

// loseProcess stops the attempt because a process has died, which will be replaced.
func (m *Master) loseProcess(process int, died error) []Action {
	m.replaced[process] = true
	m.workers[process].tasks = 0
	actions := m.fail(died, false)
	return append(actions, m.finished()...)
}

// noneRuns says that no task of the attempt was started: it can be stopped like one that
// runs, and has nothing to wait for.
func (m *Master) noneRuns() {
	for i := range m.workers {
		m.workers[i].tasks = 0
	}
	m.phase = running
}

// replace starts the processes again that have died. The others wait.
func (m *Master) replace() (actions []Action) {
	m.phase = building
	for i := range m.workers {
		m.workers[i].answered = !m.replaced[i]
		if m.replaced[i] {
			actions = append(actions, Action{Replace: i})
		}
	}
	return actions
}

// replaces goes on with a process that was started again.
func (m *Master) replaces(process int) []Action {
	if !m.replaced[process] {
		return nil
	}
	delete(m.replaced, process)
	m.workers[process].lost = false
	return []Action{{To: process, Message: Message{Kind: Program, Job: &m.job}}}
}

// again tries once more, unless somebody has seen what would be written twice.
func (m *Master) again() []Action {
	a := m.retry.Next(m.done, m.kept)
	if m.keeper != nil && m.keeper.last != nil {
		a.Sources, a.Sinks = nil, nil // they go on
	}
	for _, node := range a.Sinks {
		if name, visible := a.Visible[node]; visible && m.written(node) && m.keeper == nil {
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
	m.deployment = Message{Kind: Deploy, Attempt: m.attempt, Parts: a.Parts}
	if m.keeper != nil && m.keeper.last != nil {
		m.goOn(m.keeper.last)
	}
	if len(m.replaced) > 0 {
		return append(actions, m.replace()...)
	}
	return append(actions, m.ask(deploying, m.deployment)...)
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

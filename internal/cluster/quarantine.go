package cluster

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// Quarantine is where the operators of a job put what they cannot deal with.
type Quarantine struct {
	Dir string `json:"dir"` // reached by all processes

	// Budget is how much all of them together may put there, Budgets how much operators
	// may, by name. A negative number, or none, is no limit.
	Budget  int64            `json:"budget"`
	Budgets map[string]int64 `json:"budgets,omitempty"`
}

// limit returns what an operator may put there, and what one subtask alone must not
// exceed.
func (q *Quarantine) limit(name string) int64 {
	if own, ok := q.Budgets[name]; ok && own >= 0 && (q.Budget < 0 || own < q.Budget) {
		return own
	}
	return q.Budget
}

// quarantineWriter implements task.Deployment.Quarantine.
func (w *Worker) quarantineWriter(n, sender *plan.Node, subtask, parallelism int) (*quarantine.Writer, error) {
	q, from := w.job.Quarantine, -1
	if sender != nil {
		from = sender.ID
	}
	return quarantine.NewWriter(w.host.Files(), q.Dir, quarantine.FileName(w.job.Fetch, n.ID, from, subtask), quarantine.Origin{
		Program: w.plan.Graph.Name, Job: w.job.ID, Subtask: subtask, Parallelism: parallelism,
		Operator: quarantine.Operator{Node: n.ID, Kind: n.Kind, Name: n.Name, Place: w.plan.Graph.Place(n), Site: n.Site.String()},
	}, q.limit(n.Name))
}

// limits returns the budgets of operators that the job has given them by name.
func (q *Quarantine) limits(p *plan.Plan, budgets map[int]Budget) {
	for _, n := range p.Nodes {
		limit, ok := q.Budgets[n.Name]
		if !ok || limit < 0 {
			continue
		}
		if b, ok := budgets[n.ID]; !ok || b.Limit < 0 || limit < b.Limit {
			budgets[n.ID] = Budget{Source: fmt.Sprintf("%s (%s)", n.Name, n.Site), Limit: limit, records: n.Source == nil}
		}
	}
}

// exceeded returns the error that ends a job whose operators have refused more than they
// may; totals are by operator.
func (m *Master) exceeded(nodes []int, totals map[int]int64) error {
	var all int64
	for _, node := range nodes {
		if b, ok := m.budgets[node]; ok && b.Limit >= 0 && totals[node] > b.Limit {
			return fmt.Errorf("%s rejected %d %s, more than its budget of %d%s", b.Source, totals[node], b.what(), b.Limit, m.lastCause(node))
		}
		all += totals[node]
	}
	if q := m.job.Quarantine; q != nil && q.Budget >= 0 && all > q.Budget {
		last := ""
		for _, node := range nodes {
			if cause := m.lastCause(node); cause != "" {
				last = cause
			}
		}
		return fmt.Errorf("%d records and pieces of input are in quarantine, more than the budget of %d%s", all, q.Budget, last)
	}
	return nil
}

// what says what it is that is rejected.
func (b Budget) what() string {
	if b.records {
		return "records"
	}
	return "pieces of input"
}

// lastCause names the newest cause that a process has reported for an operator.
func (m *Master) lastCause(node int) string {
	for _, r := range m.reports {
		if r != nil && r.Causes[node] != "" {
			return "; the last one: " + r.Causes[node]
		}
	}
	return ""
}

package thalweg

import (
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/metrics"
)

// Result says what a job did.
type Result struct {
	Elapsed time.Duration

	// Counters and Histograms are the accumulators of all user functions; a
	// histogram is how often each value was added.
	Counters   map[string]int64
	Histograms map[string]map[int64]int64

	// Operators are those that ran, in the order of the graph.
	Operators []OperatorFigures

	// Failures are those after which the job was tried again. Figures are of the last
	// attempt at each operator.
	Failures []error

	// Checkpoints is how many checkpoints were complete; Skipped says why others were not, or
	// why one could not be gone on from.
	Checkpoints int
	Skipped     []error

	// Quarantined is how many pieces of input were rejected by sources, and how many
	// records by operators, if there is a quarantine; Samples are the first few of them.
	// Quarantine is its directory, or empty.
	Quarantined int64
	Quarantine  string
	Samples     []connect.Rejected
}

// OperatorFigures are what one operator did, added up over its subtasks. Times
// are in nanoseconds; operators of one chain wait together.
type OperatorFigures struct {
	ID          int
	Kind        string
	Name        string
	Site        string // the user's file and line
	Parallelism int
	metrics.Figures
}

func newResult(p *cluster.Progress) *Result {
	r := &Result{
		Elapsed:  p.Elapsed,
		Counters: p.Accumulators.Counters, Histograms: p.Accumulators.Histograms,
		Samples: p.Samples, Failures: p.Failures, Checkpoints: p.Checkpoints, Skipped: p.Skipped,
	}
	for _, n := range p.Rejected {
		r.Quarantined += n
	}
	if p.Plan == nil {
		return r
	}
	for _, n := range p.Plan.Nodes {
		r.Operators = append(r.Operators, OperatorFigures{
			ID: n.ID, Kind: n.Kind, Name: n.Name, Site: n.Site.String(),
			Parallelism: p.Plan.ParallelismOf(n), Figures: p.Figures[n.ID],
		})
	}
	return r
}

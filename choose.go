package thalweg

import (
	"context"
	"runtime"

	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
)

// problem is what the optimizer is asked about a job of a graph.
func (s *settings) problem(_ context.Context, g *plan.Graph, fetch int) optimizer.Problem {
	return optimizer.Problem{
		Graph: g,
		Options: plan.Options{
			Parallelism: s.parallelism, Processes: s.processes, Unchained: s.unchained,
			Fetch: fetch, Exchange: s.exchange, Force: s.force,
		},
		Machine: optimizer.Machine{Processors: runtime.GOMAXPROCS(0), Processes: s.processes, Memory: s.memory},
	}
}

// choose has the optimizer decide how a job is run.
func (s *settings) choose(ctx context.Context, g *plan.Graph, fetch int) (plan.Choices, error) {
	if s.asWritten {
		return plan.Choices{}, nil
	}
	a, err := optimizer.Optimize(s.problem(ctx, g, fetch))
	if err != nil {
		return plan.Choices{}, err
	}
	return a.Choices, nil
}

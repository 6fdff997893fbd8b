package thalweg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/survey"
)

// problem is what the optimizer is asked about a job of a graph.
func (s *settings) problem(ctx context.Context, g *plan.Graph, fetch int) (optimizer.Problem, error) {
	p := optimizer.Problem{
		Graph: g,
		Options: plan.Options{
			Parallelism: s.parallelism, Processes: s.processes, Unchained: s.unchained,
			Fetch: fetch, Exchange: s.exchange, Force: s.force,
		},
		Machine: optimizer.Machine{Processors: runtime.GOMAXPROCS(0), Processes: s.processes, Memory: s.memory},
	}
	nodes, _ := plan.Divide(g, fetch)
	if g.Err() != nil || !optimizer.HasChoice(nodes) {
		return p, nil
	}
	h, err := s.readHistory()
	if err != nil {
		return p, err
	}
	if p.Statistics, err = survey.Run(ctx, s.host, g, fetch, survey.Settings{}); err != nil {
		return p, err
	}
	p.Statistics = p.Statistics.With(h.Statistics(nodes))
	return p, nil
}

// choose has the optimizer decide how a job is run.
func (s *settings) choose(ctx context.Context, g *plan.Graph, fetch int) (plan.Choices, error) {
	if s.asWritten {
		return plan.Choices{}, nil
	}
	p, err := s.problem(ctx, g, fetch)
	if err != nil {
		return plan.Choices{}, err
	}
	a, err := optimizer.Optimize(p)
	if err != nil {
		return plan.Choices{}, err
	}
	return a.Choices, nil
}

// maxHistory is more than a history can have, in bytes.
const maxHistory = 128 << 20

// readHistory reads what earlier runs have made, if there is a file for that.
func (s *settings) readHistory() (*optimizer.History, error) {
	if s.history == "" {
		return optimizer.ReadHistory(nil)
	}
	f, err := s.host.Files().Open(s.history)
	if errors.Is(err, fs.ErrNotExist) {
		return optimizer.ReadHistory(nil)
	}
	var b []byte
	if err == nil {
		b, err = io.ReadAll(io.LimitReader(f, maxHistory))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("the history of earlier runs: %w", err)
	}
	h, err := optimizer.ReadHistory(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.history, err)
	}
	return h, nil
}

// remember adds what a job has made to the history: to a file of its own first, so that
// nobody finds half of one.
func (s *settings) remember(p *cluster.Progress, fetch int) error {
	if s.history == "" || p.Plan == nil {
		return nil
	}
	h, err := s.readHistory()
	if err != nil {
		return err
	}
	made := map[int]int64{}
	for _, n := range p.Plan.Nodes {
		if f, ran := p.Figures[n.ID]; ran && n.ID < len(p.Plan.Graph.Nodes) && !p.Plan.Drops(n) {
			made[n.ID] = f.RecordsOut
		}
	}
	nodes, _ := plan.Divide(p.Plan.Graph, fetch)
	h.Record(nodes, made)
	files, temporary := s.host.Files(), s.history+".new"
	f, err := files.Create(temporary)
	if err == nil {
		_, err = f.Write(h.Bytes())
		if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
			err = files.Rename(temporary, s.history)
		}
	}
	if err != nil {
		return fmt.Errorf("keeping the history for later runs: %w", err)
	}
	return nil
}

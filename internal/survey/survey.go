// Package survey learns something of a job's input before the job is planned: it asks
// sources for their size, reads a sample of each, sends it through the operators that
// take a record at a time right behind the source, and looks at what comes out of every
// one of them. Floor 5.
//
// A sample is some places of an input, spread over it, with some records at each; see
// [connect.Sampled]. It runs with the program's own operators, chained in one task for
// each source, in this process:
//
//	source ─┬─ filter ─┬─ map ─┬─ (what follows is not run)
//	        │          │       └─ observer
//	        │          └─ observer
//	        └─ observer
//
// Invariants:
//
//  1. What is wrong in a sample is not known here: the operator and all behind it are
//     missing from the answer, and the job will say what it is. No sink is called, nor a
//     function that has a broadcast set.
//  2. The answer follows from the input alone, unless time was too short.
//  3. What belongs to a source is used by its task, and read when that has ended.
package survey

import (
	"context"
	"fmt"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/task"
)

// Settings say how much is looked at; what is zero has a default.
type Settings struct {
	Places int // of the sample of each source; 16

	// Time is how long the records of a source may be with the program's functions;
	// 100 ms. A call that has begun is waited for: a function that takes that long has
	// seen one record.
	Time time.Duration
}

// room is the bytes a survey may use for records, which nothing keeps.
const room = 4 << 20

// Run surveys the input of a job: of the sinks that are run together (see
// [plan.Node.Fetch]). What is not known is missing from the answer. An error says that
// the context is done, or that the engine has failed.
func Run(ctx context.Context, h host.Host, g *plan.Graph, fetch int, settings Settings) (optimizer.Statistics, error) {
	if settings.Places <= 0 {
		settings.Places = 16
	}
	if settings.Time <= 0 {
		settings.Time = 100 * time.Millisecond
	}
	s := &survey{
		ctx: ctx, host: h, settings: settings,
		trial: &plan.Graph{Name: g.Name, Files: g.Files},
	}
	used, _ := plan.Divide(g, fetch)
	s.derive(used)
	if err := s.sample(); err != nil {
		return nil, fmt.Errorf("survey: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.statistics(), nil
}

type survey struct {
	ctx      context.Context
	host     host.Host
	settings Settings

	trial   *plan.Graph // what is run
	sources []*source
	watched []*watched // of all sources, inputs before users
}

// source is one of the program's.
type source struct {
	size    connect.Size
	places  []connect.Split // of the sample; none if there is no sample
	trial   *plan.Node      // reads the sample
	next    int             // place to read
	stopped bool            // before the last place
	bytes   int64           // what the sample takes in the input
	failed  bool

	spent time.Duration // with the program's functions
	begun time.Time     // when they got the records they have; zero: they have none
}

// watched is a node of the program whose output is looked at.
type watched struct {
	node   *plan.Node
	source *source
	above  *watched // whose records it gets; nil for a source

	given  int64 // records it has got
	rows   int64 // records it has made
	coded  int64 // bytes of those, encoded without what all rows have
	keys   []*keyCount
	hashes []uint64
	buffer []byte
	failed bool
	cut    bool // it has not got all records of the sample
}

// late reports whether the program's functions get no more records of a source.
func (s *survey) late(src *source) bool {
	spent := src.spent
	if !src.begun.IsZero() {
		spent += s.host.Now().Sub(src.begun)
	}
	return s.ctx.Err() != nil || spent > s.settings.Time
}

// timed runs what a function does with records of a source.
func (s *survey) timed(src *source, f func() error) error {
	if !src.begun.IsZero() {
		return f() // within another function
	}
	src.begun = s.host.Now()
	err := f()
	src.spent += s.host.Now().Sub(src.begun)
	src.begun = time.Time{}
	return err
}

// sample runs the trial.
func (s *survey) sample() error {
	if len(s.trial.Nodes) == 0 {
		return nil
	}
	p, err := plan.Compile(s.trial, plan.Options{Parallelism: 1})
	if err != nil {
		return err
	}
	byNode := map[int]*source{}
	for _, src := range s.sources {
		if src.trial != nil {
			byNode[src.trial.ID] = src
		}
	}
	if len(p.Chains) != len(byNode) {
		return fmt.Errorf("%d chains for %d sources", len(p.Chains), len(byNode))
	}
	team, err := task.Deploy(task.Deployment{
		Job: s.ctx, JobID: "survey", Plan: p, Host: s.host, Memory: room,
		Place:  func(*plan.Chain, int) int { return 0 },
		Splits: func(node, _ int, _ func()) operator.Splits { return &walk{s, byNode[node]} },
		Reject: func(int, connect.Rejected) {},
		Ended: func(t *task.Task, err error) {
			node := t.Chain.Nodes[0].ID
			byNode[node].failed = err != nil
			byNode[node].bytes = t.Figures(0)[node].BytesIn
		},
	})
	if err != nil {
		return err
	}
	team.Start()
	team.Close()
	return nil
}

// walk hands out the places of a sample.
type walk struct {
	survey *survey
	source *source
}

// Last implements operator.Splits.
func (w *walk) Last() bool { return w.source.next == len(w.source.places) }

// Next implements operator.Splits.
func (w *walk) Next() (split connect.Split, ok, done bool) {
	src := w.source
	if src.next == len(src.places) || w.survey.late(src) {
		src.stopped = src.next < len(src.places)
		return split, false, true
	}
	src.next++
	return src.places[src.next-1], true, false
}

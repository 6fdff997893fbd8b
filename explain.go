package thalweg

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/explain"
	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
)

// question is what explain is asked beside the plan itself.
type question struct {
	format   string
	supposed []string // facts, such as orders.rows=1e9
	flips    bool     // at which values of facts the plan would be another one
	analyze  bool     // run the job and show what happened
	diff     []string // files with plans to compare: two, or one with the plan
}

// formats are the forms of explain.
var formats = []string{"text", "json", "dot", "html"}

// explainPlan shows the plan of a program, and what the question asks of it.
func explainPlan(build Build, s *settings, q question, stdout, stderr io.Writer) int {
	text, err := answer(build, s, q)
	if text != "" {
		_, _ = io.WriteString(stdout, text)
	}
	return report(context.Background(), s.name, err, stderr)
}

func answer(build Build, s *settings, q question) (string, error) {
	var before *explain.Report
	for i, path := range q.diff {
		r, err := s.readPlan(path)
		if err != nil {
			return "", err
		}
		if i == 1 {
			return explain.Diff(before, r), nil
		}
		before = r
	}
	r, err := s.planned(build, q)
	if r == nil {
		return "", err
	}
	if before != nil {
		return explain.Diff(before, r), err
	}
	print := map[string]func() string{"text": r.Text, "json": r.JSON, "dot": r.DOT, "html": r.HTML}[q.format]
	return print(), err
}

// planned plans the program, and runs it if that is asked for. There may be a report
// although the run has failed.
func (s *settings) planned(build Build, q question) (*explain.Report, error) {
	ctx := context.Background()
	if q.analyze {
		if len(q.supposed) > 0 {
			return nil, &UsageError{"--analyze shows what is, and --set what would be: leave one of them out"}
		}
		return s.analyzed(ctx, build, q)
	}
	g, err := buildGraph(newEnvironment(s.name, s.arguments), build)
	if err != nil {
		return nil, err
	}
	return s.explained(ctx, g, q)
}

// explained is the report of a graph's plan.
func (s *settings) explained(ctx context.Context, g *plan.Graph, q question) (*explain.Report, error) {
	p, err := s.problem(ctx, g, 0)
	if err != nil {
		return nil, err
	}
	for _, fact := range q.supposed {
		if err := p.Suppose(fact); err != nil {
			return nil, &UsageError{"--set " + err.Error()}
		}
	}
	a := &optimizer.Answer{}
	if !s.asWritten {
		if a, err = optimizer.Optimize(p); err != nil {
			return nil, err
		}
	}
	p.Options.Choices = a.Choices
	compiled, err := plan.Compile(g, p.Options)
	if err != nil {
		return nil, err
	}
	r := explain.Describe(compiled)
	if s.asWritten {
		r.Warnings = append(r.Warnings, "the optimizer is off: every operator is run by the first of its strategies, or that of its hint")
		return r, nil
	}
	r.Decide(&p, a)
	var flips []optimizer.Flip
	if q.flips && len(a.Nodes) > 0 {
		if flips, err = optimizer.Flips(p); err != nil {
			return nil, err
		}
	}
	r.Ask(&p, flips)
	return r, nil
}

// analyzed runs the program and adds what happened to the report of its plan, which is
// that of before the run: what the run adds to a history does not count.
func (s *settings) analyzed(ctx context.Context, build Build, q question) (*explain.Report, error) {
	g, err := buildGraph(newEnvironment(s.name, s.arguments), build)
	if err != nil {
		return nil, err
	}
	r, err := s.explained(ctx, g, q)
	if err != nil {
		return nil, err
	}
	var seen *cluster.Progress
	asked := *s
	asked.outcome = func(p *cluster.Progress) { seen = p }
	_, err = run(ctx, build, &asked)
	if seen != nil {
		r.Observe(seen.Figures, seen.Elapsed)
	}
	return r, err
}

// maxPlan bounds the plans that are read, in bytes.
const maxPlan = 256 << 20

// readPlan reads a plan that explain --format json has written.
func (s *settings) readPlan(path string) (*explain.Report, error) {
	f, err := s.host.Files().Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxPlan))
	if err != nil {
		return nil, err
	}
	r, err := explain.Read(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// setQuestion reads an option that only explain has.
func (c *command) setQuestion(name, value string) (known bool, err error) {
	switch name {
	case "format":
		if !slices.Contains(formats, value) {
			return true, &UsageError{fmt.Sprintf("--format %s: text, json, dot or html", value)}
		}
		c.question.format = value
	case "set":
		c.question.supposed = append(c.question.supposed, value)
	case "flip", "analyze":
		if value != "true" && value != "false" {
			return true, &UsageError{fmt.Sprintf("--%s is a switch, and %s no value of one", name, value)}
		}
		if name == "flip" {
			c.question.flips = value == "true"
		} else {
			c.question.analyze = value == "true"
		}
	case "diff":
		c.question.diff = append(c.question.diff, value)
	default:
		return false, nil
	}
	return true, nil
}

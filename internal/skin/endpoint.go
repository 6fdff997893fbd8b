package skin

import (
	"fmt"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/step"
)

// Source adds a source: output 0 are its records, output 1 what it rejects.
// A negative budget allows any number of rejected pieces.
func Source[T any](g *plan.Graph, source connect.Source[T], budget int64) Flow[T] {
	check(g, source)
	n := &plan.Node{
		Kind: "source", Detail: []string{source.String()}, Site: plan.Caller(),
		Factory:   step.Read(source, budget),
		Unbounded: !source.Bounded(),
		Outputs:   []operator.Element{element[T](g), element[connect.Rejected](g)},
		Source:    &plan.Source{Splits: source.Splits, Budget: budget},
	}
	if budget >= 0 {
		n.Detail = append(n.Detail, fmt.Sprintf("budget %d", budget))
	}
	if l, ok := source.(connect.Limited); ok {
		n.MaxParallelism = l.MaxParallelism()
	}
	return Port[T](g, g.Add(n), 0)
}

// Output is a sink of the program.
type Output struct{ flow Flow[struct{}] }

// Named names the sink in plans, errors and figures.
func (o *Output) Named(name string) *Output {
	o.flow.SetName(name)
	return o
}

// NodeOf returns the node of a sink.
func NodeOf(o *Output) *plan.Node { return o.flow.Node }

// WithParallelism sets the number of subtasks of the sink.
func (o *Output) WithParallelism(n int) *Output {
	o.flow.SetParallelism(n)
	return o
}

// Sink adds a sink. A client sink runs in the process that runs the job.
func Sink[T any](f Flow[T], sink connect.Sink[T], client bool) *Output {
	check(f.Graph, sink)
	own(f.Graph, f.Input)
	n := &plan.Node{
		Kind: "sink", Detail: []string{sink.String()}, Site: plan.Caller(),
		Factory: step.Write(sink), Client: client, Inputs: []plan.Input{f.Input}, Sink: &plan.Sink{},
	}
	if p, ok := sink.(connect.Preparer); ok {
		n.Sink.Prepare = p.Prepare
	}
	if c, ok := sink.(connect.Committer); ok {
		n.Sink.Commit, n.Sink.Abort = c.Commit, c.Abort
	}
	return &Output{Flow[struct{}]{Graph: f.Graph, Node: f.Graph.Add(n)}}
}

func check(g *plan.Graph, v any) {
	if c, ok := v.(connect.Checked); ok {
		if err := c.Err(); err != nil {
			Mistake(g, err)
		}
	}
}

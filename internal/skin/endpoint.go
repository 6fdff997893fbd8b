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
	n := addSource(g, source, budget, step.Read(source, budget), element[T](g))
	if s, ok := source.(connect.Sampled[T]); ok {
		n.Source.Sample = func(places int) plan.Sample {
			sample := s.Sample(places)
			return plan.Sample{Splits: sample.Splits, Factory: step.Read[T](slow[T]{sample}, -1)}
		}
	}
	if s, ok := source.(connect.Narrowed[T]); ok {
		n.Source.Narrow = narrow(s, budget)
	}
	return Port[T](g, n, 0)
}

// anySource is a connect.Source of any type.
type anySource interface {
	fmt.Stringer
	Bounded() bool
	Splits(connect.SplitContext) ([]connect.Split, error)
}

func addSource(g *plan.Graph, source anySource, budget int64, factory operator.Factory, records operator.Element) *plan.Node {
	n := &plan.Node{
		Kind: "source", Detail: []string{source.String()}, Site: plan.Caller(),
		Factory:   factory,
		Unbounded: !source.Bounded(),
		Outputs:   []operator.Element{records, element[connect.Rejected](g)},
		Source:    &plan.Source{Splits: source.Splits, Budget: budget},
	}
	if budget >= 0 {
		n.Detail = append(n.Detail, fmt.Sprintf("budget %d", budget))
	}
	if l, ok := source.(connect.Limited); ok {
		n.MaxParallelism = l.MaxParallelism()
	}
	if s, ok := source.(connect.Sized); ok {
		n.Source.Size = s.Size
	}
	return g.Add(n)
}

// Output is a sink of the program.
type Output struct {
	graph *plan.Graph
	node  *plan.Node
}

// Named names the sink in plans, errors and figures.
func (o *Output) Named(name string) *Output {
	setName(o.graph, o.node, nil, name)
	return o
}

// NodeOf returns the node of a sink.
func NodeOf(o *Output) *plan.Node { return o.node }

// WithParallelism sets the number of subtasks of the sink.
func (o *Output) WithParallelism(n int) *Output {
	setParallelism(o.graph, o.node, nil, n)
	return o
}

// Sink adds a sink. A client sink runs in the process that runs the job.
func Sink[T any](f Flow[T], sink connect.Sink[T], client bool) *Output {
	o := addSink(f.Graph, f.Input, sink, client, step.Write(sink))
	_, o.node.Sink.Resumes = sink.(connect.Resumable[T])
	return o
}

func addSink(g *plan.Graph, in plan.Input, sink fmt.Stringer, client bool, factory operator.Factory) *Output {
	check(g, sink)
	own(g, in)
	n := &plan.Node{
		Kind: "sink", Detail: []string{sink.String()}, Site: plan.Caller(),
		Factory: factory, Client: client, Inputs: []plan.Input{in}, Sink: &plan.Sink{},
	}
	if p, ok := sink.(connect.Preparer); ok {
		n.Sink.Prepare = p.Prepare
	}
	if c, ok := sink.(connect.Committer); ok {
		n.Sink.Commit, n.Sink.Abort = c.Commit, c.Abort
	}
	return &Output{g, g.Add(n)}
}

func check(g *plan.Graph, v any) {
	if c, ok := v.(connect.Checked); ok {
		if err := c.Err(); err != nil {
			Mistake(g, err)
		}
	}
}

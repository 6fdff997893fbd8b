// Package replay turns a program into one that reads nothing but the records of a
// quarantine: each enters at the operator and the input that refused it. Floor 4.
package replay

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/internal/step"
)

// target is an input of an operator that records of a quarantine enter at.
type target struct {
	node  *plan.Node
	input int
}

// Apply changes a graph that is complete. Sources that feed nothing but broadcast sets
// are read, others have no input. What has no record to replay is left out: timers, and
// pieces of input. The error says that the program has no such operator any more, or one
// for records of another type.
func Apply(g *plan.Graph, files host.FileSystem, dir string) error {
	paths, err := quarantine.List(files, dir)
	if err != nil {
		return err
	}
	splits := map[target][]connect.Split{}
	var order []target
	for _, path := range paths {
		inputs, err := inputsOf(g, files, path)
		if err != nil {
			return err
		}
		for _, t := range inputs {
			if splits[t] == nil {
				order = append(order, t)
			}
			splits[t] = append(splits[t], connect.Split{ID: path})
		}
	}
	if err := silence(g); err != nil {
		return err
	}
	var sources []*plan.Node
	for _, t := range order {
		sources = append(sources, source(t, splits[t]))
	}
	g.Nodes = append(sources, g.Nodes...)
	for i, n := range g.Nodes {
		n.ID = i
	}
	return nil
}

// inputsOf returns the inputs that a file has records of.
func inputsOf(g *plan.Graph, files host.FileSystem, path string) ([]target, error) {
	f, err := quarantine.Open(files, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for {
		_, err := f.Next()
		if err == io.EOF || errors.Is(err, quarantine.ErrTorn) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	var all []target
	for input := range int32(256) {
		schema := f.Schemas[input]
		if schema == nil {
			continue
		}
		o := f.Origin.Operator
		n := find(g, o)
		if n == nil || int(input) >= len(n.Inputs) {
			return nil, fmt.Errorf("%s: the program has no %s %q any more, with input %d, that refused these records (it was at %s)", path, o.Kind, o.Name, input, o.Site)
		}
		e := n.Inputs[input][0]
		if has := e.From.Outputs[e.Port].Schema(); has.String() != schema.String() {
			return nil, fmt.Errorf("%s: %s %q (%s) takes records of %s now, these are of %s", path, n.Kind, n.Name, n.Site, has, schema)
		}
		all = append(all, target{n, int(input)})
	}
	return all, nil
}

// find returns the operator that has refused something, nil if it is gone.
func find(g *plan.Graph, o quarantine.Operator) *plan.Node {
	for _, n := range g.Nodes {
		if n.Kind == o.Kind && n.Name == o.Name && g.Place(n) == o.Place {
			return n
		}
	}
	return nil
}

// source adds a source of records to an input.
func source(t target, splits []connect.Split) *plan.Node {
	edge := t.node.Inputs[t.input][0]
	timed := t.node.Inputs[t.input].Timed()
	element := edge.From.Outputs[edge.Port]
	n := &plan.Node{
		Kind: "replay", Name: "replay of " + t.node.Name, Site: t.node.Site,
		Factory: step.Replay(element, t.input, timed),
		Source: &plan.Source{
			Splits: func(connect.SplitContext) ([]connect.Split, error) { return splits, nil }, Budget: -1,
		},
	}
	n.Outputs = append(n.Outputs, element)
	if timed {
		n.Time, n.Timed = plan.SetTimes, true
	}
	t.node.Inputs[t.input] = append(slices.Clip(t.node.Inputs[t.input]), plan.Edge{From: n, Shipping: edge.Shipping})
	return n
}

// silence takes the input of the sources away, but for those of broadcast sets, which
// the operators need to do the same again.
func silence(g *plan.Graph) error {
	flows, sets := map[*plan.Node]bool{}, map[*plan.Node]bool{}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		if len(n.Outputs) == 0 {
			flows[n] = true
		}
		for _, in := range n.Inputs {
			for _, e := range in {
				flows[e.From] = flows[e.From] || flows[n]
				sets[e.From] = sets[e.From] || sets[n]
			}
		}
		for _, b := range n.Broadcasts {
			for _, e := range b.Input {
				sets[e.From] = true
			}
		}
	}
	for _, n := range g.Nodes {
		switch {
		case n.Source == nil || !flows[n]:
		case sets[n]:
			return fmt.Errorf("%s (%s) is read for a broadcast set and for other records: a replay cannot read it for one of them only", n.Name, n.Site)
		default:
			n.Unbounded = false
			n.Source = &plan.Source{
				Splits: func(connect.SplitContext) ([]connect.Split, error) { return nil, nil }, Budget: n.Source.Budget,
			}
		}
	}
	return nil
}

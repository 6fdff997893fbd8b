package explain

import (
	"strconv"

	"github.com/thalweg/thalweg/internal/plan"
)

// Describe returns what is known of a plan by itself: operators, edges, chains. How
// it was chosen and what it did is for others to fill in. Operators are in the order
// of the plan, inputs before users; edges are in the order of the operators they lead
// to, chained ones first.
func Describe(p *plan.Plan) *Report {
	r := &Report{Job: p.Graph.Name, Fingerprint: p.Graph.Fingerprint().Sum(), Parallelism: p.Parallelism, Processes: 1}
	for _, a := range p.Graph.Arguments {
		if r.Arguments == nil {
			r.Arguments = map[string]string{}
		}
		r.Arguments[a.Name] = a.Value
	}
	for _, n := range p.Unused {
		r.Unused = append(r.Unused, Unused{ID: n.ID, Name: n.Name, Site: n.Site.String()})
	}
	for _, n := range p.Nodes {
		chain := p.ChainOf(n)
		o := Operator{
			ID: n.ID, Kind: n.Kind, Name: n.Name, Detail: n.Detail, Parallelism: chain.Parallelism,
			Chain: chain.ID, Site: n.Site.String(), Client: n.Client, Pushed: p.Pushed(n), Drops: p.Drops(n),
		}
		if len(n.Outputs) > 0 {
			o.Output = n.Outputs[0].Schema().String()
		}
		r.Operators = append(r.Operators, o)
		r.Edges = append(r.Edges, edgesInto(p, n)...)
	}
	return r
}

// broadcastSet is the input of the edges of broadcast sets.
const broadcastSet = "broadcast set"

// chained is the ship strategy inside a chain.
const chained = "chained"

func edgesInto(p *plan.Plan, n *plan.Node) (edges []Edge) {
	chain := p.ChainOf(n)
	for i, in := range n.Inputs {
		for _, e := range in {
			if p.ChainOf(e.From) == chain {
				edges = append(edges, Edge{From: e.From.ID, Port: e.Port, To: n.ID, Input: strconv.Itoa(i), Ship: chained})
			}
		}
	}
	for _, x := range chain.Inputs {
		if x.Node != n {
			continue
		}
		e := Edge{
			From: x.Edge.From.ID, Port: x.Edge.Port, To: n.ID, Input: strconv.Itoa(x.Input),
			Ship: x.Edge.Ship.String(), Key: x.Edge.Key.Name, Buffered: x.Buffered,
		}
		if x.Input < 0 {
			e.Input = broadcastSet
		}
		edges = append(edges, e)
	}
	return edges
}

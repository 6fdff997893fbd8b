package explain

import (
	"math"
	"strconv"

	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
)

// Decide adds what the optimizer has decided about the plan, and why, to a report of it.
func (r *Report) Decide(p *optimizer.Problem, a *optimizer.Answer) {
	if len(a.Nodes) == 0 {
		r.Warnings = append(r.Warnings, "a job without end is run as it is written: nothing is chosen by cost")
		return
	}
	r.Memory, r.Processes, r.Processors = p.Machine.Memory, max(p.Machine.Processes, 1), p.Machine.Processors
	r.Cost = costOf(a.Cost)
	nodes, _ := plan.Divide(p.Graph, p.Options.Fetch)
	names := optimizer.NameOf(nodes)
	alternatives := optimizer.Alternatives(*p, a)
	for i := range r.Operators {
		o := &r.Operators[i]
		d := a.Nodes[o.ID]
		if d == nil {
			continue // a spool
		}
		n := p.Graph.Nodes[o.ID]
		o.Strategy, o.Because, o.Fact = d.Strategy, d.Because, names[n]
		o.Share, o.Spills, o.Cost = int64(d.Share), math.Round(d.Spills), costOf(d.Cost)
		if len(n.Outputs) > 0 {
			o.Rows, o.Width = number(d.Out.Rows), number(d.Out.Width)
			if !d.Out.Rows.Known() && n.Source != nil {
				r.Unknown = append(r.Unknown, names[n]+".rows")
			}
		}
		for _, other := range alternatives[o.ID] {
			x := Alternative{Strategy: other.Strategy, Refused: other.Refused}
			if other.Cost.Seconds > 0 {
				x.Cost, x.Factor = costOf(other.Cost), other.Cost.Seconds/max(a.Cost.Seconds, 1e-12)
			}
			o.Alternatives = append(o.Alternatives, x)
		}
	}
	r.decideEdges(p.Graph, a)
}

// decideEdges finds the decision about each edge of the report. One into a spool is that
// of the edge in which the spool stands; that out of it costs nothing more.
func (r *Report) decideEdges(g *plan.Graph, a *optimizer.Answer) {
	behind := map[int]Edge{} // by spool
	for _, e := range r.Edges {
		if e.From >= len(g.Nodes) {
			behind[e.From] = e
		}
	}
	used := map[int]map[optimizer.EdgeInto]bool{}
	for i := range r.Edges {
		e := &r.Edges[i]
		if e.From >= len(g.Nodes) {
			continue
		}
		to, input := e.To, e.Input
		if out, ok := behind[to]; ok {
			to, input = out.To, out.Input
		}
		if used[to] == nil {
			used[to] = map[optimizer.EdgeInto]bool{}
		}
		into, ok := find(g.Nodes[to], e.From, e.Port, input, used[to])
		d, decided := a.Nodes[to]
		if !ok || !decided {
			continue
		}
		used[to][into] = true
		x := d.Edges[into]
		e.Bytes, e.Cost, e.Kept = number(x.Bytes), costOf(x.Cost), x.Kept
	}
}

// find returns the edge of a node that comes from an output and is not used up yet.
func find(n *plan.Node, from, port int, input string, used map[optimizer.EdgeInto]bool) (optimizer.EdgeInto, bool) {
	if i, err := strconv.Atoi(input); err == nil && i < len(n.Inputs) {
		for k, e := range n.Inputs[i] {
			into := optimizer.EdgeInto{Input: i, Edge: k}
			if e.From.ID == from && e.Port == port && !used[into] {
				return into, true
			}
		}
		return optimizer.EdgeInto{}, false
	}
	for _, b := range n.Broadcasts {
		for k, e := range b.Input {
			into := optimizer.EdgeInto{Input: -1, Set: b.Set, Edge: k}
			if e.From.ID == from && e.Port == port && !used[into] {
				return into, true
			}
		}
	}
	return optimizer.EdgeInto{}, false
}

// Ask adds the facts that are supposed, and the flips.
func (r *Report) Ask(p *optimizer.Problem, flips []optimizer.Flip) {
	for _, f := range p.Asked {
		r.Supposed = append(r.Supposed, Fact{f.Name, *number(f.Now)})
	}
	for _, f := range flips {
		r.Flips = append(r.Flips, Flip{
			Fact: f.Fact.Name, Now: *number(f.Fact.Now), At: f.At, Factor: f.At / f.Fact.Now.Value, Changes: f.Changes,
		})
	}
}

func costOf(c optimizer.Cost) *Cost {
	return &Cost{Network: math.Round(c.Network), Disk: math.Round(c.Disk), Processor: math.Round(c.Processor), Seconds: c.Seconds}
}

func number(q optimizer.Quantity) *Number { return &Number{Value: q.Value, Origin: q.Origin.String()} }

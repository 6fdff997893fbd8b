// Package optimizer chooses how a graph is run: the strategy of every node that has
// several, and which records need not be distributed because they already are. It
// enumerates plans from the sources to the sinks and keeps the cheapest of those that
// have something a later operator can use (Selinger et al., Access Path Selection in a
// Relational Database Management System, SIGMOD 1979; Graefe and McKenna, The Volcano
// Optimizer Generator, ICDE 1993; interesting properties through user functions as in
// Hueske et al., Opening the Black Boxes in Data Flow Optimization, PVLDB 5, 2012).
// Floor 3.
package optimizer

import (
	"fmt"
	"maps"
	"slices"

	"github.com/thalweg/thalweg/internal/plan"
)

// Problem is what is to be optimized.
type Problem struct {
	Graph      *plan.Graph
	Options    plan.Options // Choices are not looked at
	Machine    Machine
	Statistics Statistics // beside the hints that are in the graph
	Supposed   Statistics // of a question: they come before all others
	Asked      []Fact     // what Suppose was asked, in order

	// Pin decides strategies of nodes, for questions.
	Pin map[int]string
}

// Answer is the plan that takes the least time.
type Answer struct {
	Choices plan.Choices
	Cost    Cost
	Nodes   map[int]*Decision // by node, of those that run
}

// Decision is what was decided about a node, and why.
type Decision struct {
	Strategy string // "" if there is one way only
	Because  string // why this one
	Out      Estimate
	Cost     Cost    // of the node and its edges
	Spills   float64 // bytes
	Share    float64 // bytes of memory of a subtask
	Edges    map[EdgeInto]EdgeDecision
	Refused  map[string]string // strategies that were not considered, and why
}

// EdgeInto is an edge into a node; Set is that of a broadcast set, Input being -1.
type EdgeInto struct{ Input, Set, Edge int }

// EdgeDecision is what was decided about an edge.
type EdgeDecision struct {
	Bytes Quantity
	Cost  Cost
	Kept  string // why rows need not be distributed
}

// Optimize chooses a plan. Mistakes of the graph, and strategies that are forced and
// cannot be, are refused. A job without end is run as it is written: its answer has no
// choices. Optimize does not change the graph, and the same problem has the same answer.
func Optimize(p Problem) (*Answer, error) {
	s, err := p.search()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(s.nodes, func(n *plan.Node) bool { return n.Unbounded }) {
		return &Answer{Nodes: map[int]*Decision{}}, nil
	}
	sinks, err := s.run()
	if err != nil {
		return nil, err
	}
	a := s.answer(sinks)
	a.Choices.Push = true
	return a, nil
}

// HasChoice reports whether there is anything to choose for nodes: it is not where they
// never end, nor where no operator has several strategies.
func HasChoice(nodes []*plan.Node) bool {
	choice := false
	for _, n := range nodes {
		if n.Unbounded {
			return false
		}
		choice = choice || len(n.Strategies) > 0
	}
	return choice
}

// search prepares the search for a plan.
func (p *Problem) search() (*search, error) {
	if err := p.Graph.Err(); err != nil {
		return nil, err
	}
	nodes, _ := plan.Divide(p.Graph, p.Options.Fetch)
	if err := plan.CheckForce(nodes, p.Options.Force); err != nil {
		return nil, err
	}
	stats := Statistics{}
	for _, n := range nodes {
		stats[n.ID] = hinted(n)
	}
	stats = stats.With(p.Statistics).With(p.Supposed)
	e := &estimator{stats: stats, subtasks: plan.Subtasks(nodes, p.Options.Parallelism), done: map[*plan.Node]Estimate{}}
	c := &coster{estimator: e, machine: p.Machine, mode: p.Options.Exchange}
	c.divideMemory(nodes)
	s := &search{coster: c, nodes: nodes, pins: map[int]string{}, because: map[int]string{}}
	for _, n := range nodes {
		if len(n.Strategies) == 0 {
			continue
		}
		pin := func(strategy, because string) {
			s.pins[n.ID], s.because[n.ID] = strategy, because
		}
		if strategy, ok := p.Pin[n.ID]; ok {
			pin(strategy, "asked for")
		} else if strategy, ok := n.Forced(p.Options.Force); ok {
			pin(strategy, "forced")
		} else if n.Hinted {
			pin(n.Strategies[0].Name, "hint")
		}
	}
	return s, nil
}

// answer reads the plan off its sinks.
func (s *search) answer(sinks []*candidate) *Answer {
	a := &Answer{Choices: plan.Choices{Strategies: map[int]string{}}, Nodes: map[int]*Decision{}}
	var visit func(c *candidate)
	visit = func(c *candidate) {
		n := c.node
		if a.Nodes[n.ID] != nil {
			return
		}
		d := &Decision{Out: c.out, Cost: c.own, Spills: c.spills, Edges: map[EdgeInto]EdgeDecision{}, Refused: s.refused[n]}
		a.Nodes[n.ID] = d
		a.Cost = a.Cost.Plus(c.own)
		memory := n.Memory
		if len(n.Strategies) > 0 {
			chosen := n.Strategies[c.strategy]
			memory = chosen.Memory
			d.Strategy, d.Because = chosen.Name, s.reason(n)
			a.Choices.Strategies[n.ID] = chosen.Name
		}
		if memory > 0 {
			d.Share = s.share(memory)
		}
		for _, how := range c.edges {
			e := EdgeDecision{Bytes: how.bytes, Cost: how.cost}
			if how.kept {
				a.Choices.Kept = append(a.Choices.Kept, how.edge)
				e.Kept = fmt.Sprintf("already distributed by %s", plan.JoinPath(how.ship.Key.Name, how.suffix))
			}
			d.Edges[EdgeInto{how.edge.Input, how.set, how.edge.Edge}] = e
			visit(how.from)
		}
	}
	for _, c := range sinks {
		visit(c)
	}
	slices.SortFunc(a.Choices.Kept, func(x, y plan.EdgeRef) int {
		return slices.Compare([]int{x.Node, x.Input, x.Edge}, []int{y.Node, y.Input, y.Edge})
	})
	return a
}

// reason says why a node is run by its strategy.
func (s *search) reason(n *plan.Node) string {
	if because, ok := s.because[n.ID]; ok {
		return because
	}
	for _, strategy := range n.Strategies[1:] {
		if s.refused[n][strategy.Name] == "" && strategy.Method != plan.AdjacentGroups {
			return "cheapest"
		}
	}
	if len(s.refused[n]) == 0 {
		return "cheapest"
	}
	return "robust"
}

// Alternative is the cheapest plan in which a node is run by another strategy.
type Alternative struct {
	Strategy string
	Cost     Cost
	Refused  string // why there is none
}

// Alternatives returns, for every node that has a choice, what the plan would cost with
// each of the other strategies and everything else as cheap as it can be then, the
// cheapest first.
func Alternatives(p Problem, a *Answer) map[int][]Alternative {
	all := map[int][]Alternative{}
	for _, n := range p.Graph.Nodes {
		d := a.Nodes[n.ID]
		if d == nil {
			continue
		}
		for _, strategy := range n.Strategies {
			if strategy.Name == d.Strategy {
				continue
			}
			alternative := Alternative{Strategy: strategy.Name, Refused: d.Refused[strategy.Name]}
			asked := p
			asked.Pin = maps.Clone(p.Pin)
			if asked.Pin == nil {
				asked.Pin = map[int]string{}
			}
			asked.Pin[n.ID] = strategy.Name
			if other, err := Optimize(asked); err != nil {
				alternative.Refused = refusal(strategy, err)
			} else {
				alternative.Cost = other.Cost
			}
			all[n.ID] = append(all[n.ID], alternative)
		}
		slices.SortStableFunc(all[n.ID], func(x, y Alternative) int { return compareSeconds(x.Cost.Seconds, y.Cost.Seconds) })
	}
	return all
}

// refusal says why there is no plan with a strategy.
func refusal(s plan.Strategy, err error) string {
	if s.Method == plan.AdjacentGroups {
		return "rows of equal keys do not come one after the other"
	}
	return err.Error()
}

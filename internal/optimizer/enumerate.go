package optimizer

import (
	"fmt"
	"slices"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// candidate is a way to run a node and everything it reads.
//
// A graph is no tree: a node with several consumers is made once, in one way. Its cost
// is no part of the cost of a candidate that reads it, but of shared, so that it is
// counted once where candidates meet, and those that want it made in different ways do
// not.
type candidate struct {
	node     *plan.Node
	strategy int // of the node's strategies; 0 if it has none
	edges    []choice
	tree     Cost         // of this node, and of those that only it reads, directly or not
	own      Cost         // of this node and its edges
	spills   float64      // bytes
	shared   []*candidate // nodes with several consumers below, by the number of the node
	seconds  float64      // of tree and shared together
	out      Estimate
	placed   []string // paths of fields by any of which the rows are distributed by hash
	adjacent []string // paths of fields of which equal values come one after the other in a subtask
}

// choice is how an edge is used.
type choice struct {
	edge   plan.EdgeRef
	set    int // of broadcast sets, edge.Input being -1
	from   *candidate
	ship   plan.Shipping
	kept   bool     // rows stay where they are: they are there already
	suffix string   // of the key: the part of it they are distributed by
	est    Estimate // of what is sent, once
	bytes  Quantity // all copies together
	cost   Cost
}

// Bounds of the search. Where they cut something off, the cheapest plans so far go on.
const (
	maxCandidates = 24
	maxCombined   = 96
)

// search finds the cheapest plan of nodes.
type search struct {
	*coster
	nodes   []*plan.Node
	pins    map[int]string // strategies that are decided, by node
	because map[int]string // why
	users   map[*plan.Node][]*plan.Node
	above   map[*plan.Node]map[*plan.Node]bool // nodes that a node reads, directly or not, and itself
	useful  map[*plan.Node][]string            // fields by which it helps to have rows distributed
	found   map[*plan.Node][]*candidate
	refused map[*plan.Node]map[string]string // strategies that are not considered, and why
}

// run returns the cheapest candidates of the sinks, which agree with each other.
func (s *search) run() ([]*candidate, error) {
	s.relate()
	for _, n := range s.nodes {
		all, err := s.candidates(n)
		if err != nil {
			return nil, err
		}
		s.found[n] = s.prune(n, all)
	}
	open := []combination{{}}
	for _, n := range s.nodes {
		if len(s.users[n]) > 0 {
			continue
		}
		var next []combination
		for _, c := range open {
			for _, d := range s.found[n] {
				if merged, ok := c.with(d, s.isShared(n)); ok {
					merged.from = append(slices.Clone(c.from), d)
					next = append(next, merged)
				}
			}
		}
		open = cheapest(next, maxCombined)
	}
	if len(open) == 0 {
		return nil, fmt.Errorf("no plan satisfies all hints: operators that read the same records would have to get them in different ways")
	}
	return open[0].from, nil
}

// relate finds out who reads whom, and what of the distribution of rows is of use.
func (s *search) relate() {
	s.users, s.above, s.useful = map[*plan.Node][]*plan.Node{}, map[*plan.Node]map[*plan.Node]bool{}, map[*plan.Node][]string{}
	s.found, s.refused = map[*plan.Node][]*candidate{}, map[*plan.Node]map[string]string{}
	for _, n := range s.nodes {
		s.above[n] = map[*plan.Node]bool{n: true}
		eachEdge(n, func(e plan.Edge, _ plan.EdgeRef, _ int) {
			s.users[e.From] = append(s.users[e.From], n)
			for a := range s.above[e.From] {
				s.above[n][a] = true
			}
		})
	}
	for _, n := range slices.Backward(s.nodes) {
		eachEdge(n, func(e plan.Edge, ref plan.EdgeRef, _ int) {
			if ref.Input < 0 || e.Port > 0 {
				return
			}
			for _, by := range s.shippings(n, ref.Input, e) {
				if by.Ship == operator.Hash && by.Key.Field {
					s.addUseful(e.From, by.Key.Path)
				}
			}
			for _, c := range n.Known.Copies {
				for _, u := range s.useful[n] {
					if part, ok := (plan.Key{Path: c.To}).Part(u); ok && c.Input == ref.Input {
						s.addUseful(e.From, plan.JoinPath(c.From, part))
					} else if plan.Overlap(u, c.To) && c.Input == ref.Input {
						s.addUseful(e.From, c.From)
					}
				}
			}
		})
	}
}

func (s *search) addUseful(n *plan.Node, path string) {
	if !slices.Contains(s.useful[n], path) {
		s.useful[n] = append(s.useful[n], path)
	}
}

// shippings are the ways in which the strategies of a node have an edge distributed.
func (s *search) shippings(n *plan.Node, input int, e plan.Edge) []plan.Shipping {
	if len(n.Strategies) == 0 || n.Strategies[0].Ships == nil {
		return []plan.Shipping{e.Shipping}
	}
	var all []plan.Shipping
	for _, strategy := range n.Strategies {
		all = append(all, strategy.Ships[input])
	}
	return all
}

// eachEdge calls f for every edge into a node; those of broadcast sets have input -1.
func eachEdge(n *plan.Node, f func(e plan.Edge, ref plan.EdgeRef, set int)) {
	for i, in := range n.Inputs {
		for k, e := range in {
			f(e, plan.EdgeRef{Node: n.ID, Input: i, Edge: k}, 0)
		}
	}
	for _, b := range n.Broadcasts {
		for k, e := range b.Input {
			f(e, plan.EdgeRef{Node: n.ID, Input: -1, Edge: k}, b.Set)
		}
	}
}

func (s *search) isShared(n *plan.Node) bool { return len(s.users[n]) > 1 }

// candidates are all ways to run a node with those of its inputs.
func (s *search) candidates(n *plan.Node) ([]*candidate, error) {
	var all []*candidate
	for i := range max(len(n.Strategies), 1) {
		if why := s.refuse(n, i); why != "" {
			if s.refused[n] == nil {
				s.refused[n] = map[string]string{}
			}
			s.refused[n][n.Strategies[i].Name] = why
			continue
		}
		for _, c := range s.combine(n, i) {
			if d := s.finish(n, i, c); d != nil {
				all = append(all, d)
			}
		}
	}
	if len(all) == 0 {
		return nil, plan.Mistake{Site: n.Site, Err: fmt.Errorf("%s cannot be run by any strategy: what it is told contradicts itself", n.Name)}
	}
	return all, nil
}

// refuse says why a strategy is not considered, or "".
func (s *search) refuse(n *plan.Node, i int) string {
	if len(n.Strategies) == 0 {
		return ""
	}
	strategy := n.Strategies[i] // the first one can always be used
	if pin, ok := s.pins[n.ID]; ok {
		if pin != strategy.Name {
			return s.because[n.ID]
		}
		return ""
	}
	unknown := true
	for k := range n.Inputs {
		q := s.input(n, k).Rows
		unknown = unknown && !q.Known()
		if !q.Known() && i > 0 && strategy.Ships != nil && strategy.Ships[k].Ship == operator.Broadcast {
			return "nobody knows how large what it would broadcast is"
		}
	}
	if unknown && i > 0 && strategy.Method != plan.AdjacentGroups {
		return "nobody knows how large its input is, so it is run in the way that is never bad"
	}
	return ""
}

// input is what all edges of an input bring.
func (s *search) input(n *plan.Node, i int) Estimate {
	var all Estimate
	bytes := 0.0
	for k, e := range n.Inputs[i] {
		est := s.edge(e)
		bytes += est.Rows.Value * est.Width.Value
		if k == 0 {
			all = est
			continue
		}
		all.Rows = from(all.Rows.Value+est.Rows.Value, all.Rows, est.Rows)
	}
	all.Width.Value = bytes / max(all.Rows.Value, 1)
	if bytes == 0 && len(n.Inputs[i]) > 0 {
		all.Width = s.edge(n.Inputs[i][0]).Width
	}
	return all
}

// combine chooses a candidate, and a way to distribute its rows, for every edge into a
// node.
func (s *search) combine(n *plan.Node, strategy int) []combination {
	open := []combination{{}}
	eachEdge(n, func(e plan.Edge, ref plan.EdgeRef, set int) {
		by := e.Shipping
		switch {
		case ref.Input < 0:
			by = plan.Shipping{Ship: operator.Broadcast}
		case len(n.Strategies) > 0 && n.Strategies[strategy].Ships != nil:
			by = n.Strategies[strategy].Ships[ref.Input]
		}
		var next []combination
		for _, c := range open {
			for _, from := range s.found[e.From] {
				merged, ok := c.with(from, s.isShared(e.From))
				if !ok {
					continue
				}
				for _, how := range s.ways(n, e, by, from) {
					how.edge, how.set = ref, set
					if how.ship.Ship == operator.Hash || how.kept {
						if merged.hashed && merged.suffix != how.suffix {
							continue
						}
					}
					added := merged
					added.choices = append(slices.Clone(merged.choices), how)
					added.tree, added.seconds = merged.tree.Plus(how.cost), merged.seconds+how.cost.Seconds
					if how.ship.Ship == operator.Hash || how.kept {
						added.hashed, added.suffix = true, how.suffix
					}
					next = append(next, added)
				}
			}
		}
		open = next
		if len(open) > maxCombined {
			open = cheapest(open, maxCombined)
		}
	})
	return open
}

// ways are how rows of a candidate may come to a node: distributed as wanted, or left
// where they are if that is where they would be sent, up to the numbers of subtasks.
func (s *search) ways(n *plan.Node, e plan.Edge, by plan.Shipping, from *candidate) []choice {
	est := s.edge(e)
	if e.Port == 0 {
		est = from.out
	}
	rows, width := est.Rows.Value, est.Width.Value
	sender, receiver := s.subtasks[e.From], s.subtasks[n]
	share := 0.0
	if by.Ship == operator.Hash {
		share = s.skew(plan.Input{e}, by.Key)
	}
	shipped := choice{from: from, ship: by, est: est, bytes: est.Bytes(), cost: s.coster.ship(rows, width, by.Ship, sender, receiver, share)}
	if by.Ship == operator.Broadcast {
		shipped.bytes.Value *= float64(receiver)
	}
	if s.mode == plan.Batch && by.Ship != operator.Forward || s.mode == plan.BatchForced {
		shipped.cost = shipped.cost.Plus(s.spool(rows*width, receiver))
	}
	if by.Ship != operator.Hash || !by.Key.Field || sender != receiver || sender == 1 || e.Port > 0 {
		return []choice{shipped}
	}
	ways := []choice{shipped}
	for _, path := range from.placed {
		if suffix, ok := by.Key.Part(path); ok {
			kept := choice{from: from, kept: true, suffix: suffix, ship: plan.Shipping{Key: by.Key}, est: est, bytes: est.Bytes()}
			if s.mode == plan.BatchForced {
				kept.cost = s.spool(rows*width, receiver)
			}
			ways = append(ways, kept)
		}
	}
	return ways
}

// finish makes the candidate of a strategy with its inputs; nil if they are not what the
// strategy needs.
func (s *search) finish(n *plan.Node, strategy int, in combination) *candidate {
	c := &candidate{node: n, strategy: strategy, edges: in.choices, out: s.of(n), shared: in.shared}
	method, memory, first := n.Method, n.Memory, -1
	if len(n.Strategies) > 0 {
		chosen := n.Strategies[strategy]
		method, memory, first = chosen.Method, chosen.Memory, chosen.First
	}
	if method == plan.AdjacentGroups && !s.isAdjacent(n, in) {
		return nil
	}
	l := load{subtasks: s.subtasks[n], out: c.out}
	for i := range n.Inputs {
		f := flow{}
		bytes := 0.0
		for _, how := range in.choices {
			if how.edge.Input != i {
				continue
			}
			f.rows += how.est.Rows.Value
			bytes += how.est.Bytes().Value
			f.everywhere = f.everywhere || how.ship.Ship == operator.Broadcast
			if how.ship.Ship == operator.Hash || how.kept {
				l.heaviest = max(l.heaviest, s.skew(n.Inputs[i], how.ship.Key))
			}
		}
		f.width = bytes / max(f.rows, 1)
		l.in = append(l.in, f)
	}
	if n.Known.Rows == plan.OnePerKey {
		l.groups = c.out.Rows.Value
	}
	if combines(n) {
		rows := s.combined(method, memory, l)
		c.out.Rows = from(rows, c.out.Rows)
		l.out = c.out
	}
	var work Cost
	work, c.spills = s.work(method, memory, first, l)
	work = work.Plus(s.read(s.stats[n.ID].Read.Value, l.subtasks))
	if first >= 0 && len(n.Inputs) == 2 && s.meet(n) {
		work = work.Plus(s.spool(l.in[1-first].rows*l.in[1-first].width, l.subtasks))
	}
	c.own = work
	for _, how := range in.choices {
		c.own = c.own.Plus(how.cost)
	}
	c.tree = in.tree.Plus(work)
	c.seconds = in.seconds + work.Seconds
	c.placed, c.adjacent = s.placed(n, in), s.adjacent(n, method, in)
	return c
}

// combines reports whether a node shrinks what is to be shipped: how well it does
// depends on its strategy.
func combines(n *plan.Node) bool {
	return len(n.Strategies) > 0 && n.Strategies[0].Method == plan.HashCombine
}

// meet reports whether both inputs of a node come from the same records, so that the
// one that is read later is kept meanwhile.
func (s *search) meet(n *plan.Node) bool {
	below := map[*plan.Node]bool{}
	for _, e := range n.Inputs[0] {
		for a := range s.above[e.From] {
			below[a] = true
		}
	}
	for _, e := range n.Inputs[1] {
		for a := range s.above[e.From] {
			if below[a] {
				return true
			}
		}
	}
	return false
}

// prune keeps the candidates of which no other one is as cheap, makes as few rows, has
// the same choices of what others read, too, and is distributed and arranged by the same
// fields.
func (s *search) prune(n *plan.Node, all []*candidate) []*candidate {
	slices.SortStableFunc(all, func(a, b *candidate) int { return compareSeconds(a.seconds, b.seconds) })
	var kept []*candidate
	for _, c := range all {
		if !slices.ContainsFunc(kept, func(d *candidate) bool { return s.covers(n, d, c) }) {
			if kept = append(kept, c); len(kept) == maxCandidates {
				break
			}
		}
	}
	return kept
}

// covers reports whether a can be used wherever b can.
func (s *search) covers(n *plan.Node, a, b *candidate) bool {
	if a.out.Rows.Value > b.out.Rows.Value {
		return false
	}
	for _, path := range b.placed {
		if !slices.Contains(a.placed, path) {
			return false
		}
	}
	for _, path := range b.adjacent {
		if !slices.Contains(a.adjacent, path) {
			return false
		}
	}
	for _, d := range b.shared {
		if len(s.found[d.node]) > 1 && s.isOpen(d.node, n) && !slices.Contains(a.shared, d) {
			return false
		}
	}
	return true
}

// isOpen reports whether a node has users that n does not read: they will have to agree
// about it.
func (s *search) isOpen(shared, n *plan.Node) bool {
	return slices.ContainsFunc(s.users[shared], func(user *plan.Node) bool { return !s.above[n][user] })
}

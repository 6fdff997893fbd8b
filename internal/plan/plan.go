package plan

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
)

// Plan is how a graph will run: chains of operators and the exchanges between
// them.
type Plan struct {
	Graph       *Graph
	Parallelism int     // the job's default
	Nodes       []*Node // those that run, in the order of the graph
	Unused      []*Node // those that no sink reads, directly or not; they do not run
	Chains      []*Chain
	Exchanges   []*Exchange

	strategies map[*Node]*Strategy // of nodes with several
	pushed     map[*Node]*pushed   // sources that leave something out, and filters that are left something to do
	chains     map[*Node]*Chain
}

// Chain is a tree of operators that run as one task in each subtask and pass
// batches by plain calls.
type Chain struct {
	ID          int
	Nodes       []*Node // inputs before users; the first one is the head
	Parallelism int
	Client      bool
	Inputs      []*Exchange // into any node of the chain
	Outputs     []*Exchange
}

// Exchange is an edge between two chains.
type Exchange struct {
	ID       int
	From, To *Chain
	Edge     Edge // the logical edge; Ship is the planned one
	Node     *Node
	Input    int // which input of Node; -1 for a broadcast set
	Set      int // the broadcast set, if Input is -1

	// Ordered exchanges have one receiving subtask, which reads the sending ones
	// one after the other: together they are in order.
	Ordered bool

	// Buffered exchanges take any number of batches, in memory: their consumer
	// reads another input to its end first, a bounded queue would hold up who has to
	// make that input, and as there is no end of this one a spool would keep it for
	// ever. See waits.
	Buffered bool
}

// Options are the choices that are not in the graph.
type Options struct {
	Parallelism int  // default number of subtasks
	Processes   int  // 0 or 1: all tasks run in this process
	Unchained   bool // every operator is a task of its own, for tests and measurements
	Fetch       int  // the sink to run, see Node.Fetch; 0: the program's own ones
	Exchange    ExchangeMode
	Force       map[string]string // strategies by kind of operator, or by its number, for tests and measurements
	Choices     Choices           // strategies that are not forced, and edges that are kept
}

// Compile plans a graph. It returns the graph's mistakes if there are any, and
// refuses a graph with nothing to do.
func Compile(g *Graph, o Options) (*Plan, error) {
	if err := g.Err(); err != nil {
		return nil, err
	}
	if len(g.Nodes) == 0 {
		return nil, fmt.Errorf("the program %q has no operators", g.Name)
	}
	used, unused := Divide(g, o.Fetch)
	if len(used) == 0 {
		return nil, fmt.Errorf("the program %q has no sink: nothing would come of it", g.Name)
	}
	c := &compiler{
		plan: &Plan{
			Graph: g, Parallelism: max(o.Parallelism, 1), Unused: unused,
			chains: map[*Node]*Chain{}, strategies: map[*Node]*Strategy{},
		},
		options:     o,
		used:        used,
		parallelism: Subtasks(used, o.Parallelism),
		spools:      map[edgeOf]Edge{},
		kept:        map[EdgeRef]bool{},
		ids:         len(g.Nodes),
	}
	for _, e := range o.Choices.Kept {
		c.kept[e] = true
	}
	if err := c.chooseStrategies(); err != nil {
		return nil, err
	}
	if o.Choices.Push {
		c.plan.pushed = push(used)
	}
	c.waits, c.loops = findWaits(used, c.plan.First), findLoops(used)
	for _, n := range used {
		if err := c.breakEdges(n); err != nil {
			return nil, err
		}
		c.place(n)
	}
	for _, n := range c.plan.Nodes {
		c.connect(n)
	}
	for _, x := range c.plan.Exchanges {
		x.Ordered = x.Edge.Ship == operator.Global && single(x.Node) && x.Input == 0 && c.ordered(x.Edge.From)
	}
	return c.plan, nil
}

// Divide tells the nodes that the sinks of a job read, sinks included, from those
// that no sink reads.
func Divide(g *Graph, fetch int) (used, unused []*Node) {
	read, fetched := map[*Node]bool{}, map[*Node]bool{}
	for _, n := range g.Nodes {
		if len(n.Outputs) > 0 {
			continue
		}
		seen := fetched
		if n.Fetch == fetch {
			seen = read
		}
		seen[n] = true
		n.edges(func(e Edge) { ancestors(Input{e}, seen) })
	}
	for _, n := range g.Nodes {
		switch {
		case read[n]:
			used = append(used, n)
		case !fetched[n]:
			unused = append(unused, n)
		}
	}
	return used, unused
}

type compiler struct {
	plan        *Plan
	options     Options
	used        []*Node // of the graph
	parallelism map[*Node]int
	waits       waits
	loops       loops
	spools      map[edgeOf]Edge // from the spool that stands in an edge
	kept        map[EdgeRef]bool
	ids         int // the number of the next node that is not in the graph
}

// Subtasks returns how many subtasks nodes have, if they are as many as parallelism
// says where nothing else does.
func Subtasks(nodes []*Node, parallelism int) map[*Node]int {
	subtasks := make(map[*Node]int, len(nodes))
	for _, n := range nodes {
		p := n.Parallelism
		switch {
		case n.attached:
			p = subtasks[n.Inputs[0][0].From]
		case n.Client || p == 0 && n.allGlobal():
			p = 1
		case p == 0:
			p = max(parallelism, 1)
		}
		if n.MaxParallelism > 0 {
			p = min(p, n.MaxParallelism)
		}
		subtasks[n] = p
	}
	return subtasks
}

// allGlobal reports whether all that a node reads comes to one subtask, however the
// node is run.
func (n *Node) allGlobal() bool {
	for _, in := range n.Inputs {
		for _, e := range in {
			if e.Ship != operator.Global || len(n.Strategies) > 0 && n.Strategies[0].Ships != nil {
				return false
			}
		}
	}
	return len(n.Inputs) > 0
}

// place puts a node at the end of its producer's chain, or begins a chain.
func (c *compiler) place(n *Node) {
	if chain := c.chainable(n); chain != nil {
		chain.Nodes = append(chain.Nodes, n)
		c.plan.chains[n] = chain
	} else {
		c.begin(n)
	}
	c.plan.Nodes = append(c.plan.Nodes, n)
}

// begin makes a node the head of a chain.
func (c *compiler) begin(n *Node) {
	chain := &Chain{ID: len(c.plan.Chains), Nodes: []*Node{n}, Parallelism: c.parallelism[n], Client: c.client(n)}
	c.plan.Chains = append(c.plan.Chains, chain)
	c.plan.chains[n] = chain
}

// client says whether the node must be kept apart from those that run elsewhere.
func (c *compiler) client(n *Node) bool { return n.Client && c.options.Processes > 1 }

// chainable returns the chain that n can join: that of the producer of its only
// edge, if the edge leaves rows in their subtask, both have the same number of
// subtasks in the same process, and nothing stands in the edge.
func (c *compiler) chainable(n *Node) *Chain {
	if c.options.Unchained && !n.attached || len(n.Inputs) != 1 || len(n.Inputs[0]) != 1 || c.waits.late[inputOf{n, 0}] || c.broken(edgeOf{n, 0, 0}) {
		return nil
	}
	e := c.shipping(n, 0, 0)
	chain := c.plan.chains[e.From]
	if c.ship(e, n) != operator.Forward || c.client(n) != chain.Client {
		return nil
	}
	return chain
}

// broken reports whether a spool stands in an edge.
func (c *compiler) broken(e edgeOf) bool {
	_, broken := c.spools[e]
	return broken
}

// ship returns the ship strategy of an edge as planned: a forward edge from
// several subtasks to one is global, one between other different numbers
// rebalances, and any distribution between one and one is a forward edge.
func (c *compiler) ship(e Edge, to *Node) operator.Ship {
	from, n := c.parallelism[e.From], c.parallelism[to]
	switch {
	case from == 1 && n == 1 && e.Ship != operator.Custom:
		return operator.Forward
	case e.Ship == operator.Forward && n == 1:
		return operator.Global
	case e.Ship == operator.Forward && from != n:
		return operator.Rebalance
	}
	return e.Ship
}

// ordered reports whether the output of a node has an order over all subtasks: its
// own, or that of its only input if rows stay in their subtask.
func (c *compiler) ordered(n *Node) bool {
	if n.Ordered || !single(n) {
		return n.Ordered
	}
	e := c.shipping(n, 0, 0)
	if broken, ok := c.spools[edgeOf{n, 0, 0}]; ok {
		e = broken
	}
	return c.ship(e, n) == operator.Forward && c.ordered(e.From)
}

// single reports whether a node has one input with one edge.
func single(n *Node) bool { return len(n.Inputs) == 1 && len(n.Inputs[0]) == 1 }

// connect makes the exchanges of all edges into n that are not inside a chain.
func (c *compiler) connect(n *Node) {
	to := c.plan.chains[n]
	add := func(e Edge, input, set int) *Exchange {
		from := c.plan.chains[e.From]
		e.Ship = c.ship(e, n)
		x := &Exchange{
			ID: len(c.plan.Exchanges), From: from, To: to, Edge: e,
			Node: n, Input: input, Set: set,
		}
		c.plan.Exchanges = append(c.plan.Exchanges, x)
		from.Outputs = append(from.Outputs, x)
		to.Inputs = append(to.Inputs, x)
		return x
	}
	for i, in := range n.Inputs {
		for k := range in {
			e := c.shipping(n, i, k)
			if broken, ok := c.spools[edgeOf{n, i, k}]; ok {
				add(broken, i, 0)
			} else if c.plan.chains[e.From] != to {
				add(e, i, 0).Buffered = c.waits.late[inputOf{n, i}]
			}
		}
	}
	for _, b := range n.Broadcasts {
		for _, e := range b.Input {
			e.Ship = operator.Broadcast
			add(e, -1, b.Set)
		}
	}
}

// ParallelismOf returns the number of subtasks a node runs with.
func (p *Plan) ParallelismOf(n *Node) int { return p.ChainOf(n).Parallelism }

// ChainOf returns the chain a node is in.
func (p *Plan) ChainOf(n *Node) *Chain { return p.chains[n] }

// Sources returns the nodes that read input.
func (p *Plan) Sources() []*Node { return p.nodes(func(n *Node) bool { return n.Source != nil }) }

// Sinks returns the nodes that write output.
func (p *Plan) Sinks() []*Node { return p.nodes(func(n *Node) bool { return n.Sink != nil }) }

// Bounded reports whether the job ends by itself.
func (p *Plan) Bounded() bool {
	return len(p.nodes(func(n *Node) bool { return n.Unbounded })) == 0
}

func (p *Plan) nodes(wanted func(*Node) bool) []*Node {
	var out []*Node
	for _, n := range p.Nodes {
		if wanted(n) {
			out = append(out, n)
		}
	}
	return out
}

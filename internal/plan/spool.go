package plan

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
)

// ExchangeMode says which exchanges are blocking: their consumer begins when all
// of its input has been made, and gets it from a spool, which keeps it in memory
// and on disk. The others are pipelined.
//
//	mode              forward    other    needed against a deadlock
//	Pipelined         pipelined  pipelined  blocking
//	PipelinedForced   pipelined  pipelined  refused
//	Batch             pipelined  blocking   blocking
//	BatchForced       blocking   blocking   blocking
type ExchangeMode uint8

// The modes of exchanges.
const (
	Pipelined ExchangeMode = iota
	PipelinedForced
	Batch
	BatchForced
)

var modeNames = [...]string{"pipelined", "pipelined-forced", "batch", "batch-forced"}

func (m ExchangeMode) String() string { return modeNames[m] }

// ExchangeModeNamed returns the mode of that name.
func ExchangeModeNamed(name string) (ExchangeMode, error) {
	for i, n := range modeNames {
		if n == name {
			return ExchangeMode(i), nil
		}
	}
	return 0, fmt.Errorf("there is no exchange mode %q: %q, %q, %q or %q", name, modeNames[0], modeNames[1], modeNames[2], modeNames[3])
}

// edgeOf is an edge into an input of a node.
type edgeOf struct {
	node        *Node
	input, edge int
}

// breakEdges puts spools into the edges to n that are to be blocking. A spool is an
// operator in a chain of its own: it takes all rows at once, so that nobody waits
// for who reads it, and sends them on when there are no more.
//
// It stands where the rows are received, so that each subtask of n begins when all
// of its input has been made. Rows that every subtask receives are kept once, where
// they are sent: an operator has them from all before it goes on to another input.
func (c *compiler) breakEdges(n *Node) error {
	for i, in := range n.Inputs {
		late := c.waits.late[inputOf{n, i}]
		if late && c.options.Exchange == PipelinedForced {
			return Mistake{n.Site, fmt.Errorf("%s reads one input to its end before another, and both come from the same records: with pipelined exchanges forced it would wait for ever", n.Name)}
		}
		for k := range in {
			e := c.shipping(n, i, k)
			e.Ship = c.ship(e, n)
			switch {
			case c.loops.inside(e.From, n) && late:
				return Mistake{n.Site, fmt.Errorf("%s reads one input to its end before another, and is in a loop: it would wait for ever", n.Name)}
			case n.attached || c.loops.inside(e.From, n):
				continue
			case late, c.options.Exchange == BatchForced, c.options.Exchange == Batch && e.Ship != operator.Forward:
			default:
				continue
			}
			if endless(e.From) {
				if !late {
					return Mistake{n.Site, fmt.Errorf("%s would wait for ever behind a blocking exchange: its input has no end", n.Name)}
				}
				continue
			}
			c.spools[edgeOf{n, i, k}] = c.spool(e, n)
		}
	}
	return nil
}

// loops has, for each loop of a program, the operators that records pass on their way
// round: those from the head to the end. None of their edges can be blocking, as the end of
// what they carry comes with the end of the loop.
type loops []map[*Node]bool

func findLoops(used []*Node) (all loops) {
	for _, end := range used {
		if end.Back == nil {
			continue
		}
		above, body := map[*Node]bool{end: true}, map[*Node]bool{end.Back: true}
		ancestors(end.Inputs[0], above)
		for _, n := range used { // who is read comes before those who read
			n.edges(func(e Edge) {
				if above[n] && body[e.From] {
					body[n] = true
				}
			})
		}
		all = append(all, body)
	}
	return all
}

// inside reports whether an edge is in a loop.
func (l loops) inside(from, to *Node) bool {
	for _, body := range l {
		if body[from] && body[to] {
			return true
		}
	}
	return false
}

// endless reports whether a node's output has no end.
func endless(n *Node) bool {
	above := map[*Node]bool{n: true}
	n.edges(func(e Edge) { ancestors(Input{e}, above) })
	for a := range above {
		if a.Unbounded {
			return true
		}
	}
	return false
}

// spool makes the spool of an edge to a node, and returns the edge from the spool.
func (c *compiler) spool(e Edge, to *Node) Edge {
	element := e.From.Outputs[e.Port]
	in, out, parallelism := e, e, c.parallelism[to]
	if e.Ship == operator.Broadcast {
		in.Ship, parallelism = operator.Forward, c.parallelism[e.From]
	} else {
		out.Shipping = Shipping{}
	}
	s := &Node{
		ID: c.ids, Kind: spoolKind, Name: spoolKind, Site: e.From.Site, Memory: SpoolMemory,
		Time: KeepTimes, Timed: e.From.Timed,
		Factory: element.Spool(),
		Inputs:  []Input{{in}},
		Outputs: []operator.Element{element},
	}
	c.ids++
	c.parallelism[s] = parallelism
	c.begin(s)
	c.plan.Nodes = append(c.plan.Nodes, s)
	out.From, out.Port = s, 0
	return out
}

const (
	spoolKind   = "spool"
	SpoolMemory = 2 // parts of memory
)

// Reader returns the exchange through which the rows of x come to an operator of the
// graph: x itself, or the one behind the spool that x leads to.
func (p *Plan) Reader(x *Exchange) *Exchange {
	if x.Node.ID < len(p.Graph.Nodes) {
		return x
	}
	for _, behind := range p.Exchanges {
		if behind.Edge.From == x.Node {
			return behind
		}
	}
	return x
}

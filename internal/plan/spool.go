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
func (c *compiler) breakEdges(n *Node) error {
	for i, in := range n.Inputs {
		late := c.waits.late[inputOf{n, i}]
		if late && c.options.Exchange == PipelinedForced {
			return Mistake{n.Site, fmt.Errorf("%s reads one input to its end before another, and both come from the same records: with pipelined exchanges forced it would wait for ever", n.Name)}
		}
		for k, e := range in {
			ship := c.ship(c.shipping(n, i, e), n)
			switch {
			case late, c.options.Exchange == BatchForced, c.options.Exchange == Batch && ship != operator.Forward:
			default:
				continue
			}
			if endless(e.From) {
				if !late {
					return Mistake{n.Site, fmt.Errorf("%s would wait for ever behind a blocking exchange: its input has no end", n.Name)}
				}
				continue
			}
			c.spools[edgeOf{n, i, k}] = c.spool(e)
		}
	}
	return nil
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

// spool makes the spool of an edge.
func (c *compiler) spool(e Edge) *Node {
	element := e.From.Outputs[e.Port]
	s := &Node{
		ID: c.ids, Kind: "spool", Name: "spool", Site: e.From.Site, Memory: spoolMemory,
		Factory: element.Spool(),
		Inputs:  []Input{{{From: e.From, Port: e.Port}}},
		Outputs: []operator.Element{element},
	}
	c.ids++
	c.parallelism[s] = c.parallelism[e.From]
	c.begin(s)
	c.plan.Nodes = append(c.plan.Nodes, s)
	return s
}

// spoolMemory is the parts of memory for a spool.
const spoolMemory = 2

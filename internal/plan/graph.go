// Package plan holds the logical graph that the typed skins build, the first
// compiler that turns it into chains and exchanges, and its fingerprint. Floor 3.
//
// Invariants:
//
//  1. A graph is built by one goroutine and not changed after [Compile].
//  2. Building the same program with the same arguments gives the same graph:
//     [Fingerprint] proves it between processes, node by node.
//  3. The graph makes no physical choice; the plan makes all of them.
//  4. Nodes are numbered in the order they were made; inputs come before users.
package plan

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
)

// Graph is a program: operators and the edges between them.
type Graph struct {
	Name      string
	Nodes     []*Node
	Arguments []Argument
	Files     []CachedFile
	Mistakes  []Mistake

	// Fetch runs the job of a sink that was made for it and is complete now, or takes
	// its outcome from where that has been done already; see Node.Fetch. encode
	// writes what the sink has got, decode reads that.
	Fetch func(sink *Node, encode func() []byte, decode func([]byte) error) error

	sets int // broadcast sets numbered so far
}

// NewSet returns the number of a new broadcast set.
func (g *Graph) NewSet() int {
	g.sets++
	return g.sets
}

// Argument is a declared argument of the program with the value it has in this
// job. Arguments travel with the job and belong to its fingerprint.
type Argument struct {
	Name, Value, Default, Help string
}

// CachedFile is a file that the program's functions may read in every process. The
// processes see the same content, as the digest belongs to the fingerprint.
type CachedFile struct {
	Name, Path string
	Digest     [sha256.Size]byte // SHA-256 of the content
}

// File returns the path of a cached file, or false.
func (g *Graph) File(name string) (path string, ok bool) {
	for _, f := range g.Files {
		if f.Name == name {
			return f.Path, true
		}
	}
	return "", false
}

// Node is a logical operator.
type Node struct {
	ID   int
	Kind string // the operator's standard name: "map", "source", "aggregate"…
	Name string // the user's name for it, else its kind
	Site Site

	// Detail are declared properties, such as keys and aggregates, in reading
	// order: for explain and the fingerprint.
	Detail []string

	Parallelism    int  // wanted number of subtasks; 0: the job's default
	MaxParallelism int  // a limit of the operator's own; 0: none
	Client         bool // runs in the process that runs the job
	Unbounded      bool // a source that does not end by itself

	Time  Time // what it does to event times
	Timed bool // what comes out has them

	Beside   bool // it runs in the tasks of the operator before it, if that is one
	attached bool // it does, or in those of the source before it
	aligned  bool // a source whose splits keep together with others

	Inputs     []Input
	Broadcasts []Broadcast
	Outputs    []operator.Element // by port; a sink has none
	Factory    operator.Factory   // nil if there are several ways, see Strategies

	// Memory is how many parts of the process's memory a subtask gets; 0 if what it
	// holds is small whatever the input.
	Memory int

	// Stores is how many things an operator with memory keeps apart; 0 means one. Each
	// needs a least share.
	Stores int

	// Strategies are the ways to run the node, the one to prefer first; Hinted says that
	// the user wants that one.
	Strategies []Strategy
	Hinted     bool

	Method Method // of a node with one way
	Known  Known

	// Promises are the copies among what is known that the user declared: they are
	// checked where that is asked for.
	Promises []operator.Promise

	// Ordered output has an order over all subtasks: whoever gets it in one subtask
	// reads those of the first one first, and so on.
	Ordered bool

	// Where is what a filter is made of, if that is known: see Conditions.
	Where *Where

	// Fetch numbers the sinks, from 1, whose jobs run while the program is built:
	// each in a job of its own, and not again in the program's job.
	Fetch int

	Source *Source // of sources
	Sink   *Sink   // of sinks
	Back   *Node   // of the end of a loop: its head, from which the records come again
}

// Stateless reports whether the operator remembers nothing of the records it has had, so
// that there is nothing to store of it in a checkpoint. What user functions remember by
// themselves nobody can know.
func (n *Node) Stateless() bool {
	switch n.Kind {
	case "map", "flatMap", "coMap", "coFlatMap", "filter", "project", "split":
		return true
	}
	return n.Source != nil
}

// Strategy is one of several ways to run a node.
type Strategy struct {
	Name    string
	Factory operator.Factory
	Method  Method
	Memory  int        // as Node.Memory
	Stores  int        // as Node.Stores
	Ships   []Shipping // by input: how its edges distribute rows
	First   int        // the input that is read to its end before the others; -1: none is
}

// Shipping is how the rows of an edge are distributed.
type Shipping struct {
	Ship     operator.Ship
	Key      Key // what Hash, Custom and Range look at
	Selector any // see operator.Route
}

// Input is one input of a node. More than one edge is a union.
type Input []Edge

// Edge leads from an output port of a node.
type Edge struct {
	From *Node
	Port int
	Shipping
}

// Broadcast is an input that is complete before the others are read.
type Broadcast struct {
	Set   int // the id functions ask for
	Input Input
}

// Source is what the process that runs the job must know of a source.
type Source struct {
	Splits func(connect.SplitContext) ([]connect.Split, error)
	Budget int64 // rejected records the job survives; negative: any number

	// Size says how much there is, Sample how some of it is read; each is nil if the
	// source does not know. See [connect.Sized] and [connect.Sampled].
	Size   func(connect.SplitContext) (connect.Size, error)
	Sample func(places int) Sample

	// Narrow has the source leave out what is not needed; nil if it cannot.
	Narrow func(Need) Narrowed
}

// Sample reads a little of a source's input: Factory is that of the source's node, with
// the splits listed here.
type Sample struct {
	Splits  func(connect.SplitContext) ([]connect.Split, error)
	Factory operator.Factory
}

// Sink is what the process that runs the job must do for a sink; each may be nil.
type Sink struct {
	Prepare, Commit, Abort func(connect.CommitContext) error

	Resumes bool // it can go on from a checkpoint
}

// Mistake is something wrong with the program, found while it was built.
type Mistake struct {
	Site Site
	Err  error
}

func (m Mistake) Error() string { return fmt.Sprintf("%s: %v", m.Site, m.Err) }

func (m Mistake) Unwrap() error { return m.Err }

// Add gives the node its number and puts it into the graph.
func (g *Graph) Add(n *Node) *Node {
	n.ID = len(g.Nodes)
	n.Timed = n.timed()
	n.attach()
	if n.Name == "" {
		n.Name = n.Kind
	}
	g.Nodes = append(g.Nodes, n)
	return n
}

// HasSink reports whether the program's own job has anything to do.
func (g *Graph) HasSink() bool {
	return slices.ContainsFunc(g.Nodes, func(n *Node) bool { return len(n.Outputs) == 0 && n.Fetch == 0 })
}

// Place returns the number of a node among those of its kind and name, from 0.
func (g *Graph) Place(n *Node) int {
	place := 0
	for _, other := range g.Nodes[:n.ID] {
		if other.Kind == n.Kind && other.Name == n.Name {
			place++
		}
	}
	return place
}

// Has reports whether the node is part of the graph.
func (g *Graph) Has(n *Node) bool { return n.ID < len(g.Nodes) && g.Nodes[n.ID] == n }

// Mistake notes something wrong at a place in the user's program.
func (g *Graph) Mistake(site Site, err error) {
	g.Mistakes = append(g.Mistakes, Mistake{Site: site, Err: err})
}

// Err returns all mistakes as one error, or nil.
func (g *Graph) Err() error {
	all := make([]error, len(g.Mistakes))
	for i, m := range g.Mistakes {
		all[i] = m
	}
	return errors.Join(all...)
}

// edges calls f for every edge into n, broadcast sets last.
func (n *Node) edges(f func(Edge)) {
	for _, in := range n.Inputs {
		for _, e := range in {
			f(e)
		}
	}
	for _, b := range n.Broadcasts {
		for _, e := range b.Input {
			f(e)
		}
	}
}

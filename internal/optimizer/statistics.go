package optimizer

import (
	"math"

	"github.com/thalweg/thalweg/internal/plan"
)

// Origin says where a number comes from, the least reliable first.
type Origin uint8

// The origins.
const (
	Unknown  Origin = iota // nobody knows: the value stands for a large data set
	Guessed                // by a rule of thumb from other numbers
	Hinted                 // the program says so
	Sampled                // seen in a sample of this input
	Measured               // exact, or seen when the same program ran before
	Supposed               // of a question: what would the plan be if
)

var originNames = [...]string{"unknown", "guessed", "hinted", "sampled", "measured", "supposed"}

func (o Origin) String() string { return originNames[o] }

// Quantity is a number and where it comes from.
type Quantity struct {
	Value  float64
	Origin Origin
}

// Known reports whether it is more than a stand-in.
func (q Quantity) Known() bool { return q.Origin != Unknown }

// from returns a quantity that was computed of others: it is as reliable as the
// least reliable of them.
func from(value float64, of ...Quantity) Quantity {
	q := Quantity{value, Supposed}
	for _, o := range of {
		q.Origin = min(q.Origin, o.Origin)
	}
	return q
}

// Statistic is what is known of the records that a node makes, at its first output.
// Quantities that are not known are zero.
type Statistic struct {
	Rows  Quantity // all of them
	Ratio Quantity // records that come out for each that goes in
	Width Quantity // bytes a record takes in memory, with what it refers to
	Read  Quantity // of a source: bytes it reads from outside

	// Distinct is how many different values a field has, by its path; Share is which part
	// of all records has the most frequent one, from 0 to 1.
	Distinct map[string]Quantity
	Share    map[string]Quantity
}

// Statistics are those of the nodes of a graph, by the node's number. Nodes may be
// missing.
type Statistics map[int]Statistic

// With returns statistics in which those of other come first.
func (s Statistics) With(other Statistics) Statistics {
	merged := make(Statistics, len(s)+len(other))
	for id, a := range s {
		merged[id] = a
	}
	for id, b := range other {
		a := merged[id]
		if b.Rows.Known() {
			a.Rows = b.Rows
		}
		if b.Ratio.Known() {
			a.Ratio = b.Ratio
			if !b.Rows.Known() {
				a.Rows = Quantity{}
			}
		}
		if b.Width.Known() {
			a.Width = b.Width
		}
		if b.Read.Known() {
			a.Read = b.Read
		}
		a.Distinct = overlay(a.Distinct, b.Distinct)
		a.Share = overlay(a.Share, b.Share)
		merged[id] = a
	}
	return merged
}

func overlay(a, b map[string]Quantity) map[string]Quantity {
	if len(b) == 0 {
		return a
	}
	merged := make(map[string]Quantity, len(a)+len(b))
	for path, q := range a {
		merged[path] = q
	}
	for path, q := range b {
		merged[path] = q
	}
	return merged
}

// hinted are the statistics of a node's hints.
func hinted(n *plan.Node) Statistic {
	h := n.Known.Hints
	quantity := func(v float64) Quantity {
		if v <= 0 || math.IsNaN(v) {
			return Quantity{}
		}
		return Quantity{v, Hinted}
	}
	s := Statistic{Rows: quantity(h.Rows), Ratio: quantity(h.Selectivity), Width: quantity(h.Width)}
	for path, v := range h.Distinct {
		s.Distinct = overlay(s.Distinct, map[string]Quantity{path: quantity(v)})
	}
	return s
}

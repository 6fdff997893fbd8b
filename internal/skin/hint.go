package skin

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/thalweg/thalweg/internal/plan"
)

// Hint is something that the user says about the records an operator makes.
type Hint struct {
	What  Subject
	Value float64
}

// Subject is what a hint is about.
type Subject uint8

// The subjects. The zero value is none.
const (
	_           Subject = iota
	Rows                // how many there are
	Size                // bytes of all of them
	Width               // bytes of one
	Selectivity         // how many come out for each that goes in
)

func (s Subject) String() string {
	return [...]string{"a hint", "Rows", "Size", "Width", "Selectivity"}[s]
}

// most is what a hint may say at most: what is beyond is a slip, and would leave
// nothing to compare of what plans are estimated to cost.
var most = [...]float64{0, 1e15, 1e18, 1e12, 1e9}

// Hint notes what the user says about the records of an operator; what cannot be true
// is a mistake. What was said of the same subject before is replaced.
func (f *Flow[T]) Hint(hints []Hint) { hint(f.Graph, f.Node, f.Input, hints) }

func hint(g *plan.Graph, n *plan.Node, records plan.Input, hints []Hint) {
	if !hasHints(g, n, records) {
		return
	}
	var given [len(most)]float64
	for _, h := range hints {
		if err := possible(n, h); err != nil {
			Mistake(g, err)
			return
		}
		given[h.What] = h.Value
	}
	known := &n.Known.Hints
	if v := given[Selectivity]; v > 0 {
		known.Selectivity = v
	}
	if v := given[Width]; v > 0 {
		known.Width = v
	}
	rows, size := given[Rows], given[Size]
	switch {
	case rows > 0 && size > 0 && given[Width] > 0:
		Mistake(g, errors.New("of Rows, Size and Width two say the third"))
	case rows > 0 && size > 0:
		known.Rows, known.Size, known.Width = rows, 0, size/rows
	case rows > 0:
		known.Rows, known.Size = rows, 0
	case size > 0:
		known.Rows, known.Size = 0, size
	}
	if width := widthOf(n); known.Size > 0 && width > 0 {
		known.Rows = max(known.Size/width, 1)
	}
	checkDistinct(g, n)
}

// hasHints reports whether an operator can have hints: it has one output that programs
// read. If not, that is noted.
func hasHints(g *plan.Graph, n *plan.Node, records plan.Input) bool {
	if !isOperator(g, n, "hints") {
		return false
	}
	if n.Kind == "split" || records[0].Port > 0 {
		Mistake(g, errors.New("one of several outputs cannot have hints"))
		return false
	}
	return true
}

// possible returns what keeps a hint from being true of what an operator makes.
func possible(n *plan.Node, h Hint) error {
	if h.What == 0 {
		return errors.New("an empty hint: make one with Rows, Size, Width or Selectivity")
	}
	if !(h.Value > 0 && h.Value <= most[h.What]) {
		return fmt.Errorf("%s(%v): it must be more than 0 and at most %v", h.What, h.Value, most[h.What])
	}
	if h.What != Selectivity {
		return nil
	}
	rows := n.Known.Rows
	switch {
	case len(n.Inputs) == 0 || rows == plan.SameRows || rows == plan.OnePerKey || rows == plan.AtMost:
		return fmt.Errorf("%s(%v): what %s makes does not follow from it; Rows says how many there are", h.What, h.Value, n.Kind)
	case h.Value > 1 && (rows == plan.Subset || rows == plan.SemiRows):
		return fmt.Errorf("%s(%v): %s keeps some of its records, so at most 1", h.What, h.Value, n.Kind)
	}
	return nil
}

// widthOf is the width of a node's records as far as it is certain, in bytes; else 0.
func widthOf(n *plan.Node) float64 {
	if w := n.Known.Hints.Width; w > 0 {
		return w
	}
	if e := n.Outputs[0]; e != nil && !e.Aliases() {
		return float64(e.RowSize())
	}
	return 0
}

// HintDistinct notes how many different values a field of an operator's records has.
func HintDistinct[T, V any](f Flow[T], field func(*T) *V, values int64) {
	if !hasHints(f.Graph, f.Node, f.Input) {
		return
	}
	c, ok := copied(f.Graph, field, field)
	if !ok {
		return
	}
	hintDistinct(f.Graph, f.Node, c.from.Path(), values)
}

func hintDistinct(g *plan.Graph, n *plan.Node, path string, values int64) {
	if values < 1 || float64(values) > most[Rows] {
		Mistake(g, fmt.Errorf("%d different values of %s: it must be more than 0 and at most %v", values, fieldName(path), most[Rows]))
		return
	}
	all := maps.Clone(n.Known.Hints.Distinct)
	if all == nil {
		all = map[string]float64{}
	}
	all[path] = float64(values)
	n.Known.Hints.Distinct = all
	checkDistinct(g, n)
}

// checkDistinct notes fields that are said to have more values than there are records.
func checkDistinct(g *plan.Graph, n *plan.Node) {
	h := n.Known.Hints
	for _, path := range slices.Sorted(maps.Keys(h.Distinct)) {
		if v := h.Distinct[path]; h.Rows > 0 && v > h.Rows {
			Mistake(g, fmt.Errorf("%v different values of %s in %v records", v, fieldName(path), h.Rows))
		}
	}
}

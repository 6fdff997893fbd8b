package optimizer

import (
	"math"

	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/types"
)

// Rules of thumb, for where nothing is known. They are said to be guesses.
const (
	unknownBytes    = 1e9  // of a source: what it has is to be taken for large
	guessedPass     = 0.5  // part of the records that pass a filter or have a partner
	guessedShrink   = 0.2  // records a combiner makes of each it gets
	guessedGroups   = 0.5  // groups of the records that were combined
	guessedReferred = 16.0 // bytes that a string, slice or map refers to
	guessedRejects  = 0.0  // records of outputs beside the first one of a source
)

// Estimate is what is expected of an output.
type Estimate struct {
	Rows  Quantity
	Width Quantity // bytes a record takes in memory
}

// Bytes are those of all records.
func (e Estimate) Bytes() Quantity { return from(e.Rows.Value*e.Width.Value, e.Rows, e.Width) }

// estimator computes what the nodes of a graph make, from statistics of some.
type estimator struct {
	stats    Statistics
	subtasks map[*plan.Node]int
	done     map[*plan.Node]Estimate
}

// of returns the estimate of a node's first output.
func (e *estimator) of(n *plan.Node) Estimate {
	if done, ok := e.done[n]; ok {
		return done
	}
	s, in := e.stats[n.ID], e.inputs(n)
	est := Estimate{Width: s.Width}
	if !est.Width.Known() && len(n.Outputs) > 0 {
		est.Width = guessWidth(n, 0)
	}
	switch {
	case s.Rows.Known():
		est.Rows = s.Rows
	case n.Known.Hints.Size > 0:
		est.Rows = from(n.Known.Hints.Size/max(est.Width.Value, 1), Quantity{Origin: Hinted})
	case s.Ratio.Known() && len(in) > 0:
		est.Rows = from(s.Ratio.Value*in[0].Value, s.Ratio, in[0])
	default:
		est.Rows = e.rows(n, in, est.Width)
	}
	est.Rows.Value = max(est.Rows.Value, 0)
	e.done[n] = est
	return est
}

// inputs are the records of each input of a node, all edges together.
func (e *estimator) inputs(n *plan.Node) []Quantity {
	in := make([]Quantity, len(n.Inputs))
	for i, edges := range n.Inputs {
		in[i] = Quantity{0, Supposed}
		for _, edge := range edges {
			q := e.edge(edge).Rows
			in[i] = from(in[i].Value+q.Value, in[i], q)
		}
	}
	return in
}

// edge returns what goes over an edge.
func (e *estimator) edge(edge plan.Edge) Estimate {
	n := edge.From
	est := e.of(n)
	if edge.Port > 0 {
		est.Width = guessWidth(n, edge.Port)
	}
	switch {
	case len(n.Outputs) == 1:
	case n.Source != nil && edge.Port > 0:
		est.Rows = Quantity{guessedRejects, Guessed}
	case n.Source == nil: // a split
		est.Rows = guessed(est.Rows.Value/float64(len(n.Outputs)), est.Rows)
	}
	return est
}

// guessed is a rule of thumb applied to another number.
func guessed(value float64, of ...Quantity) Quantity {
	q := from(value, of...)
	q.Origin = min(q.Origin, Guessed)
	return q
}

// rows follows from the inputs of a node how many records it makes.
func (e *estimator) rows(n *plan.Node, in []Quantity, width Quantity) Quantity {
	if len(in) == 0 {
		return Quantity{unknownBytes / max(width.Value, 1), Unknown}
	}
	first := in[0]
	switch n.Known.Rows {
	case plan.SameRows:
		return first
	case plan.Subset:
		return guessed(first.Value*guessedPass, first)
	case plan.OnePerKey:
		return e.groups(n, in)
	case plan.PerPair:
		return e.pairs(n, in)
	case plan.SemiRows:
		return e.partners(n, in)
	case plan.AllPairs:
		return from(first.Value*in[1].Value, in...)
	case plan.AtMost:
		most := float64(n.Known.Limit) * float64(e.subtasks[n])
		if first.Value <= most {
			return first
		}
		return Quantity{most, max(first.Origin, Guessed)}
	}
	sum := 0.0
	for _, q := range in {
		sum += q.Value
	}
	return guessed(sum, in...)
}

// groups is the number of keys. A node in front of an exchange has each key in each
// subtask, if it comes often enough.
func (e *estimator) groups(n *plan.Node, in []Quantity) Quantity {
	if len(n.Known.Keys) < len(in) {
		return guessed(in[0].Value*guessedShrink, in...)
	}
	var keys Quantity
	for i, q := range in {
		d := e.distinctIn(n.Inputs[i], n.Known.Keys[i])
		switch {
		case !d.Known() && e.local(n):
			d = guessed(q.Value*guessedShrink, q)
		case !d.Known():
			d = guessed(q.Value*guessedGroups, q)
		case e.local(n):
			subtasks := float64(e.subtasks[n])
			d.Value = drawn(q.Value/subtasks, d.Value) * subtasks
		}
		if i == 0 || d.Value > keys.Value {
			keys = d
		}
	}
	return keys
}

// local reports whether records of a key may be in several subtasks of a node.
func (e *estimator) local(n *plan.Node) bool {
	if e.subtasks[n] == 1 || len(n.Strategies) > 0 && n.Strategies[0].Ships != nil {
		return false
	}
	for _, in := range n.Inputs {
		for _, edge := range in {
			if edge.Ship == 0 {
				return true
			}
		}
	}
	return false
}

// drawn is how many different values n records have that are drawn from d values:
// d (1 - (1 - 1/d)^n), which Cardenas gives (Analysis and Performance of Inverted Data
// Base Structures, CACM 18, 1975).
func drawn(n, d float64) float64 {
	if d <= 1 || n <= 0 {
		return max(min(n, d), 0)
	}
	return d * -math.Expm1(n*math.Log1p(-1/d))
}

// pairs is the number of pairs of records with equal keys, all values of the side with
// fewer being among those of the other one.
func (e *estimator) pairs(n *plan.Node, in []Quantity) Quantity {
	l, r := in[0], in[1]
	dl, dr := e.distinctIn(n.Inputs[0], n.Known.Keys[0]), e.distinctIn(n.Inputs[1], n.Known.Keys[1])
	var rows Quantity
	switch {
	case l.Value == 0 || r.Value == 0:
		rows = from(0, l, r)
	case dl.Known() && dr.Known():
		rows = from(l.Value*r.Value/max(dl.Value, dr.Value, 1), l, r, dl, dr)
	case dl.Known():
		rows = guessed(l.Value/max(dl.Value, 1)*r.Value, l, r)
	case dr.Known():
		rows = guessed(r.Value/max(dr.Value, 1)*l.Value, l, r)
	default: // each of the many meets one of the few
		rows = guessed(max(l.Value, r.Value), l, r)
	}
	for i, optional := range n.Known.Optional {
		if optional {
			rows.Value = max(rows.Value, in[1-i].Value)
		}
	}
	return rows
}

// partners is the number of records of the first input with a partner in the second.
func (e *estimator) partners(n *plan.Node, in []Quantity) Quantity {
	dl, dr := e.distinctIn(n.Inputs[0], n.Known.Keys[0]), e.distinctIn(n.Inputs[1], n.Known.Keys[1])
	if !dl.Known() || !dr.Known() || n.Known.Anti {
		return guessed(in[0].Value*guessedPass, in...)
	}
	return from(in[0].Value*min(1, dr.Value/max(dl.Value, 1)), in[0], in[1], dl, dr)
}

// distinctIn is the number of values a key has in an input; unknown if nobody knows.
func (e *estimator) distinctIn(in plan.Input, key plan.Key) Quantity {
	if !key.Field {
		return Quantity{}
	}
	var all Quantity
	for i, edge := range in {
		d := e.distinct(edge.From, edge.Port, key.Path)
		if !d.Known() {
			return Quantity{}
		}
		if i == 0 || d.Value > all.Value { // those of a union are assumed to be the same
			all = Quantity{d.Value, minOrigin(i, all, d)}
		}
	}
	return all
}

func minOrigin(i int, a, b Quantity) Origin {
	if i == 0 {
		return b.Origin
	}
	return min(a.Origin, b.Origin)
}

// distinct is the number of values that a field of a node's output has.
func (e *estimator) distinct(n *plan.Node, port int, path string) Quantity {
	if port > 0 {
		return Quantity{}
	}
	rows := e.of(n).Rows
	d := e.stats[n.ID].Distinct[path]
	if d.Known() {
		d.Value = min(d.Value, rows.Value)
	}
	if d.Origin > Sampled || !d.Known() && e.unique(n, path) {
		if !d.Known() {
			d = rows
		}
		return d
	}
	// Of a sample that a filter has left little of, that of the filter's input knows more.
	if copied := e.copied(n, path, rows); copied.Known() && (!d.Known() || copied.Value < d.Value) {
		return copied
	}
	return d
}

// copied is the number of values of a field that is copied from an input.
func (e *estimator) copied(n *plan.Node, path string, rows Quantity) Quantity {
	for _, c := range n.Known.Copies {
		part, ok := plan.Key{Path: c.To}.Part(path)
		if !ok || c.Input >= len(n.Inputs) {
			continue
		}
		d := e.distinctIn(n.Inputs[c.Input], plan.Key{Field: true, Path: plan.JoinPath(c.From, part)})
		if d.Known() {
			return from(drawn(rows.Value, d.Value), d, rows)
		}
	}
	return Quantity{}
}

// unique reports whether a field of the output is the key of its groups, so that it
// has a value of its own in every record.
func (e *estimator) unique(n *plan.Node, path string) bool {
	if n.Known.Rows != plan.OnePerKey || len(n.Known.Keys) != 1 || e.local(n) {
		return false
	}
	for _, c := range n.Known.Copies {
		part, ok := n.Known.Keys[0].Part(c.From)
		if ok && part == "" && c.To == path {
			return true
		}
	}
	return false
}

// skew is the part of an input's records that has the most frequent key.
func (e *estimator) skew(in plan.Input, key plan.Key) float64 {
	if !key.Field || len(in) != 1 || in[0].Port > 0 {
		return 0
	}
	return e.skewOf(in[0].From, key.Path)
}

func (e *estimator) skewOf(n *plan.Node, path string) float64 {
	if q := e.stats[n.ID].Share[path]; q.Known() {
		return q.Value
	}
	if n.Known.Rows == plan.OnePerKey {
		return 0
	}
	for _, c := range n.Known.Copies {
		if part, ok := (plan.Key{Path: c.To}).Part(path); ok && c.Input < len(n.Inputs) {
			return e.skew(n.Inputs[c.Input], plan.Key{Field: true, Path: plan.JoinPath(c.From, part)})
		}
	}
	return 0
}

// guessWidth is the size of a record without what it refers to, which is exact if it
// refers to nothing.
func guessWidth(n *plan.Node, port int) Quantity {
	element := n.Outputs[port]
	if element == nil {
		return Quantity{1, Unknown}
	}
	size := float64(element.RowSize())
	if refs := references(element.Schema(), map[*types.Schema]bool{}); refs > 0 {
		return Quantity{size + float64(refs)*guessedReferred, Guessed}
	}
	return Quantity{max(size, 1), Measured}
}

// references counts the parts of a record that are elsewhere.
func references(s *types.Schema, seen map[*types.Schema]bool) int {
	if s == nil || seen[s] {
		return 0
	}
	seen[s] = true
	defer delete(seen, s)
	switch s.Kind {
	case types.Struct:
		n := 0
		for _, f := range s.Fields {
			n += references(f.Schema, seen)
		}
		return n
	case types.Array:
		return s.Len * references(s.Elem, seen)
	case types.Bool, types.Int, types.Int8, types.Int16, types.Int32, types.Int64,
		types.Uint, types.Uint8, types.Uint16, types.Uint32, types.Uint64,
		types.Float32, types.Float64, types.Complex64, types.Complex128, types.Time, types.Duration:
		return 0
	}
	return 1
}

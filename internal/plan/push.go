package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
)

// What nobody needs is left out by sources that can do so: records that do not satisfy
// the filters behind a source, and fields that no operator looks at.
//
//	source ── where a ── where b ── pick ── …
//	   └── fields of a, b and pick; records that satisfy a and b
//
// It follows from the graph, so that all processes of a job find the same. What a source
// does not promise for all its records is done by the filter, as if it had not been
// asked.

// Where is what a filter is made of.
type Where struct {
	Conditions []Condition

	// Filter is the filter that is left if some conditions are known to hold.
	Filter func(holds []bool) operator.Factory
}

// Condition is a connect.Condition of the filter's records.
type Condition interface {
	fmt.Stringer
	Places() []connect.Place
}

// Need is what is needed of a source; see [connect.Need].
type Need struct {
	Fields []string
	Where  []Condition
}

// Narrowed is a source that leaves out what is not needed; see [connect.Narrowed].
type Narrowed struct {
	Factory operator.Factory
	Splits  func(connect.SplitContext) ([]connect.Split, error)
	Holds   []bool
}

// pushed is how a source or filter runs instead of as it was written.
type pushed struct {
	factory operator.Factory
	splits  func(connect.SplitContext) ([]connect.Split, error) // of sources
	says    []string
	drops   bool // records are left out
}

// Splits returns what lists the pieces of a source.
func (p *Plan) Splits(n *Node) func(connect.SplitContext) ([]connect.Split, error) {
	if pushed := p.pushed[n]; pushed != nil {
		return pushed.splits
	}
	return n.Source.Splits
}

// Pushed says in words what a source leaves out, or what of a filter its source does.
// It is empty where nothing was pushed.
func (p *Plan) Pushed(n *Node) []string {
	if pushed := p.pushed[n]; pushed != nil {
		return pushed.says
	}
	return nil
}

// Drops reports whether a source leaves out records that it would have if nobody had
// asked: how many it makes says nothing about how many there are.
func (p *Plan) Drops(n *Node) bool { return p.pushed[n] != nil && p.pushed[n].drops }

// push asks all sources.
func push(used []*Node) map[*Node]*pushed {
	u := users{readers: map[*Node][]use{}, known: map[*Node][]string{}}
	for _, n := range used {
		u.add(n)
	}
	all := map[*Node]*pushed{}
	for _, n := range used {
		if n.Source != nil && n.Source.Narrow != nil && !n.Unbounded {
			u.pushInto(n, all)
		}
	}
	return all
}

// use is an edge that somebody reads; a broadcast set has the input -1.
type use struct {
	node  *Node
	input int
	edge  Edge
}

// users are who reads the outputs of nodes.
type users struct {
	readers map[*Node][]use
	known   map[*Node][]string // fields of their first output that are looked at
}

func (u *users) add(n *Node) {
	for i, in := range n.Inputs {
		for _, e := range in {
			u.readers[e.From] = append(u.readers[e.From], use{n, i, e})
		}
	}
	for _, b := range n.Broadcasts {
		for _, e := range b.Input {
			u.readers[e.From] = append(u.readers[e.From], use{n, -1, e})
		}
	}
}

// pushInto asks one source.
func (u *users) pushInto(source *Node, all map[*Node]*pushed) {
	if slices.ContainsFunc(u.readers[source], func(r use) bool { return r.edge.Port > 0 }) {
		return // somebody wants to know of all that is wrong with the input
	}
	filters := u.filters(source)
	need := Need{Fields: u.fields(source)}
	for _, f := range filters {
		need.Where = append(need.Where, f.Where.Conditions...)
	}
	if need.Fields == nil && len(need.Where) == 0 {
		return
	}
	narrowed := source.Source.Narrow(need)
	if narrowed.Factory == nil {
		return
	}
	p := &pushed{factory: narrowed.Factory, splits: narrowed.Splits}
	if need.Fields != nil {
		p.says = append(p.says, "reads only "+fieldList(need.Fields))
	}
	for _, f := range filters {
		holds := narrowed.Holds[:len(f.Where.Conditions)]
		narrowed.Holds = narrowed.Holds[len(holds):]
		var done []string
		for i, c := range f.Where.Conditions {
			if holds[i] {
				done = append(done, c.String())
			}
		}
		if len(done) == 0 {
			continue
		}
		p.drops = true
		for _, c := range done {
			p.says = append(p.says, "only where "+c)
		}
		says := "done by the source"
		if len(done) < len(holds) {
			says += ": " + strings.Join(done, ", ")
		}
		all[f] = &pushed{factory: f.Where.Filter(holds), says: []string{says}}
	}
	all[source] = p
}

// filters are those behind a source that nobody else reads in between.
func (u *users) filters(n *Node) (filters []*Node) {
	for {
		readers := u.readers[n]
		if len(readers) != 1 || readers[0].input != 0 || readers[0].node.Where == nil || len(readers[0].node.Inputs[0]) != 1 || len(readers[0].node.Broadcasts) > 0 {
			return filters
		}
		n = readers[0].node
		filters = append(filters, n)
	}
}

// fields are the paths of the fields of a node's first output that are looked at, in
// order; nil if all may be.
func (u *users) fields(n *Node) []string {
	if known, ok := u.known[n]; ok {
		return known
	}
	fields := []string{}
	for _, r := range u.readers[n] {
		more := u.read(r)
		if more == nil {
			fields = nil
			break
		}
		fields = append(fields, more...)
	}
	if fields != nil {
		slices.Sort(fields)
		if fields = slices.Compact(fields); len(fields) > 0 && fields[0] == "" {
			fields = nil // the record
		}
	}
	u.known[n] = fields
	return fields
}

// read is what is looked at of the records of an edge; nil if it may be all of them.
func (u *users) read(r use) []string {
	n, known := r.node, r.node.Known
	if r.input < 0 || r.input >= len(known.Reads) || known.Reads[r.input] == nil {
		return nil
	}
	fields := slices.Clone(known.Reads[r.input])
	var keys []Key
	if r.input < len(known.Keys) {
		keys = append(keys, known.Keys[r.input])
	}
	if r.edge.Ship == operator.Hash || r.edge.Ship == operator.Custom || r.edge.Ship == operator.Range {
		keys = append(keys, r.edge.Key)
	}
	for _, k := range keys {
		if !k.Field {
			return nil
		}
		fields = append(fields, k.Path)
	}
	for _, c := range known.Copies {
		switch {
		case c.Input != r.input:
		case c.From == "" && c.To == "":
			more := u.fields(n)
			if more == nil {
				return nil
			}
			fields = append(fields, more...)
		default:
			fields = append(fields, c.From)
		}
	}
	return fields
}

// fieldList is fields in words.
func fieldList(fields []string) string {
	if len(fields) == 0 {
		return "no field"
	}
	return strings.Join(fields, " ")
}

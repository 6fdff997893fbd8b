package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Explanation is a plan in a form for readers and programs.
type Explanation struct {
	Job         string            `json:"job"`
	Fingerprint string            `json:"fingerprint"`
	Parallelism int               `json:"parallelism"`
	Arguments   map[string]string `json:"arguments,omitempty"`
	Operators   []Operator        `json:"operators"`
	Edges       []EdgeLine        `json:"edges"`
	Unused      []Unused          `json:"unused,omitempty"`
}

// Unused is an operator that does not run, as no sink reads what it makes.
type Unused struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	Site string `json:"site"`
}

// Operator is one operator of an Explanation.
type Operator struct {
	ID          int      `json:"id"`
	Kind        string   `json:"kind"`
	Name        string   `json:"name"`
	Detail      []string `json:"detail,omitempty"`
	Parallelism int      `json:"parallelism"`
	Chain       int      `json:"chain"`
	Output      string   `json:"output,omitempty"` // the type of the first output port
	Site        string   `json:"site"`
	Client      bool     `json:"client,omitempty"`
}

// EdgeLine is one edge of an Explanation.
type EdgeLine struct {
	From     int    `json:"from"`
	Port     int    `json:"port,omitempty"`
	To       int    `json:"to"`
	Input    string `json:"input"` // the input's number, or "broadcast set"
	Ship     string `json:"ship"`  // "chained" inside a chain
	Buffered bool   `json:"buffered,omitempty"`
}

// Explain describes the plan.
func (p *Plan) Explain() *Explanation {
	x := &Explanation{Job: p.Graph.Name, Fingerprint: p.Graph.Fingerprint().Sum(), Parallelism: p.Parallelism}
	for _, a := range p.Graph.Arguments {
		if x.Arguments == nil {
			x.Arguments = map[string]string{}
		}
		x.Arguments[a.Name] = a.Value
	}
	for _, n := range p.Unused {
		x.Unused = append(x.Unused, Unused{ID: n.ID, Name: n.Name, Site: n.Site.String()})
	}
	for _, n := range p.Nodes {
		chain := p.ChainOf(n)
		o := Operator{
			ID: n.ID, Kind: n.Kind, Name: n.Name, Detail: n.Detail, Parallelism: chain.Parallelism,
			Chain: chain.ID, Site: n.Site.String(), Client: n.Client,
		}
		if len(n.Outputs) > 0 {
			o.Output = n.Outputs[0].Schema().String()
		}
		x.Operators = append(x.Operators, o)
		p.explainEdges(x, n, chain)
	}
	return x
}

func (p *Plan) explainEdges(x *Explanation, n *Node, chain *Chain) {
	for i, in := range n.Inputs {
		for _, e := range in {
			if p.ChainOf(e.From) == chain {
				x.Edges = append(x.Edges, EdgeLine{From: e.From.ID, Port: e.Port, To: n.ID, Input: fmt.Sprint(i), Ship: "chained"})
			}
		}
	}
	for _, ex := range chain.Inputs {
		if ex.Node != n {
			continue
		}
		line := EdgeLine{From: ex.Edge.From.ID, Port: ex.Edge.Port, To: n.ID, Input: fmt.Sprint(ex.Input), Ship: ex.Edge.label(), Buffered: ex.Buffered}
		if ex.Input < 0 {
			line.Input = "broadcast set"
		}
		x.Edges = append(x.Edges, line)
	}
}

// JSON returns the explanation as indented JSON with a final newline.
func (x *Explanation) JSON() string {
	b, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(b) + "\n"
}

// DOT returns the explanation in the language of Graphviz, chains as boxes.
func (x *Explanation) DOT() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n", x.Job)
	chains := 0
	for _, o := range x.Operators {
		chains = max(chains, o.Chain+1)
	}
	for c := range chains {
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    style=dotted;\n", c)
		for _, o := range x.Operators {
			if o.Chain == c {
				fmt.Fprintf(&b, "    n%d [label=%q];\n", o.ID, fmt.Sprintf("%s ×%d\n%s", o.title(), o.Parallelism, o.Site))
			}
		}
		b.WriteString("  }\n")
	}
	for _, e := range x.Edges {
		fmt.Fprintf(&b, "  n%d -> n%d [label=%q];\n", e.From, e.To, e.label())
	}
	b.WriteString("}\n")
	return b.String()
}

// title is the operator's name, kind and properties: `count words: aggregate
// (key Text, sum Count)`.
func (o Operator) title() string {
	t := o.Kind
	if o.Name != o.Kind {
		t = o.Name + ": " + o.Kind
	}
	if len(o.Detail) > 0 {
		t += " (" + strings.Join(o.Detail, ", ") + ")"
	}
	return t
}

func (e EdgeLine) label() string {
	l := e.Ship
	if e.Input == "broadcast set" {
		l = "broadcast set"
	} else if e.Input != "0" {
		l += ", input " + e.Input
	}
	if e.Port > 0 {
		l += fmt.Sprintf(", output %d", e.Port)
	}
	if e.Buffered {
		l += ", buffered"
	}
	return l
}

// Text returns the explanation as a tree: sinks are roots, inputs hang below
// their users. An operator with several users is drawn once.
func (x *Explanation) Text() string {
	t := &textTree{x: x, drawn: map[int]bool{}}
	chains := 0
	used := map[int]bool{}
	for _, o := range x.Operators {
		chains = max(chains, o.Chain+1)
	}
	for _, e := range x.Edges {
		used[e.From] = true
	}
	fmt.Fprintf(&t.out, "%s: %s in %s, parallelism %d, fingerprint %s\n", x.Job, plural(len(x.Operators), "operator"), plural(chains, "chain"), x.Parallelism, x.Fingerprint)
	for _, o := range x.Operators {
		if !used[o.ID] {
			t.out.WriteByte('\n')
			t.draw(o.ID, "", "")
		}
	}
	if len(x.Unused) > 0 {
		t.out.WriteString("\nno sink reads these, so they do not run:\n")
	}
	for _, u := range x.Unused {
		fmt.Fprintf(&t.out, "[%d] %s  %s\n", u.ID, u.Name, u.Site)
	}
	return t.out.String()
}

type textTree struct {
	x     *Explanation
	out   strings.Builder
	drawn map[int]bool
}

// draw writes an operator's line after head, and its inputs below it after tail.
func (t *textTree) draw(id int, head, tail string) {
	o := t.x.operator(id)
	if t.drawn[id] {
		fmt.Fprintf(&t.out, "%s[%d] %s, see above\n", head, id, o.Name)
		return
	}
	t.drawn[id] = true
	fmt.Fprintf(&t.out, "%s[%d] %s  ×%d  chain %d  %s\n", head, id, o.title(), o.Parallelism, o.Chain, o.Site)
	var in []EdgeLine
	for _, e := range t.x.Edges {
		if e.To == id {
			in = append(in, e)
		}
	}
	for i, e := range in {
		branch, rest := "├─ ", "│  "
		if i == len(in)-1 {
			branch, rest = "└─ ", "   "
		}
		t.draw(e.From, tail+branch+e.label()+": ", tail+rest)
	}
}

func (x *Explanation) operator(id int) Operator {
	return x.Operators[slices.IndexFunc(x.Operators, func(o Operator) bool { return o.ID == id })]
}

// plural counts things: "1 chain", "2 chains".
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

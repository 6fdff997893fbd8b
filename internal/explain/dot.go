package explain

import (
	"fmt"
	"strings"
)

// DOT returns the report in the language of Graphviz, chains as boxes.
func (r *Report) DOT() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n", r.Job)
	for c := range r.chains() {
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    style=dotted;\n", c)
		for _, o := range r.Operators {
			if o.Chain == c {
				fmt.Fprintf(&b, "    n%d [label=%q];\n", o.ID, strings.Join(o.labels(), "\n"))
			}
		}
		b.WriteString("  }\n")
	}
	for _, e := range r.Edges {
		style := ""
		if e.Loop {
			style = ", constraint=false, style=dashed"
		}
		fmt.Fprintf(&b, "  n%d -> n%d [label=%q%s];\n", e.From, e.To, e.label(), style)
	}
	b.WriteString("}\n")
	return b.String()
}

// labels are the lines of an operator in a picture.
func (o *Operator) labels() []string {
	lines := []string{fmt.Sprintf("%s ×%d", o.title(), o.Parallelism), o.Site}
	if o.Strategy != "" {
		lines = append(lines, o.Strategy)
	}
	if o.Rows != nil {
		lines = append(lines, o.estimate())
	}
	if o.Cost != nil {
		lines = append(lines, seconds(o.Cost.Seconds))
	}
	if a := o.Actual; a != nil {
		lines = append(lines, fmt.Sprintf("actual: %s rows, %s", count(float64(a.rows())), seconds(a.Busy)))
	}
	return lines
}

package explain

import (
	"fmt"
	"strings"
)

// Text returns the report as a tree: sinks are roots, inputs hang below their users.
// An operator with several users is drawn once. What the report does not have is not
// mentioned.
func (r *Report) Text() string {
	t := &text{r: r, drawn: map[int]bool{}, busy: r.busy()}
	fmt.Fprintf(&t.out, "%s: %s in %s, parallelism %d%s, fingerprint %s\n", r.Job, plural(len(r.Operators), "operator"),
		plural(r.chains(), "chain"), r.Parallelism, r.processes(), r.Fingerprint)
	t.summary()
	used := map[int]bool{}
	for _, e := range r.Edges {
		used[e.From] = true
	}
	for i := range r.Operators {
		if o := &r.Operators[i]; !used[o.ID] {
			t.out.WriteByte('\n')
			t.draw(o, "", "")
		}
	}
	for i := range r.Operators { // those in a circle that no sink reads
		if o := &r.Operators[i]; !t.drawn[o.ID] {
			t.out.WriteByte('\n')
			t.draw(o, "", "")
		}
	}
	if len(r.Unused) > 0 {
		t.out.WriteString("\nno sink reads these, so they do not run:\n")
	}
	for _, u := range r.Unused {
		fmt.Fprintf(&t.out, "[%d] %s  %s\n", u.ID, u.Name, u.Site)
	}
	t.functions()
	t.history()
	t.flips()
	return t.out.String()
}

// columns is how wide a text may be, where that can be helped.
const columns = 120

type text struct {
	r     *Report
	out   strings.Builder
	drawn map[int]bool
	busy  float64 // seconds of all operators
}

// draw writes an operator's line after head, what is known of it below, and its
// inputs below that, after tail.
func (t *text) draw(o *Operator, head, tail string) {
	if t.drawn[o.ID] {
		fmt.Fprintf(&t.out, "%s[%d] %s, see above\n", head, o.ID, o.Name)
		return
	}
	t.drawn[o.ID] = true
	fmt.Fprintf(&t.out, "%s[%d] %s  ×%d  chain %d  %s\n", head, o.ID, o.title(), o.Parallelism, o.Chain, o.Site)
	var in []*Edge
	for i := range t.r.Edges {
		if e := &t.r.Edges[i]; e.To == o.ID {
			in = append(in, e)
		}
	}
	below := tail + "│  "
	if len(in) == 0 {
		below = tail + "   "
	}
	for _, line := range t.lines(o) {
		t.wrap(below, line)
	}
	for i, e := range in {
		branch, rest := "├─ ", "│  "
		if i == len(in)-1 {
			branch, rest = "└─ ", "   "
		}
		t.draw(t.r.operator(e.From), tail+branch+e.line()+": ", tail+rest)
	}
}

// wrap writes phrases separated by semicolons, as many in a line as have room, lines
// behind the first one a little to the right.
func (t *text) wrap(indent string, phrases []string) {
	width := len([]rune(indent))
	line := ""
	for _, p := range phrases {
		switch {
		case line == "":
			line = p
		case width+len([]rune(line))+2+len([]rune(p)) <= columns:
			line += "; " + p
		default:
			fmt.Fprintf(&t.out, "%s%s;\n", indent, line)
			line = "  " + p
		}
	}
	if line != "" {
		fmt.Fprintf(&t.out, "%s%s\n", indent, line)
	}
}

// lines are what is known of an operator, in phrases.
func (t *text) lines(o *Operator) [][]string {
	var choice, estimate, actual []string
	if o.Strategy != "" {
		choice = append(choice, o.choice())
	}
	for _, a := range o.Alternatives {
		choice = append(choice, "not "+a.phrase())
	}
	if o.Rows != nil || o.Width != nil {
		estimate = append(estimate, o.estimate())
	}
	if o.Cost != nil {
		estimate = append(estimate, o.Cost.phrase(t.r.Cost))
	}
	if o.Share > 0 {
		estimate = append(estimate, size(float64(o.Share))+" of memory a subtask")
	}
	if o.Spills > 0 {
		estimate = append(estimate, size(o.Spills)+" expected to spill")
	}
	if o.Actual != nil {
		actual = t.actual(o)
	}
	return [][]string{o.Pushed, choice, estimate, actual}
}

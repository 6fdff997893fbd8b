package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Diff says in text what is different in plan b. Operators are the same if kind, name,
// properties, place in the program and all that they read are; failing that, if
// they have the same name and kind and stand in the same order. Estimates are
// different if they are by more than a tenth.
func Diff(a, b *Report) string {
	d := &diff{a: a, b: b}
	d.match()
	var out strings.Builder
	fmt.Fprintf(&out, "%s beside %s\n", a.caption(), b.caption())
	for _, line := range d.whole() {
		out.WriteString(line + "\n")
	}
	var removed, added, same int
	for i := range b.Operators {
		o := &b.Operators[i]
		was := d.before[o.ID]
		if was == nil {
			fmt.Fprintf(&out, "\n+ [%d] %s  ×%d  %s\n", o.ID, o.title(), o.Parallelism, o.Site)
			for _, e := range b.into(o.ID) {
				from := b.operator(e.From)
				fmt.Fprintf(&out, "    reads [%d] %s, %s\n", from.ID, from.Name, e.line())
			}
			added++
			continue
		}
		lines := d.operator(was, o)
		if len(lines) == 0 {
			same++
			continue
		}
		fmt.Fprintf(&out, "\n  %s %s  %s\n", d.numbers(was, o), o.title(), o.Site)
		for _, line := range lines {
			out.WriteString("    " + line + "\n")
		}
	}
	for i := range a.Operators {
		if o := &a.Operators[i]; d.after[o.ID] == nil {
			fmt.Fprintf(&out, "\n- [%d] %s  ×%d  %s\n", o.ID, o.title(), o.Parallelism, o.Site)
			removed++
		}
	}
	fmt.Fprintf(&out, "\n%s the same, %d changed, %d added, %d removed\n", plural(same, "operator"), len(b.Operators)-same-added, added, removed)
	return out.String()
}

func (r *Report) caption() string { return r.Job + " (" + r.Fingerprint + ")" }

// numbers are those of an operator before and after.
func (d *diff) numbers(was, is *Operator) string {
	if was.ID == is.ID {
		return fmt.Sprintf("[%d]", is.ID)
	}
	return fmt.Sprintf("[%d → %d]", was.ID, is.ID)
}

// whole is what is different in the plans as wholes.
func (d *diff) whole() (lines []string) {
	a, b := d.a, d.b
	add := func(what, was, is string) {
		if was != is {
			lines = append(lines, what+": "+was+" → "+is)
		}
	}
	add("parallelism", fmt.Sprint(a.Parallelism), fmt.Sprint(b.Parallelism))
	add("processes", fmt.Sprint(a.Processes), fmt.Sprint(b.Processes))
	add("memory", size(float64(a.Memory)), size(float64(b.Memory)))
	names := map[string]bool{}
	for n := range a.Arguments {
		names[n] = true
	}
	for n := range b.Arguments {
		names[n] = true
	}
	for _, n := range sorted(names) {
		add("argument "+n, fmt.Sprintf("%q", a.Arguments[n]), fmt.Sprintf("%q", b.Arguments[n]))
	}
	add("supposed", a.suppositions(), b.suppositions())
	if c := compare("estimated", a.Cost.time(), b.Cost.time(), seconds); c != "" {
		lines = append(lines, c)
	}
	if c := compare("ran", a.Seconds, b.Seconds, seconds); c != "" {
		lines = append(lines, c)
	}
	return lines
}

func (r *Report) suppositions() string {
	var facts []string
	for _, f := range r.Supposed {
		facts = append(facts, f.Name+" = "+quantity(f.Name, f.Value))
	}
	if len(facts) == 0 {
		return "nothing"
	}
	return strings.Join(facts, ", ")
}

// operator is what is different in one of them.
func (d *diff) operator(was, is *Operator) (lines []string) {
	add := func(what, a, b string) {
		if a != b {
			lines = append(lines, what+": "+orNone(a)+" → "+orNone(b))
		}
	}
	add("strategy", was.Strategy, is.Strategy)
	add("parallelism", fmt.Sprint(was.Parallelism), fmt.Sprint(is.Parallelism))
	add("properties", strings.Join(was.Detail, ", "), strings.Join(is.Detail, ", "))
	add("pushed", strings.Join(was.Pushed, "; "), strings.Join(is.Pushed, "; "))
	d.edges(was, is, add)
	compared := []string{
		compare("rows", was.Rows.value(), is.Rows.value(), count),
		compare("width", was.Width.value(), is.Width.value(), size),
		compare("cost", was.Cost.time(), is.Cost.time(), seconds),
		compare("memory of a subtask", float64(was.Share), float64(is.Share), size),
		compare("spills", was.Spills, is.Spills, size),
	}
	if x, y := was.Actual, is.Actual; x != nil && y != nil {
		compared = append(compared,
			compare("rows came", float64(x.rows()), float64(y.rows()), count),
			compare("busy", x.Busy, y.Busy, seconds),
			compare("spilled", float64(x.Spilled), float64(y.Spilled), size),
		)
	}
	for _, c := range compared {
		if c != "" {
			lines = append(lines, c)
		}
	}
	return lines
}

// edges compares what two operators read, input by input.
func (d *diff) edges(was, is *Operator, add func(what, a, b string)) {
	before, after := d.a.into(was.ID), d.b.into(is.ID)
	for i := range max(len(before), len(after)) {
		var x, y *Edge
		if i < len(before) {
			x = before[i]
		}
		if i < len(after) {
			y = after[i]
		}
		switch {
		case x == nil:
			add("reads", "", d.b.source(y)+", "+y.how())
		case y == nil:
			add("reads", d.a.source(x)+", "+x.how(), "")
		default:
			what := "input " + y.Input
			if y.Input == broadcastSet {
				what = broadcastSet
			}
			if d.before[y.From] == nil || d.before[y.From].ID != x.From {
				add(what, d.a.source(x)+", "+x.how(), d.b.source(y)+", "+y.how())
			} else {
				add(what, x.how(), y.how())
			}
		}
	}
}

// source names where an edge comes from.
func (r *Report) source(e *Edge) string {
	o := r.operator(e.From)
	return fmt.Sprintf("[%d] %s", o.ID, o.Name)
}

// how is the way an edge distributes rows.
func (e *Edge) how() string {
	h := e.Ship
	if e.Key != "" {
		h += "(" + e.Key + ")"
	}
	if e.Kept != "" {
		h += ", " + e.Kept
	}
	return h
}

// into returns the edges into an operator, in the order of its inputs.
func (r *Report) into(id int) (edges []*Edge) {
	for i := range r.Edges {
		if r.Edges[i].To == id {
			edges = append(edges, &r.Edges[i])
		}
	}
	slices.SortStableFunc(edges, func(a, b *Edge) int { return strings.Compare(a.Input, b.Input) })
	return edges
}

// compare says how a number has changed, if that is by more than a tenth.
func compare(what string, was, is float64, text func(float64) string) string {
	switch {
	case was == is || math.Abs(is-was) <= 0.1*max(math.Abs(was), math.Abs(is)):
		return ""
	case was <= 0 || is <= 0:
		return fmt.Sprintf("%s: %s → %s", what, text(was), text(is))
	case is > was:
		return fmt.Sprintf("%s: %s → %s, %s more", what, text(was), text(is), times(is/was))
	}
	return fmt.Sprintf("%s: %s → %s, %s less", what, text(was), text(is), times(was/is))
}

// value is 0 of a number that is not there.
func (n *Number) value() float64 {
	if n == nil {
		return 0
	}
	return n.Value
}

// time is 0 of a cost that is not there.
func (c *Cost) time() float64 {
	if c == nil {
		return 0
	}
	return c.Seconds
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func sorted(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for n := range set {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

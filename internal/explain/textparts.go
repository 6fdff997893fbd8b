package explain

import (
	"fmt"
	"slices"
	"strings"
)

// summary writes what is known of the whole: what it costs, what is supposed and
// what nobody knows, and what came of it.
func (t *text) summary() {
	r := t.r
	if c := r.Cost; c != nil {
		line := []string{"estimated " + seconds(c.Seconds)}
		if parts := c.parts(); parts != "" {
			line = append(line, parts)
		}
		if r.Memory > 0 {
			line = append(line, size(float64(r.Memory))+" of memory"+each(r.Processes))
		}
		t.wrap("", line)
	}
	if len(r.Supposed) > 0 {
		facts := make([]string, len(r.Supposed))
		for i, f := range r.Supposed {
			facts[i] = f.Name + " = " + quantity(f.Name, f.Value)
		}
		t.wrap("", append([]string{"supposed: " + facts[0]}, facts[1:]...))
	}
	if len(r.Unknown) > 0 {
		t.wrap("", append([]string{"unknown: " + r.Unknown[0]}, r.Unknown[1:]...))
	}
	for _, w := range r.Warnings {
		t.wrap("", []string{"warning: " + w})
	}
	if r.Seconds > 0 {
		t.ran()
	}
}

// each says of which process, if there are several.
func each(processes int) string {
	if processes > 1 {
		return " a process"
	}
	return ""
}

// ran writes how long the run took, what held it up, and which estimate was the
// furthest off.
func (t *text) ran() {
	line := []string{"ran " + seconds(t.r.Seconds)}
	if c := t.r.Cost; c != nil && c.Seconds > 0 {
		line[0] += ", " + beside(c.Seconds, t.r.Seconds, "less")
	}
	line = append(line, seconds(t.busy)+" of processors")
	if n := t.r.spilled(); n > 0 {
		line = append(line, size(float64(n))+" spilled")
	}
	t.wrap("", line)
	for i := range t.r.Operators {
		if o := &t.r.Operators[i]; o.Actual != nil && o.Actual.Bottleneck {
			t.wrap("", []string{fmt.Sprintf("bottleneck: [%d] %s, %s of processor time", o.ID, o.Name, percent(o.Actual.Busy, t.busy))})
		}
	}
	if o := t.r.worst(); o != nil {
		t.wrap("", []string{fmt.Sprintf("furthest from its estimate: [%d] %s, %s rows instead of %s%s",
			o.ID, o.Name, count(float64(o.Actual.rows())), count(o.Rows.Value), o.Rows.origin())})
	}
}

// actual says what an operator did, beside what was expected of it.
func (t *text) actual(o *Operator) []string {
	a := o.Actual
	rows := count(float64(a.rows())) + " rows"
	if a.RowsOut == 0 {
		rows += " in"
	}
	if o.Rows != nil && o.Rows.Origin != "" && !o.Drops {
		rows += ", " + beside(o.Rows.Value, float64(a.rows()), "fewer")
	}
	line := []string{"actual " + rows}
	if a.RowsIn > 0 && a.RowsOut > 0 {
		line = append(line, count(float64(a.RowsIn))+" in")
	}
	if a.BytesIn > 0 {
		line = append(line, size(float64(a.BytesIn))+" read")
	}
	busy := "busy " + seconds(a.Busy) + ", " + percent(a.Busy, t.busy)
	if o.Cost != nil && o.Cost.Seconds > 0 && a.Busy >= t.busy/100 {
		busy += ", " + beside(o.Cost.Seconds, t.r.elapsed(o), "less")
	}
	line = append(line, busy)
	if a.MemoryPeak > 0 {
		line = append(line, size(float64(a.MemoryPeak))+" of memory")
	}
	if a.Spilled > 0 || o.Spills > 0 {
		spilled := size(float64(a.Spilled)) + " spilled"
		if o.Rows != nil {
			spilled += ", " + beside(o.Spills, float64(a.Spilled), "less")
		}
		line = append(line, spilled)
	}
	if a.Combined > 0 {
		line = append(line, count(float64(a.Combined))+" rows of hot keys combined")
	}
	if a.Skew >= 1.2 {
		line = append(line, "skew "+times(a.Skew))
	}
	return line
}

// functions writes which functions the time went to, the most of it first.
func (t *text) functions() {
	var all []*Operator
	names := 0
	for i := range t.r.Operators {
		if o := &t.r.Operators[i]; o.Actual != nil && t.busy > 0 && o.Actual.Busy >= t.busy/200 {
			all = append(all, o)
			names = max(names, min(len([]rune(o.Name)), 40))
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b *Operator) int {
		if a.Actual.Busy > b.Actual.Busy {
			return -1
		}
		return 1
	})
	t.out.WriteString("\nprocessor time by user function:\n")
	for _, o := range all {
		name := fmt.Sprintf("[%d] %s", o.ID, o.Name)
		rows := max(o.Actual.RowsIn, o.Actual.rows())
		each := ""
		if rows > 0 {
			each = seconds(o.Actual.Busy/float64(rows)) + " a row"
		}
		fmt.Fprintln(&t.out, strings.TrimRight(fmt.Sprintf("%6s  %8s  %14s  %-*s  %s",
			percent(o.Actual.Busy, t.busy), seconds(o.Actual.Busy), each, names+5, name, o.Site), " "))
	}
}

// history writes how the plan was changed while it ran.
func (t *text) history() {
	if len(t.r.History) > 0 {
		t.out.WriteString("\nthe plan was changed while it ran:\n")
	}
	for _, c := range t.r.History {
		fmt.Fprintf(&t.out, "after %s\n", c.After)
		for _, change := range c.Changes {
			t.wrap("  ", []string{change})
		}
	}
}

// flips writes at which values of facts the plan would be another one.
func (t *text) flips() {
	if len(t.r.Flips) > 0 {
		t.out.WriteString("\nthe plan would be another one if\n")
	}
	for i := range t.r.Flips {
		f := &t.r.Flips[i]
		fmt.Fprintf(&t.out, "%s\n", f.head())
		for _, change := range f.Changes {
			t.wrap("  ", []string{change})
		}
	}
}

// head is what would have to change: "orders.rows were 1.20 M, 8.0× the 150 k
// (sampled) of now".
func (f *Flip) head() string {
	return fmt.Sprintf("%s were %s, %s the %s%s of now", f.Fact, quantity(f.Fact, f.At), times(f.Factor), quantity(f.Fact, f.Now.Value), f.Now.origin())
}

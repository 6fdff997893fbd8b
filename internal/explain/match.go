package explain

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

type diff struct {
	a, b   *Report
	before map[int]*Operator // of a, by operators of b
	after  map[int]*Operator // the other way
}

// match finds which operators are the same: by all they compute, then by name.
func (d *diff) match() {
	d.before, d.after = map[int]*Operator{}, map[int]*Operator{}
	for _, identity := range []func(*Report) map[int]string{(*Report).identities, (*Report).names} {
		was := map[string][]*Operator{}
		ids := identity(d.a)
		for i := range d.a.Operators {
			if o := &d.a.Operators[i]; d.after[o.ID] == nil {
				was[ids[o.ID]] = append(was[ids[o.ID]], o)
			}
		}
		ids = identity(d.b)
		for i := range d.b.Operators {
			o := &d.b.Operators[i]
			if same := was[ids[o.ID]]; d.before[o.ID] == nil && len(same) > 0 {
				d.before[o.ID], d.after[same[0].ID] = same[0], o
				was[ids[o.ID]] = same[1:]
			}
		}
	}
}

// transparent are operators that the plan puts in: what reads through them reads the
// same records.
const transparent = "spool"

// identities say of every operator what it computes and of what, as a digest.
func (r *Report) identities() map[int]string {
	into := map[int][]*Edge{}
	for i := range r.Edges {
		into[r.Edges[i].To] = append(into[r.Edges[i].To], &r.Edges[i])
	}
	known := map[int]string{}
	var of func(id int) string
	of = func(id int) string {
		if s, ok := known[id]; ok {
			return s
		}
		known[id] = "back" // of a circle
		o := r.operator(id)
		var in []string
		for _, e := range into[id] {
			port, from := e.Port, e.From
			for range into { // a circle of them is possible in theory
				if r.operator(from).Kind != transparent || len(into[from]) != 1 {
					break
				}
				port, from = into[from][0].Port, into[from][0].From
			}
			in = append(in, fmt.Sprintf("%s.%d=%s", e.Input, port, of(from)))
		}
		slices.Sort(in)
		known[id] = digest(o.Kind, o.Name, strings.Join(o.Detail, "\n"), o.Site, strings.Join(in, "\n"))
		return known[id]
	}
	for i := range r.Operators {
		of(r.Operators[i].ID)
	}
	return known
}

// names are what operators are called.
func (r *Report) names() map[int]string {
	names := map[int]string{}
	for i := range r.Operators {
		o := &r.Operators[i]
		names[o.ID] = o.Kind + "\n" + o.Name
	}
	return names
}

// digest makes one short text of several.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d %s\n", len(p), p)
	}
	return string(h.Sum(nil)[:16])
}

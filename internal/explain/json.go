package explain

import (
	"encoding/json"
	"math"
)

// JSON returns the report as indented JSON with a final newline. What is no number
// becomes 0 in the report, what is infinite the largest number.
func (r *Report) JSON() string {
	for x := range r.numbers {
		switch {
		case math.IsNaN(*x):
			*x = 0
		case math.IsInf(*x, 0):
			*x = math.Copysign(math.MaxFloat64, *x)
		}
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic(err) // strings and finite numbers always marshal
	}
	return string(b) + "\n"
}

// numbers goes through all numbers that may have a fraction.
func (r *Report) numbers(yield func(*float64) bool) {
	all := []*float64{&r.Seconds}
	cost := func(c *Cost) {
		if c != nil {
			all = append(all, &c.Network, &c.Disk, &c.Processor, &c.Seconds)
		}
	}
	number := func(n *Number) {
		if n != nil {
			all = append(all, &n.Value)
		}
	}
	cost(r.Cost)
	for i := range r.Supposed {
		number(&r.Supposed[i].Number)
	}
	for i := range r.Operators {
		o := &r.Operators[i]
		number(o.Rows)
		number(o.Width)
		cost(o.Cost)
		all = append(all, &o.Spills)
		for k := range o.Alternatives {
			cost(o.Alternatives[k].Cost)
			all = append(all, &o.Alternatives[k].Factor)
		}
		if a := o.Actual; a != nil {
			all = append(all, &a.Busy, &a.Idle, &a.Blocked, &a.Skew)
		}
	}
	for i := range r.Edges {
		number(r.Edges[i].Bytes)
		cost(r.Edges[i].Cost)
	}
	for i := range r.Flips {
		number(&r.Flips[i].Now)
		all = append(all, &r.Flips[i].At, &r.Flips[i].Factor)
	}
	for _, x := range all {
		if !yield(x) {
			return
		}
	}
}

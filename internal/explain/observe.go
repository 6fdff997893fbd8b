package explain

import (
	"math"
)

// rows is what came of an operator; of a sink, what it took.
func (a *Actual) rows() int64 {
	if a.RowsOut == 0 {
		return a.RowsIn
	}
	return a.RowsOut
}

// busy is the processor time of all operators, in seconds.
func (r *Report) busy() (sum float64) {
	for i := range r.Operators {
		if a := r.Operators[i].Actual; a != nil {
			sum += a.Busy
		}
	}
	return sum
}

// spilled is what all operators wrote because memory ended, in bytes.
func (r *Report) spilled() (sum int64) {
	for i := range r.Operators {
		if a := r.Operators[i].Actual; a != nil {
			sum += a.Spilled
		}
	}
	return sum
}

// elapsed is the time an operator took with as many processors as its subtasks can
// have: what its cost estimates.
func (r *Report) elapsed(o *Operator) float64 {
	processors := o.Parallelism
	if r.Processors > 0 {
		processors = min(processors, r.Processors)
	}
	return o.Actual.Busy / float64(max(processors, 1))
}

// worst returns the operator whose rows were estimated worst, if that was by more
// than half.
func (r *Report) worst() (worst *Operator) {
	furthest := math.Log(1.5)
	for i := range r.Operators {
		o := &r.Operators[i]
		if o.Actual == nil || o.Rows == nil {
			continue
		}
		// A row more on both sides: none and few are not far from each other.
		if off := math.Abs(math.Log((float64(o.Actual.rows()) + 1) / (o.Rows.Value + 1))); off > furthest {
			worst, furthest = o, off
		}
	}
	return worst
}

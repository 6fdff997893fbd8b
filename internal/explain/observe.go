package explain

import (
	"math"
	"time"

	"github.com/thalweg/thalweg/internal/metrics"
)

// Observe notes what a run of the plan did: the figures by operator, of all subtasks,
// and how long it took. Operators without figures did not run. It finds out which of
// them took the most time.
func (r *Report) Observe(figures map[int]metrics.Figures, elapsed time.Duration) {
	r.Seconds = elapsed.Seconds()
	readers := r.readers()
	var slowest *Actual
	for i := range r.Operators {
		o := &r.Operators[i]
		o.Actual = nil
		f, ok := figures[o.ID]
		if !ok {
			continue
		}
		o.Actual = &Actual{
			RowsIn: f.RecordsIn, RowsOut: f.RecordsOut / readers(o.ID), BytesIn: f.BytesIn, BytesOut: f.BytesOut,
			Busy:       time.Duration(f.Busy).Seconds(),
			Idle:       time.Duration(f.Idle).Seconds(),
			Blocked:    time.Duration(f.BackPressured).Seconds(),
			MemoryPeak: f.MemoryPeak, Spilled: f.Spilled, Combined: f.Combined, Skew: skew(f, o.Parallelism),
		}
		if f.Busy > 0 && (slowest == nil || o.Actual.Busy > slowest.Busy) {
			slowest = o.Actual
		}
	}
	if slowest != nil {
		slowest.Bottleneck = true
	}
}

// readers returns how often the rows that come out of an operator are read, and so
// counted. Where the outputs of one are read differently often, it is the least of that.
func (r *Report) readers() func(id int) int64 {
	type output struct{ id, port int }
	times := map[output]int64{}
	for _, e := range r.Edges {
		times[output{e.From, e.Port}]++
	}
	least := map[int]int64{}
	for o, n := range times {
		if was, ok := least[o.id]; !ok || n < was {
			least[o.id] = n
		}
	}
	return func(id int) int64 { return max(least[id], 1) }
}

// skew is how many rows the subtask with the most of them had, by the average; 0 if
// there were none.
func skew(f metrics.Figures, subtasks int) float64 {
	rows := f.RecordsIn
	if rows == 0 {
		rows = f.RecordsOut
	}
	if rows == 0 {
		return 0
	}
	return float64(f.MostRecords) * float64(subtasks) / float64(rows)
}

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
// have: what its cost estimates. It is 0 of one that did not run.
func (r *Report) elapsed(o *Operator) float64 {
	if o.Actual == nil {
		return 0
	}
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
		if o.Actual == nil || o.Rows == nil || o.Drops {
			continue
		}
		// A row more on both sides: none and few are not far from each other.
		if off := math.Abs(math.Log((float64(o.Actual.rows()) + 1) / (o.Rows.Value + 1))); off > furthest {
			worst, furthest = o, off
		}
	}
	return worst
}

// Package harness is what programs that compare the engine with others share:
// the middle and the extremes of a few noisy measurements, what a run cost, processes
// that are asked questions, and tables. Floor 0.
package harness

import (
	"fmt"
	"slices"
)

// Spread is what a few noisy measurements say.
type Spread struct{ Median, Min, Max float64 }

// SpreadOf returns the spread of at least one value. The median of an even number
// of them is the mean of the two in the middle.
func SpreadOf(values []float64) Spread {
	v := slices.Clone(values)
	slices.Sort(v)
	n := len(v)
	return Spread{Median: (v[(n-1)/2] + v[n/2]) / 2, Min: v[0], Max: v[n-1]}
}

// String is the median with the extremes.
func (s Spread) String() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.Median, s.Min, s.Max) }

// Cell is the spread in a table: the zero Spread, which none of a run's figures
// can be, is a dash.
func (s Spread) Cell() string {
	if s == (Spread{}) {
		return "–"
	}
	return s.String()
}

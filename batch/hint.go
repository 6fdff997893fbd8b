package batch

import "github.com/thalweg/thalweg/internal/skin"

// Hint is something that the program knows of a data set better than the engine can
// guess. Make one with [Rows], [Size], [Width] or [Selectivity]. Hints change how a job
// runs and never what it computes, so they may come from what a program measures: they
// are no part of the description that the processes of a job compare, as only the one
// that plans the job reads them.
type Hint struct{ hint skin.Hint }

// Rows says how many records there are.
func Rows(n int64) Hint { return Hint{skin.Hint{What: skin.Rows, Value: float64(n)}} }

// Size says how many bytes all records take in memory, what they refer to included.
// With Rows in the same call it says how wide they are, else how many there are.
func Size(bytes int64) Hint { return Hint{skin.Hint{What: skin.Size, Value: float64(bytes)}} }

// Width says how many bytes a record takes in memory on average, what it refers to
// included.
func Width(bytes int64) Hint { return Hint{skin.Hint{What: skin.Width, Value: float64(bytes)}} }

// Selectivity says how many records come out for each that goes in, on average: of the
// first input, if there are two.
func Selectivity(ratio float64) Hint {
	return Hint{skin.Hint{What: skin.Selectivity, Value: ratio}}
}

// Hint tells the engine something about these records: what comes out of the operator
// that makes them. Of several hints of one kind the last one counts.
func (d *DataSet[T]) Hint(hints ...Hint) *DataSet[T] {
	list := make([]skin.Hint, len(hints))
	for i, h := range hints {
		list[i] = h.hint
	}
	d.flow.Hint(list)
	return d
}

// HintDistinct says how many different values a field of the records has. field is a
// field reference. It returns d.
func HintDistinct[T, V any](d *DataSet[T], field func(*T) *V, values int64) *DataSet[T] {
	skin.HintDistinct(d.flow, field, values)
	return d
}

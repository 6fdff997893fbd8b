package step

import (
	"math"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Summary describes all records of a data set, field by field. Count and Nulls of a
// field are together the number of records.
type Summary struct {
	Records int64
	Fields  []FieldSummary
}

// FieldSummary describes the values of a field. What does not belong to its kind is
// zero.
type FieldSummary struct {
	Name  string // the names that lead to the field, e.g. "Address.Zip"
	Kind  string // "int64", "string", "bool"…; a pointer's is that of what it points to
	Count int64  // values, nil pointers aside
	Nulls int64  // nil pointers

	Numbers NumberSummary // of numbers
	Lengths NumberSummary // of strings and bytes: of their lengths, in bytes
	Empty   int64         // of strings and bytes: values of length 0
	True    int64         // of booleans
	False   int64
}

// NumberSummary describes numbers as float64: whole ones of more than 53 bits are
// rounded. NaN and infinities are counted, and not looked at otherwise.
type NumberSummary struct {
	Finite   int64 // how many numbers all that follows is of
	NaN      int64
	Infinite int64
	Min      float64
	Max      float64
	Sum      float64
	Mean     float64
	Squares  float64 // the sum of the squares of the distances to Mean
}

// Variance returns the variance of which the numbers are a sample: Squares divided by
// one less than Finite. Of fewer than two numbers it is 0.
func (n NumberSummary) Variance() float64 {
	if n.Finite < 2 {
		return 0
	}
	return n.Squares / float64(n.Finite-1)
}

// Deviation returns the standard deviation, the root of the variance.
func (n NumberSummary) Deviation() float64 { return math.Sqrt(n.Variance()) }

// add adds numbers, which it may change. A batch is gone through twice, so that its
// distances are those to its own mean, and merged as a whole.
func (n *NumberSummary) add(numbers []float64) {
	var b NumberSummary
	finite := numbers[:0]
	for _, x := range numbers {
		switch {
		case x != x:
			b.NaN++
		case math.IsInf(x, 0):
			b.Infinite++
		default:
			finite = append(finite, x)
		}
	}
	if b.Finite = int64(len(finite)); b.Finite > 0 {
		b.Min, b.Max = finite[0], finite[0]
		for _, x := range finite {
			b.Min, b.Max = min(b.Min, x), max(b.Max, x)
			b.Sum += x
		}
		b.Mean = b.Sum / float64(b.Finite)
		var rest float64 // what rounding has left in the mean
		for _, x := range finite {
			b.Squares += (x - b.Mean) * (x - b.Mean)
			rest += x - b.Mean
		}
		b.Squares -= rest * rest / float64(b.Finite)
	}
	n.merge(&b)
}

// merge adds other numbers (Chan, Golub, LeVeque, Algorithms for Computing the
// Sample Variance, The American Statistician 37, 1983).
func (n *NumberSummary) merge(o *NumberSummary) {
	n.NaN += o.NaN
	n.Infinite += o.Infinite
	if o.Finite == 0 {
		return
	}
	if n.Finite == 0 {
		o2 := *o
		o2.NaN, o2.Infinite = n.NaN, n.Infinite
		*n = o2
		return
	}
	all := n.Finite + o.Finite
	part := float64(o.Finite) / float64(all)
	distance := o.Mean - n.Mean
	n.Min, n.Max = min(n.Min, o.Min), max(n.Max, o.Max)
	n.Sum += o.Sum
	n.Mean += distance * part
	n.Squares += o.Squares + distance*distance*part*float64(n.Finite)
	n.Finite = all
}

func (f *FieldSummary) merge(o *FieldSummary) {
	f.Count += o.Count
	f.Nulls += o.Nulls
	f.Empty += o.Empty
	f.True += o.True
	f.False += o.False
	f.Numbers.merge(&o.Numbers)
	f.Lengths.merge(&o.Lengths)
}

// newSummary returns the summary of nothing.
func newSummary(columns []types.Column) Summary {
	s := Summary{Fields: make([]FieldSummary, len(columns))}
	for i, c := range columns {
		s.Fields[i].Name, s.Fields[i].Kind = c.Path, c.Kind.String()
	}
	return s
}

// Summarize summarizes the records of a subtask and emits that in Finish, also of
// no records.
func Summarize[T any](columns []types.Column) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&summarizeStep[T]{summarizer{columns: columns, sum: newSummary(columns), out: output[Summary](w, 0)}}), nil
	}
}

type summarizeStep[T any] struct{ summarizer }

func (s *summarizeStep[T]) Collect(rows []T) error {
	s.add(len(rows), types.ColumnsIn(rows))
	return nil
}

// summarizer is what does not depend on the type of the records.
type summarizer struct {
	columns []types.Column
	sum     Summary
	numbers []float64 // of a column
	out     operator.Collector[Summary]
}

func (s *summarizer) add(n int, rows types.ColumnBatch) {
	s.sum.Records += int64(n)
	for i := range s.columns {
		c, f := &s.columns[i], &s.sum.Fields[i]
		nulls := c.Nil(rows)
		f.Nulls += int64(nulls)
		f.Count += int64(n - nulls)
		switch {
		case c.Numeric():
			s.numbers = c.AppendNumbers(s.numbers[:0], rows)
			f.Numbers.add(s.numbers)
		case c.Kind == types.String || c.Kind == types.Bytes:
			s.numbers = c.AppendLengths(s.numbers[:0], rows)
			for _, length := range s.numbers {
				if length == 0 {
					f.Empty++
				}
			}
			f.Lengths.add(s.numbers)
		case c.Kind == types.Bool:
			yes := c.True(rows)
			f.True += int64(yes)
			f.False += int64(n - nulls - yes)
		}
	}
}

func (s *summarizer) Finish() error { return s.out.Collect([]Summary{s.sum}) }

// MergeSummaries merges what the subtasks of [Summarize] made, all in one subtask,
// and emits one summary in Finish.
func MergeSummaries(columns []types.Column) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[Summary](&mergeSummariesStep{sum: newSummary(columns), out: output[Summary](w, 0)}), nil
	}
}

type mergeSummariesStep struct {
	sum Summary
	out operator.Collector[Summary]
}

func (s *mergeSummariesStep) Collect(rows []Summary) error {
	for i := range rows {
		s.sum.Records += rows[i].Records
		for j := range s.sum.Fields {
			s.sum.Fields[j].merge(&rows[i].Fields[j])
		}
	}
	return nil
}

func (s *mergeSummariesStep) Finish() error { return s.out.Collect([]Summary{s.sum}) }

package batch

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Sort puts all records into order: those of each subtask, and none of one subtask
// come behind any of the next. Where the records then go to one subtask, as to
// [Print] and [Collect], they arrive in order; a file sink writes the first ones to
// its first file. The bounds between subtasks come from a sample, for which the
// records are kept.
func Sort[T any](d *DataSet[T], orders ...Order[T]) *DataSet[T] {
	sorted := SortPartition(PartitionByRange(d, orders...), orders...)
	sorted.flow.Node.Ordered = true
	return sorted
}

// SortBySample is [Sort] with bounds that come from a sample, records of which as many
// lie between any two as in the data set, about: a few thousand from all over it. The
// records themselves are not kept for that, so each is written and read once less where
// they do not fit into memory. What does not look like the sample is sorted as well,
// but by few of the subtasks.
func SortBySample[T any](d, sample *DataSet[T], orders ...Order[T]) *DataSet[T] {
	sorted := SortPartition(PartitionBySample(d, sample, orders...), orders...)
	sorted.flow.Node.Ordered = true
	return sorted
}

// SortPartition puts the records of each subtask into order.
func SortPartition[T any](d *DataSet[T], orders ...Order[T]) *DataSet[T] {
	g := d.flow.Graph
	by, detail := skin.CompileOrder(g, orders)
	return of(skin.Add[T](g, skin.Node{
		Kind: "sort", Detail: []string{detail}, Method: plan.SortRecords, Known: plan.Known{Rows: plan.SameRows, Keys: skin.LeadingKey(g, orders), Copies: plan.Whole}, Memory: skin.LargeMemory,
		Factory: step.Sort(skin.TypeOf[T](g), by),
	}, d.flow.Input))
}

// PartitionByRange sends records to the subtasks of the next operator so that none
// of one subtask come behind any of the next, and equal ones are in one. A sample of
// the records decides what goes where, so that all get about the same.
func PartitionByRange[T any](d *DataSet[T], orders ...Order[T]) *DataSet[T] {
	return PartitionBySample(d, d, orders...)
}

// PartitionBySample is [PartitionByRange] where the records of a sample decide; see
// [SortBySample].
func PartitionBySample[T any](d, sample *DataSet[T], orders ...Order[T]) *DataSet[T] {
	g := d.flow.Graph
	by, detail := skin.CompileOrder(g, orders)
	rows := skin.TypeOf[T](g)
	marks := skin.Add[step.Mark[T]](g, skin.Node{
		Kind: "sample", Detail: []string{detail}, Known: plan.Known{Rows: plan.AtMost, Limit: sampledRows}, Memory: skin.SmallMemory, Factory: step.SampleMarks(rows, by),
	}, sample.flow.Input)
	bounds := skin.Add[step.Mark[T]](g, skin.Node{
		Kind: "bounds", Known: plan.Known{Rows: plan.AtMost, Limit: operator.KeyGroups}, Factory: step.Bounds(by),
	}, marks.Ship(plan.Shipping{Ship: operator.Global}).Input)
	ranged := skin.Add[T](g, skin.Node{Kind: "range", Detail: []string{detail}, Known: plan.Known{Rows: plan.SameRows, Copies: plan.Whole}, Factory: step.Pass[T]()}, d.flow.Input)
	set := g.NewSet()
	ranged.AddBroadcast(set, bounds.Input)
	return of(ranged.Ship(plan.Shipping{Ship: operator.Range, Key: plan.Key{Name: detail}, Selector: step.RangeSelector[T]{Order: by, Set: set}}))
}

// MinBy keeps the record that comes first in the order; of several, any one.
func MinBy[T any](d *DataSet[T], orders ...Order[T]) *DataSet[T] {
	return d.Reduce(firstIn(d.flow.Graph, orders, false))
}

// MaxBy keeps the record that comes last in the order; of several, any one.
func MaxBy[T any](d *DataSet[T], orders ...Order[T]) *DataSet[T] {
	return d.Reduce(firstIn(d.flow.Graph, orders, true))
}

// MinOf keeps the record of each group that comes first in the order; of several,
// any one.
func MinOf[T any, K comparable](g *Grouped[T, K], orders ...Order[T]) *DataSet[T] {
	return chooseOf(g, firstIn(g.keyed.Graph, orders, false))
}

// MaxOf keeps the record of each group that comes last in the order; of several,
// any one.
func MaxOf[T any, K comparable](g *Grouped[T, K], orders ...Order[T]) *DataSet[T] {
	return chooseOf(g, firstIn(g.keyed.Graph, orders, true))
}

// chooseOf keeps a record of each group, so that its key stays what it is.
func chooseOf[T any, K comparable](g *Grouped[T, K], choose func(a, b T) T) *DataSet[T] {
	path := skin.KeyOf(g.keyed.Key).Path
	return reduceBy(g, step.Open[func(a, b T) T](skin.Plain(g.keyed.Graph, choose)), nil, g.keyed.GroupCopies(path, path))
}

// firstIn returns the function that keeps one of two records.
func firstIn[T any](g *plan.Graph, orders []Order[T], last bool) func(a, b T) T {
	by, _ := skin.CompileOrder(g, orders)
	return func(a, b T) T {
		if c := by.Compare(&a, &b); c > 0 != last && c != 0 {
			return b
		}
		return a
	}
}

// SortedGroups is a data set whose records are to be taken together by key, those
// of a group in order: for [FirstOf] and [ReduceGroup].
type SortedGroups[T any, K comparable] struct {
	grouped *Grouped[T, K]
	orders  []Order[T]
}

// SortGroups gives the records of each group an order; sorted groups get a further
// one, for records that are equal in those before.
func SortGroups[T any, K comparable](g Groups[T, K], orders ...Order[T]) *SortedGroups[T, K] {
	grouped, before := g.groups()
	skin.CompileOrder(grouped.keyed.Graph, orders)
	return &SortedGroups[T, K]{grouped, append(before[:len(before):len(before)], orders...)}
}

// FirstOf keeps the n first records of each group, in their order.
func FirstOf[T any, K comparable](g *SortedGroups[T, K], n int) *DataSet[T] {
	graph := g.grouped.keyed.Graph
	skin.Count(graph, n)
	return reduceGroup(g, "first", fmt.Sprint(n), skin.Plain(graph, step.TakeFirst[T](n)))
}

// sampledRows is about how many records a subtask keeps as a sample, for estimates.
const sampledRows = 4096

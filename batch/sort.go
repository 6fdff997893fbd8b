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
func (d *DataSet[T]) Sort(orders ...Order[T]) *DataSet[T] {
	sorted := d.PartitionByRange(orders...).SortPartition(orders...)
	sorted.flow.Node.Ordered = true
	return sorted
}

// SortPartition puts the records of each subtask into order.
func (d *DataSet[T]) SortPartition(orders ...Order[T]) *DataSet[T] {
	g := d.flow.Graph
	by, detail := order(g, orders)
	return of(skin.Add[T](g, skin.Node{
		Kind: "sort", Detail: []string{detail}, Memory: skin.LargeMemory,
		Factory: step.Sort(skin.TypeOf[T](g), by),
	}, d.flow.Input))
}

// PartitionByRange sends records to the subtasks of the next operator so that none
// of one subtask come behind any of the next, and equal ones are in one. A sample of
// the records decides what goes where, so that all get about the same.
func (d *DataSet[T]) PartitionByRange(orders ...Order[T]) *DataSet[T] {
	g := d.flow.Graph
	by, detail := order(g, orders)
	rows := skin.TypeOf[T](g)
	sample := skin.Add[step.Mark[T]](g, skin.Node{
		Kind: "sample", Detail: []string{detail}, Memory: skin.SmallMemory, Factory: step.SampleMarks(rows, by),
	}, d.flow.Input)
	ranged := skin.Add[T](g, skin.Node{Kind: "range", Detail: []string{detail}, Factory: step.Pass[T]()}, d.flow.Input)
	set := g.NewSet()
	ranged.AddBroadcast(set, sample.Input)
	return of(ranged.Ship(operator.Range, detail, step.RangeSelector[T]{Order: by, Set: set}))
}

// MinBy keeps the record that comes first in the order; of several, any one.
func (d *DataSet[T]) MinBy(orders ...Order[T]) *DataSet[T] {
	return d.Reduce(firstIn(d.flow.Graph, orders, false))
}

// MaxBy keeps the record that comes last in the order; of several, any one.
func (d *DataSet[T]) MaxBy(orders ...Order[T]) *DataSet[T] {
	return d.Reduce(firstIn(d.flow.Graph, orders, true))
}

// MinBy keeps the record of each group that comes first in the order; of several,
// any one.
func (g *Grouped[T, K]) MinBy(orders ...Order[T]) *DataSet[T] {
	return g.Reduce(firstIn(g.keyed.Graph, orders, false))
}

// MaxBy keeps the record of each group that comes last in the order; of several,
// any one.
func (g *Grouped[T, K]) MaxBy(orders ...Order[T]) *DataSet[T] {
	return g.Reduce(firstIn(g.keyed.Graph, orders, true))
}

// firstIn returns the function that keeps one of two records.
func firstIn[T any](g *plan.Graph, orders []Order[T], last bool) func(a, b T) T {
	by, _ := order(g, orders)
	return func(a, b T) T {
		if c := by.Compare(&a, &b); c > 0 != last && c != 0 {
			return b
		}
		return a
	}
}

// SortedGroups is a data set whose records are to be taken together by key, those
// of a group in order.
type SortedGroups[T any, K comparable] struct {
	*Grouped[T, K]
	orders []Order[T]
}

// Sort gives the records of each group an order: for [SortedGroups.First] and
// [ReduceGroup].
func (g *Grouped[T, K]) Sort(orders ...Order[T]) *SortedGroups[T, K] {
	order(g.keyed.Graph, orders)
	return &SortedGroups[T, K]{g, orders}
}

// Sort gives groups a further order, for records that are equal in those before.
func (g *SortedGroups[T, K]) Sort(orders ...Order[T]) *SortedGroups[T, K] {
	return &SortedGroups[T, K]{g.Grouped, append(g.orders[:len(g.orders):len(g.orders)], orders...)}
}

// First keeps the n first records of each group, in their order.
func (g *SortedGroups[T, K]) First(n int) *DataSet[T] {
	skin.Count(g.keyed.Graph, n)
	return reduceGroup(g, "first", fmt.Sprint(n), skin.Plain(g.keyed.Graph, step.TakeFirst[T](n)))
}

// Package batch is the typed skin for bounded data. Floor 7.
//
// A [DataSet] is a description of records that a job will make; nothing runs
// while a program is built. Operators that keep the record type are methods,
// those that change it, or need a second type, are functions:
//
//	lines := batch.ReadText(env, "king-lear.txt")
//	words := batch.FlatMap(lines, split)              // func(string, func(Word))
//	long := words.Filter(func(w Word) bool { return len(w.Text) > 8 })
//	sums := batch.GroupBy(long, text).Aggregate(agg.Sum(count))
//	batch.Print(sums.Top(20, mostFrequent))
//
// A field reference, like text above, is a function from *T to the address of a
// field: func text(w *Word) *string { return &w.Text }. It is checked by the
// compiler, and the engine learns from it which field is meant.
//
// Records within one subtask keep their order through element-wise operators;
// whatever distributes or groups records gives no order, unless it says so.
package batch

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// DataSet is a bounded set of records of type T. It may be used any number of
// times as the input of operators.
type DataSet[T any] struct{ flow skin.Flow[T] }

func of[T any](f skin.Flow[T]) *DataSet[T] { return &DataSet[T]{f} }

// Named names the operator that makes these records: in plans, errors and
// figures.
func (d *DataSet[T]) Named(name string) *DataSet[T] {
	d.flow.SetName(name)
	return d
}

// WithParallelism sets the number of subtasks of the operator that makes these
// records.
func (d *DataSet[T]) WithParallelism(n int) *DataSet[T] {
	d.flow.SetParallelism(n)
	return d
}

// WithBroadcastSet gives every subtask of the operator that makes these records
// all records of the set, before the first record of any other input. The
// operator's rich function reads them with [BroadcastSet.Rows].
func (d *DataSet[T]) WithBroadcastSet(set AnyBroadcastSet) *DataSet[T] {
	id, rows := set.broadcast()
	d.flow.AddBroadcast(id, rows)
	return d
}

// Filter keeps the records for which f returns true.
func (d *DataSet[T]) Filter(f func(T) bool) *DataSet[T] {
	return d.FilterRich(skin.Plain(d.flow.Graph, f))
}

// FilterRich is Filter with a function that is made for each subtask.
func (d *DataSet[T]) FilterRich(open func(*thalweg.Context) (func(T) bool, error)) *DataSet[T] {
	return of(skin.Add[T](d.flow.Graph, skin.Node{Kind: "filter", Known: plan.Known{Rows: plan.Subset, Copies: plan.Whole}, Factory: step.Filter(step.Open[func(T) bool](open))}, d.flow.Input))
}

// Rebalance deals the records to the subtasks of the next operator in turn, a
// batch at a time: many records evenly, few ones perhaps to one.
func (d *DataSet[T]) Rebalance() *DataSet[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Rebalance}))
}

// Broadcast gives all records to every subtask of the next operator.
func (d *DataSet[T]) Broadcast() *DataSet[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Broadcast}))
}

// Global gives all records to one subtask of the next operator.
func (d *DataSet[T]) Global() *DataSet[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Global}))
}

// PartitionByHash sends records with equal keys to the same subtask of the next
// operator. key is a field reference.
func PartitionByHash[T, K any](d *DataSet[T], key func(*T) *K) *DataSet[T] {
	return of(skin.HashBy(d.flow, skin.Key(d.flow.Graph, key)))
}

// PartitionCustom sends each record to the subtask of the next operator that pick
// chooses, from 0 to n-1, for the record's key. Another number fails the job.
func PartitionCustom[T, K any](d *DataSet[T], key func(*T) *K, pick func(key K, n int) int) *DataSet[T] {
	skin.CheckFunctions(d.flow.Graph, pick)
	return of(skin.CustomBy(d.flow, skin.Key(d.flow.Graph, key), pick))
}

// Union returns the records of all data sets, duplicates included. It costs
// nothing.
func Union[T any](first *DataSet[T], more ...*DataSet[T]) *DataSet[T] {
	flows := []skin.Flow[T]{first.flow}
	for _, d := range more {
		flows = append(flows, d.flow)
	}
	return of(skin.Union(flows))
}

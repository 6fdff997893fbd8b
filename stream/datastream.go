// Package stream is the typed skin for data that may never end. Floor 7.
//
// A [DataStream] is a description of records that a job will make as they come;
// nothing runs while a program is built. Operators that keep the record type are
// methods, those that change it, or need a second type, are functions:
//
//	lines := stream.ReadSocket(env, "localhost:9999")
//	words := stream.FlatMap(lines, split)
//	sums := stream.KeyBy(words, text).
//		Window(window.Sliding(5*time.Second, time.Second)).
//		Aggregate(agg.Sum(count))
//	stream.Print(sums)
//
// Functions, field references and operators are those of package batch; what
// differs is what may be asked of records that never end: there is no global
// reduce, distinct or top, but there are rolling results and windows.
//
// Between one subtask and another records keep their order; records of different
// subtasks have none.
package stream

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// DataStream is a stream of records of type T. It may be used any number of times
// as the input of operators.
type DataStream[T any] struct{ flow skin.Flow[T] }

func of[T any](f skin.Flow[T]) *DataStream[T] { return &DataStream[T]{f} }

// Named names the operator that makes these records: in plans, errors and
// figures.
func (d *DataStream[T]) Named(name string) *DataStream[T] {
	d.flow.SetName(name)
	return d
}

// WithParallelism sets the number of subtasks of the operator that makes these
// records.
func (d *DataStream[T]) WithParallelism(n int) *DataStream[T] {
	d.flow.SetParallelism(n)
	return d
}

// Filter keeps the records for which f returns true.
func (d *DataStream[T]) Filter(f func(T) bool) *DataStream[T] {
	return d.FilterRich(skin.Plain(d.flow.Graph, f))
}

// FilterRich is Filter with a function that is made for each subtask.
func (d *DataStream[T]) FilterRich(open func(*thalweg.Context) (func(T) bool, error)) *DataStream[T] {
	return of(skin.Add[T](d.flow.Graph, skin.Node{Kind: "filter", Time: plan.KeepTimes, Known: plan.Known{Rows: plan.Subset, Copies: plan.Whole}, Factory: step.Filter(step.Open[func(T) bool](open))}, d.flow.Input))
}

// Where nothing is said records stay in their subtask, if the next operator has as many
// subtasks, and are rebalanced if not. What is said holds for the next operator only.

// Rebalance deals the records to the subtasks of the next operator in turn, a
// batch at a time: many records evenly, few ones perhaps to one.
func (d *DataStream[T]) Rebalance() *DataStream[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Rebalance}))
}

// Broadcast gives all records to every subtask of the next operator.
func (d *DataStream[T]) Broadcast() *DataStream[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Broadcast}))
}

// Global gives all records to one subtask of the next operator.
func (d *DataStream[T]) Global() *DataStream[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Global}))
}

// Rescale deals the records of each subtask to a part of the next operator's subtasks in
// turn, a batch at a time: of two that send to six, each sends to three. It is Rebalance
// for those who would rather have few receivers than all equally loaded.
func Rescale[T any](d *DataStream[T]) *DataStream[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Rescale}))
}

// Shuffle sends each record to any subtask of the next operator. Few records that cost
// much are spread better than by Rebalance, which deals batches.
func Shuffle[T any](d *DataStream[T]) *DataStream[T] {
	return of(d.flow.Ship(plan.Shipping{Ship: operator.Shuffle, Selector: step.ShuffleSelector[T]{}}))
}

// PartitionByHash sends records with equal keys to the same subtask of the next
// operator. key is a field reference.
func PartitionByHash[T, K any](d *DataStream[T], key func(*T) *K) *DataStream[T] {
	return of(skin.HashBy(d.flow, skin.Key(d.flow.Graph, key)))
}

// PartitionCustom sends each record to the subtask of the next operator that pick
// chooses, from 0 to n-1, for the record's key. Another number fails the job.
func PartitionCustom[T, K any](d *DataStream[T], key func(*T) *K, pick func(key K, n int) int) *DataStream[T] {
	skin.CheckFunctions(d.flow.Graph, pick)
	return of(skin.CustomBy(d.flow, skin.Key(d.flow.Graph, key), pick))
}

// Union returns the records of all streams, duplicates included. It costs nothing.
func Union[T any](first *DataStream[T], more ...*DataStream[T]) *DataStream[T] {
	flows := []skin.Flow[T]{first.flow}
	for _, d := range more {
		flows = append(flows, d.flow)
	}
	return of(skin.Union(flows))
}

package batch

import (
	"iter"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Map makes one record of each record.
func Map[I, O any](in *DataSet[I], f func(I) O) *DataSet[O] {
	return mapNode(in, "map", skin.Plain(in.flow.Graph, f))
}

// MapRich is Map with a function that is made for each subtask, by open, before
// the first record; open's context gives access to accumulators and broadcast
// sets, and its OnClose to clean-up.
func MapRich[I, O any](in *DataSet[I], open func(*thalweg.Context) (func(I) O, error)) *DataSet[O] {
	return mapNode(in, "map", open)
}

// Project is a Map that picks fields: it differs in its name in plans only.
func Project[I, O any](in *DataSet[I], f func(I) O) *DataSet[O] {
	return mapNode(in, "project", skin.Plain(in.flow.Graph, f))
}

func mapNode[I, O any](in *DataSet[I], kind string, open func(*thalweg.Context) (func(I) O, error)) *DataSet[O] {
	return of(skin.Add[O](in.flow.Graph, skin.Node{Kind: kind, Known: plan.Known{Rows: plan.SameRows}, Factory: step.Map(step.Open[func(I) O](open))}, in.flow.Input))
}

// FlatMap makes any number of records of each record: f calls emit for each. emit
// is only valid during the call.
func FlatMap[I, O any](in *DataSet[I], f func(record I, emit func(O))) *DataSet[O] {
	return FlatMapRich(in, skin.Plain(in.flow.Graph, f))
}

// FlatMapRich is FlatMap with a function that is made for each subtask; see
// [MapRich].
func FlatMapRich[I, O any](in *DataSet[I], open func(*thalweg.Context) (func(I, func(O)), error)) *DataSet[O] {
	return of(skin.Add[O](in.flow.Graph, skin.Node{Kind: "flatMap", Factory: step.FlatMap(step.Open[func(I, func(O))](open))}, in.flow.Input))
}

// MapPartition calls f once in each subtask with all records of the subtask as a
// sequence. Records pass by as they arrive; f need not read them all.
func MapPartition[I, O any](in *DataSet[I], f func(records iter.Seq[I], emit func(O))) *DataSet[O] {
	return MapPartitionRich(in, skin.Plain(in.flow.Graph, f))
}

// MapPartitionRich is MapPartition with a function that is made for each subtask;
// see [MapRich].
func MapPartitionRich[I, O any](in *DataSet[I], open func(*thalweg.Context) (func(iter.Seq[I], func(O)), error)) *DataSet[O] {
	return of(skin.Add[O](in.flow.Graph, skin.Node{Kind: "mapPartition", Factory: step.MapPartition(step.Open[func(iter.Seq[I], func(O))](open))}, in.flow.Input))
}

// Split returns n data sets; each record goes to the one whose number, from 0 to
// n-1, choose returns. Another number fails the job.
func Split[T any](in *DataSet[T], n int, choose func(T) int) []*DataSet[T] {
	var out []*DataSet[T]
	for _, f := range skin.Split(in.flow, n, choose) {
		out = append(out, of(f))
	}
	return out
}

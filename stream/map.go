package stream

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Map makes one record of each record.
func Map[I, O any](in *DataStream[I], f func(I) O) *DataStream[O] {
	return mapNode(in, "map", skin.Plain(in.flow.Graph, f))
}

// MapRich is Map with a function that is made for each subtask, by open, before
// the first record; open's context gives access to accumulators, and its OnClose
// to clean-up.
func MapRich[I, O any](in *DataStream[I], open func(*thalweg.Context) (func(I) O, error)) *DataStream[O] {
	return mapNode(in, "map", open)
}

// Project is a Map that picks fields: it differs in its name in plans only.
func Project[I, O any](in *DataStream[I], f func(I) O) *DataStream[O] {
	return mapNode(in, "project", skin.Plain(in.flow.Graph, f))
}

func mapNode[I, O any](in *DataStream[I], kind string, open func(*thalweg.Context) (func(I) O, error)) *DataStream[O] {
	return of(skin.Add[O](in.flow.Graph, skin.Node{Kind: kind, Time: plan.KeepTimes, Known: plan.Known{Rows: plan.SameRows}, Factory: step.Map(step.Open[func(I) O](open))}, in.flow.Input))
}

// FlatMap makes any number of records of each record: f calls emit for each. emit
// is only valid during the call.
func FlatMap[I, O any](in *DataStream[I], f func(record I, emit func(O))) *DataStream[O] {
	return FlatMapRich(in, skin.Plain(in.flow.Graph, f))
}

// FlatMapRich is FlatMap with a function that is made for each subtask; see
// [MapRich].
func FlatMapRich[I, O any](in *DataStream[I], open func(*thalweg.Context) (func(I, func(O)), error)) *DataStream[O] {
	return of(skin.Add[O](in.flow.Graph, skin.Node{Kind: "flatMap", Time: plan.KeepTimes, Factory: step.FlatMap(step.Open[func(I, func(O))](open))}, in.flow.Input))
}

// Split returns n streams; each record goes to the one whose number, from 0 to
// n-1, choose returns. Another number fails the job.
func Split[T any](in *DataStream[T], n int, choose func(T) int) []*DataStream[T] {
	var out []*DataStream[T]
	for _, f := range skin.Split(in.flow, n, choose) {
		out = append(out, of(f))
	}
	return out
}

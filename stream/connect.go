package stream

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Connected is two streams, which may have different types, that one operator
// reads: in every subtask both functions of the operator run on one goroutine and
// may share variables that the rich form makes.
type Connected[A, B any] struct {
	first  skin.Flow[A]
	second skin.Flow[B]
}

// Connect pairs two streams for [CoMap] and [CoFlatMap].
func Connect[A, B any](first *DataStream[A], second *DataStream[B]) *Connected[A, B] {
	return &Connected[A, B]{first.flow, second.flow}
}

// CoMap makes one record of each record of either stream, each with a function of
// its own. The streams are read as they come, in no order between them.
func CoMap[A, B, O any](in *Connected[A, B], first func(A) O, second func(B) O) *DataStream[O] {
	return CoMapRich(in, func(*thalweg.Context) (func(A) O, func(B) O, error) { return first, second, nil })
}

// CoMapRich is CoMap with functions that are made together for each subtask; see
// [MapRich].
func CoMapRich[A, B, O any](in *Connected[A, B], open func(*thalweg.Context) (func(A) O, func(B) O, error)) *DataStream[O] {
	return coFlatMap(in, "coMap", func(ctx *thalweg.Context) (func(A, func(O)), func(B, func(O)), error) {
		first, second, err := open(ctx)
		return func(a A, emit func(O)) { emit(first(a)) }, func(b B, emit func(O)) { emit(second(b)) }, err
	})
}

// CoFlatMap makes any number of records of each record of either stream.
func CoFlatMap[A, B, O any](in *Connected[A, B], first func(A, func(O)), second func(B, func(O))) *DataStream[O] {
	return CoFlatMapRich(in, func(*thalweg.Context) (func(A, func(O)), func(B, func(O)), error) {
		return first, second, nil
	})
}

// CoFlatMapRich is CoFlatMap with functions that are made together for each
// subtask; see [MapRich].
func CoFlatMapRich[A, B, O any](in *Connected[A, B], open func(*thalweg.Context) (func(A, func(O)), func(B, func(O)), error)) *DataStream[O] {
	return coFlatMap(in, "coFlatMap", open)
}

func coFlatMap[A, B, O any](in *Connected[A, B], kind string, open func(*thalweg.Context) (func(A, func(O)), func(B, func(O)), error)) *DataStream[O] {
	type pair = step.Pair[func(A, func(O)), func(B, func(O))]
	factory := step.CoFlatMap(func(ctx *thalweg.Context) (pair, error) {
		first, second, err := open(ctx)
		return pair{First: first, Second: second}, err
	})
	return of(skin.Add[O](in.first.Graph, skin.Node{Kind: kind, Time: plan.KeepTimes, Factory: factory}, in.first.Input, in.second.Input))
}

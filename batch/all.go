package batch

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Reduce joins all records, two at a time, into one; see [Grouped.Reduce]. Of no
// records it makes none.
func (d *DataSet[T]) Reduce(f func(a, b T) T) *DataSet[T] {
	rows := skin.TypeOf[T](d.flow.Graph)
	return of(skin.TwoPhase[T, T](d.flow,
		skin.Node{Kind: "combine", Detail: []string{"reduce"}, Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.ReduceAll(rows, step.Plain(f))},
		skin.Node{Kind: "reduce", Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.ReduceAll(rows, step.Plain(f))}))
}

// Aggregate computes aggregates over all records; see [Grouped.Aggregate]. Of no
// records it makes none.
func (d *DataSet[T]) Aggregate(list ...agg.Aggregate[T, T]) *DataSet[T] {
	return AggregateAllInto(d, list...)
}

// AggregateAllInto is [DataSet.Aggregate] with a result of another type.
func AggregateAllInto[T, R any](d *DataSet[T], list ...agg.Aggregate[T, R]) *DataSet[R] {
	p := skin.Program(d.flow.Graph, list)
	var detail []string
	for _, a := range list {
		detail = append(detail, a.String())
	}
	return of(skin.TwoPhase[R, agg.Partial[R]](d.flow,
		skin.Node{Kind: "combine", Detail: detail, Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.CombineAggregateAll(p)},
		skin.Node{Kind: "aggregate", Detail: detail, Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.FinalAggregateAll(p)}))
}

// FoldAll takes one value through all records, in one subtask; see [Fold]. Of no
// records it makes no value.
func FoldAll[T, R any](d *DataSet[T], init func() R, f func(value R, record T) R) *DataSet[R] {
	folder := step.Plain(step.Folder[R, T]{Init: init, Step: f})
	skin.CheckFunctions(d.flow.Graph, init, f)
	return of(skin.Add[R](d.flow.Graph, skin.Node{Kind: "fold", Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.FoldAll(folder)}, d.Global().flow.Input))
}

// First keeps n records, or all if there are fewer; which ones is not defined. A
// chain that has its records stops reading.
func (d *DataSet[T]) First(n int) *DataSet[T] {
	count := skin.Count(d.flow.Graph, n)
	detail := []string{fmt.Sprint(n)}
	return of(skin.TwoPhase[T, T](d.flow,
		skin.Node{Kind: "combine", Detail: []string{fmt.Sprintf("first %d", n)}, Known: plan.Known{Rows: plan.AtMost, Limit: int64(n), Copies: plan.Whole}, Factory: step.First[T](count)},
		skin.Node{Kind: "first", Detail: detail, Known: plan.Known{Rows: plan.AtMost, Limit: int64(n), Copies: plan.Whole}, Factory: step.First[T](count)}))
}

// Top keeps the n records that come first in the order of compare, which returns
// a negative number if a comes before b, as for slices.SortFunc. The result is in
// that order; which of several equal records are kept is not defined.
func (d *DataSet[T]) Top(n int, compare func(a, b T) int) *DataSet[T] {
	skin.Count(d.flow.Graph, n)
	if compare == nil {
		skin.Mistake(d.flow.Graph, errors.New("a top without an order"))
	}
	rows := skin.TypeOf[T](d.flow.Graph)
	detail := []string{fmt.Sprint(n)}
	return of(skin.TwoPhase[T, T](d.flow,
		skin.Node{Kind: "combine", Detail: []string{fmt.Sprintf("top %d", n)}, Known: plan.Known{Rows: plan.AtMost, Limit: int64(n), Copies: plan.Whole}, Method: plan.KeepRecords, Memory: skin.SmallMemory, Factory: step.Top(n, rows, compare)},
		skin.Node{Kind: "top", Detail: detail, Known: plan.Known{Rows: plan.AtMost, Limit: int64(n), Copies: plan.Whole}, Method: plan.KeepRecords, Memory: skin.LargeMemory, Factory: step.Top(n, rows, compare)}))
}

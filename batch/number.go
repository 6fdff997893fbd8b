package batch

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Tally is how many records a subtask has.
type Tally = step.Tally

// CountPerPartition counts the records of each subtask.
func CountPerPartition[T any](d *DataSet[T]) *DataSet[Tally] {
	return of(skin.Add[Tally](d.flow.Graph, skin.Node{Kind: "count", Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.Count[T]()}, d.flow.Input))
}

// Count counts the records: one number, 0 if there are none.
func Count[T any](d *DataSet[T]) *DataSet[int64] {
	return of(skin.TwoPhase[int64, Tally](d.flow,
		skin.Node{Kind: "combine", Detail: []string{"count"}, Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.Count[T]()},
		skin.Node{Kind: "count", Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.CountAll()}))
}

// Indexed is a record with its number.
type Indexed[T any] = step.Indexed[T]

// ZipWithIndex numbers the records densely from 0, those of the first subtask
// before those of the second one, and so on: after Sort in its order. The records
// are counted first, for which they are kept.
func ZipWithIndex[T any](d *DataSet[T]) *DataSet[Indexed[T]] {
	g := d.flow.Graph
	// Counting and numbering must find the same records in the same subtask.
	input := skin.Add[T](g, skin.Node{Kind: "input", Known: plan.Known{Rows: plan.SameRows, Copies: plan.Whole}, Factory: step.Pass[T]()}, d.flow.Input)
	tallies := skin.Add[Tally](g, skin.Node{Kind: "count", Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.Count[T]()}, input.Input)
	set := g.NewSet()
	numbered := skin.Add[Indexed[T]](g, skin.Node{Kind: "zipWithIndex", Known: plan.Known{Rows: plan.SameRows}, Factory: step.Index[T](set)}, input.Input)
	numbered.AddBroadcast(set, tallies.Ship(plan.Shipping{Ship: operator.Broadcast}).Input)
	return of(numbered.Alike(input.Node, tallies.Node))
}

// ZipWithUniqueID gives each record a number that no other one has, without
// counting; numbers may be left out.
func ZipWithUniqueID[T any](d *DataSet[T]) *DataSet[Indexed[T]] {
	return of(skin.Add[Indexed[T]](d.flow.Graph, skin.Node{Kind: "zipWithUniqueID", Known: plan.Known{Rows: plan.SameRows}, Factory: step.UniqueID[T]()}, d.flow.Input))
}

package stream

import (
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// AssignTime returns the same records with event times, which a strategy finds in them,
// and with watermarks. Right behind a source, or with only operators in between that
// take a record at a time, each split of the source has a watermark of its own; then it
// runs in as many subtasks as the source.
//
// Records keep their times through all operators that make records of one record each:
// map, filter, split and the like, rolling results, unions. Times that records had
// before are replaced.
func AssignTime[T any](d *DataStream[T], strategy eventtime.Strategy[T]) *DataStream[T] {
	g := d.flow.Graph
	if err := strategy.Validate(); err != nil {
		skin.Mistake(g, err)
		return d
	}
	rules := strategy.Rules()
	out := skin.Add[T](g, skin.Node{
		Kind: plan.AssignTime, Detail: []string{strategy.String()}, Time: plan.SetTimes,
		Known:   plan.Known{Rows: plan.SameRows, Copies: plan.Whole},
		Factory: step.AssignTime(rules),
	}, d.flow.Input)
	if rules.Group != "" {
		if err := out.Node.Align(); err != nil {
			skin.Mistake(g, err)
		}
	}
	return of(out)
}

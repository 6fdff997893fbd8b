package stream

import (
	"errors"
	"fmt"
	"slices"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/window"
)

// AggregateWindows computes the same aggregates for each key and window of several kinds
// of windows of one keyed stream, and returns the results of each kind. A record is added
// once, however many kinds there are: they share panes.
//
//	clicks := stream.KeyBy(timed, page)
//	minutes, hours := clicks.Window(window.Tumbling(time.Minute)), clicks.Window(window.Sliding(time.Hour, time.Minute))
//	counts := stream.AggregateWindows([]*stream.Windowed[click, string]{minutes, hours}, agg.Sum(count))
//
// The windows are tumbling or sliding ones of event time without a trigger or a lateness;
// each kind may have its LateTo. Panes are as long as the greatest common divisor of all
// lengths, slides and differences of offsets: kinds that have no large one are better
// computed apart.
func AggregateWindows[T any, K comparable, R any](kinds []*Windowed[T, K], list ...agg.Aggregate[T, R]) []*DataStream[window.Result[R]] {
	if len(kinds) == 0 {
		panic(errors.New("AggregateWindows has no windows"))
	}
	keyed := kinds[0].keyed
	g := keyed.Graph
	p := skin.Program(g, list)
	wrong := false
	assigners := make([]window.Assigner, len(kinds))
	detail := keyed.Detail()
	for i, w := range kinds {
		assigners[i] = w.assigner
		detail = append(detail, w.assigner.String())
		if err := w.shares(keyed); err != nil {
			wrong = true
			skin.Mistake(g, err)
		}
	}
	results := make([]*DataStream[window.Result[R]], len(kinds))
	if wrong {
		for i := range results {
			results[i] = AggregateWindowInto(kinds[0], list...)
		}
		return results
	}
	inputs := []plan.Input{skin.HashBy(keyed.Flow, keyed.Key).Input}
	if in := keyed.Input; len(in) == 1 && in[0].Ship == operator.Forward && !slices.ContainsFunc(list, agg.Aggregate[T, R].Ordered) {
		rest, parts := hotKeys(keyed, window.Shared(assigners...), p)
		inputs = []plan.Input{rest, parts}
	}
	node := skin.Node{
		Kind: "window aggregate", Time: plan.SetTimes, Detail: append(detail, describe(list)...),
		Factory: step.WindowsAggregate(keyed.Key, assigners, p),
	}
	for range len(kinds) - 1 {
		node.Outputs = append(node.Outputs, skin.ElementOf[window.Result[R]](g))
	}
	for range kinds {
		node.Outputs = append(node.Outputs, skin.ElementOf[T](g))
	}
	out := skin.Add[window.Result[R]](g, node, inputs...)
	for i, w := range kinds {
		results[i] = of(skin.Port[window.Result[R]](g, out.Node, i))
		if w.late != nil {
			w.late.attach(g, out.Node, len(kinds)+i)
		}
	}
	return results
}

// shares returns why the windows cannot be computed with others of a keyed stream, or nil.
func (w *Windowed[T, K]) shares(with skin.Keyed[T, K]) error {
	switch {
	case w.keyed.Key != with.Key:
		return errors.New("windows that are computed together must be of one keyed stream: call KeyBy once")
	case w.clock || w.general || w.evicts() || w.assigner.Validate() != nil:
		return fmt.Errorf("%s: windows that are computed together are tumbling or sliding ones of event time without a trigger or a lateness", w.assigner)
	}
	return nil
}

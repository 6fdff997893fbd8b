package stream

import (
	"errors"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/window"
)

// Windowed is a keyed stream that is cut into windows of time. When a window is
// complete it emits one result for each key it has seen; when the stream ends, the
// windows that are still open do.
//
// If the stream has event times, see [AssignTime], a record belongs to the windows of
// its time, which are complete when the watermark has come to their ends. Else windows
// are of the engine's clock, and a record belongs to those that are open when it
// arrives.
type Windowed[T any, K comparable] struct {
	keyed    skin.Keyed[T, K]
	assigner window.Assigner
	clock    bool
	late     *Side[T]
}

// Window cuts the stream into windows.
func (k *Keyed[T, K]) Window(assigner window.Assigner) *Windowed[T, K] {
	if err := assigner.Validate(); err != nil {
		skin.Mistake(k.keyed.Graph, err)
	}
	return &Windowed[T, K]{keyed: k.keyed, assigner: assigner, clock: !k.keyed.Input.Timed()}
}

// ByClock returns the same windows by the engine's clock, though the stream has event
// times.
func (w *Windowed[T, K]) ByClock() *Windowed[T, K] {
	other := *w
	other.clock = true
	return &other
}

// LateTo returns the same windows with a side output for records that come when all of
// their windows are complete. Without it they are counted as late and dropped.
func (w *Windowed[T, K]) LateTo(side *Side[T]) *Windowed[T, K] {
	if w.clock {
		skin.Mistake(w.keyed.Graph, errors.New("no record is late by the clock: LateTo is for windows of event time"))
	}
	other := *w
	other.late = side
	return &other
}

// Aggregate computes aggregates for each key and window.
func (w *Windowed[T, K]) Aggregate(list ...agg.Aggregate[T, T]) *DataStream[window.Result[T]] {
	return AggregateWindowInto(w, list...)
}

// AggregateWindowInto is Aggregate with results of another type.
func AggregateWindowInto[T any, K comparable, R any](w *Windowed[T, K], list ...agg.Aggregate[T, R]) *DataStream[window.Result[R]] {
	p := skin.Program(w.keyed.Graph, list)
	return windowNode[R](w, "window aggregate", describe(list), step.WindowAggregate(w.keyed.Key, w.assigner, !w.clock, p))
}

// Reduce joins the records of each key and window, two at a time, into one. f must
// be associative: windows that overlap share what they have in common.
func (w *Windowed[T, K]) Reduce(f func(a, b T) T) *DataStream[window.Result[T]] {
	rows := skin.TypeOf[T](w.keyed.Graph)
	skin.CheckFunctions(w.keyed.Graph, f)
	return windowNode[T](w, "window reduce", nil, step.WindowReduce(w.keyed.Key, rows, w.assigner, !w.clock, step.Plain(f)))
}

// windowNode adds an operator on windows; its output 1 has late records.
func windowNode[R, T any, K comparable](w *Windowed[T, K], kind string, detail []string, f operator.Factory) *DataStream[window.Result[R]] {
	g := w.keyed.Graph
	node := skin.Node{
		Kind: kind, Time: plan.NoTimes, Factory: f,
		Detail: w.keyed.Detail(append([]string{w.assigner.String()}, detail...)...),
	}
	if !w.clock {
		node.Time, node.Outputs = plan.SetTimes, []operator.Element{skin.ElementOf[T](g)}
	}
	keyed := skin.HashBy(w.keyed.Flow, w.keyed.Key)
	out := skin.Add[window.Result[R]](g, node, keyed.Input)
	if w.late != nil && !w.clock {
		w.late.attach(g, out.Node, 1)
	}
	return of(out)
}

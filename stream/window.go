package stream

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/window"
)

// Windowed is a keyed stream that is cut into windows of processing time: a record
// belongs to the windows that are open when it arrives. When a window ends, it
// emits one result for each key it has seen; when the stream ends, the windows
// that are still open do.
type Windowed[T any, K comparable] struct {
	keyed    skin.Keyed[T, K]
	assigner window.Assigner
}

// Window cuts the stream into windows.
func (k *Keyed[T, K]) Window(assigner window.Assigner) *Windowed[T, K] {
	if err := assigner.Validate(); err != nil {
		skin.Mistake(k.keyed.Graph, err)
	}
	return &Windowed[T, K]{k.keyed, assigner}
}

// Aggregate computes aggregates for each key and window.
func (w *Windowed[T, K]) Aggregate(list ...agg.Aggregate[T, T]) *DataStream[window.Result[T]] {
	return AggregateWindowInto(w, list...)
}

// AggregateWindowInto is Aggregate with results of another type.
func AggregateWindowInto[T any, K comparable, R any](w *Windowed[T, K], list ...agg.Aggregate[T, R]) *DataStream[window.Result[R]] {
	p := skin.Program(w.keyed.Graph, list)
	detail := append([]string{w.assigner.String()}, describe(list)...)
	return keyedNode[window.Result[R]](w.keyed, "window aggregate", plan.NoTimes, detail, step.WindowAggregate(w.keyed.Key, w.assigner, p))
}

// Reduce joins the records of each key and window, two at a time, into one. f must
// be associative: windows that overlap share what they have in common.
func (w *Windowed[T, K]) Reduce(f func(a, b T) T) *DataStream[window.Result[T]] {
	rows := skin.TypeOf[T](w.keyed.Graph)
	return keyedNode[window.Result[T]](w.keyed, "window reduce", plan.NoTimes, []string{w.assigner.String()},
		step.WindowReduce(w.keyed.Key, rows, w.assigner, step.Plain(f)))
}

package stream

import (
	"errors"

	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Iterate has records go round. body describes what is done with records of the stream and
// with those that come back, together: it returns the stream of those that go back, and
// another one, which is the result.
//
//	shortest := stream.Iterate(numbers, func(all *stream.DataStream[Number]) (back, done *stream.DataStream[Number]) {
//		next := stream.Map(all, step)
//		return next.Filter(Number.Open), next.Filter(Number.Done)
//	})
//
// Records that go back are never held up: they wait in memory and then on disk, and as long
// as some are on disk no new ones are let in. The loop is over when its input, and that of
// all operators in it, has ended and nothing goes round any more; nobody has to know how
// long that takes. A loop that always has a record goes on for ever.
//
// Event time stands still in the loop and behind it until the input has ended and the loop
// is at rest: any record might come round again. Then it ends, timers and windows fire, and
// what they send back goes round, too. Behind a loop whose input has no end, [AssignTime]
// gives records times anew. What the operators of the loop make only when the loop is over,
// such as windows of the clock that are still open, cannot go back any more: it fails the
// job.
//
// Records that go back have event times if those of the stream do.
func Iterate[T, O any](d *DataStream[T], body func(all *DataStream[T]) (back *DataStream[T], out *DataStream[O])) *DataStream[O] {
	g := d.flow.Graph
	skin.CheckFunctions(g, body)
	rows := skin.TypeOf[T](g)
	if body == nil || rows == nil {
		return of(skin.Add[O](g, skin.Node{Kind: "loop"}, d.flow.Input))
	}
	loop, timed := step.NewLoop(rows), d.flow.Input.Timed()
	entry := of(skin.Add[T](g, skin.Node{Kind: "loop entry", Time: plan.KeepTimes, Factory: loop.Entry()}, d.flow.Input))
	head := skin.Node{Kind: "loop", Factory: loop.Head()}
	if timed {
		head.Time = plan.SetTimes
	}
	round := of(skin.Add[T](g, head))
	back, out := body(Union(entry, round))
	if back == nil || out == nil {
		skin.Mistake(g, errors.New("the body of a loop returns two streams, neither of which is nil"))
		return of(skin.Add[O](g, skin.Node{Kind: "loop"}, d.flow.Input))
	}
	if timed && !back.flow.Input.Timed() {
		skin.Mistake(g, errors.New("what goes back has no event times, and the stream has: assign them before it goes back"))
	}
	skin.Back(g, back.flow.Input, round.flow.Node, loop.Tail())
	return out
}

package stream

import (
	"errors"
	"time"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/window"
)

// WindowedPair are two keyed streams that are cut into the same windows: a window has
// records of both that have its key.
type WindowedPair[A, B any, K comparable] struct {
	first  *Windowed[A, K] // its behaviour is that of both
	second *Keyed[B, K]
	late   *Side[B]
}

// WindowBoth cuts two streams into the same windows, by event time if both have times,
// else by the engine's clock. Sessions end when neither has had a record for the gap;
// windows of counts count both.
func WindowBoth[A, B any, K comparable](first *Keyed[A, K], second *Keyed[B, K], assigner window.Assigner) *WindowedPair[A, B, K] {
	timed := first.keyed.Input.Timed() && second.keyed.Input.Timed()
	return &WindowedPair[A, B, K]{
		first:  &Windowed[A, K]{keyed: first.keyed, behaviour: behave(first.keyed.Graph, assigner, timed)},
		second: second,
	}
}

// with returns the same windows with a behaviour of their own.
func (p *WindowedPair[A, B, K]) with(first *Windowed[A, K]) *WindowedPair[A, B, K] {
	other := *p
	other.first = first
	return &other
}

// Trigger is [Windowed.Trigger].
func (p *WindowedPair[A, B, K]) Trigger(t window.Trigger) *WindowedPair[A, B, K] {
	return p.with(p.first.Trigger(t))
}

// Lateness is [Windowed.Lateness].
func (p *WindowedPair[A, B, K]) Lateness(d time.Duration) *WindowedPair[A, B, K] {
	return p.with(p.first.Lateness(d))
}

// Discarding is [Windowed.Discarding].
func (p *WindowedPair[A, B, K]) Discarding() *WindowedPair[A, B, K] {
	return p.with(p.first.Discarding())
}

// ByClock is [Windowed.ByClock].
func (p *WindowedPair[A, B, K]) ByClock() *WindowedPair[A, B, K] { return p.with(p.first.ByClock()) }

// LateTo is [Windowed.LateTo] with a side output for the records of each stream; each may
// be nil.
func (p *WindowedPair[A, B, K]) LateTo(first *Side[A], second *Side[B]) *WindowedPair[A, B, K] {
	other := p.with(p.first.LateTo(first))
	other.late = second
	return other
}

// CoFiring is what a window of two streams gives to the function of [CoGroupWindow].
type CoFiring[A, B, K any] = step.CoFiring[A, B, K]

// CoGroupWindow gives the records that both streams have of each key and firing of a
// window to a function, which makes any number of records of them. Either may have none,
// not both, unless the trigger fires again for nothing. The windows keep all their records.
func CoGroupWindow[A, B any, K comparable, O any](p *WindowedPair[A, B, K], f func(CoFiring[A, B, K], func(O))) *DataStream[O] {
	skin.CheckFunctions(p.first.keyed.Graph, f)
	return windowPairNode(p, "window co-group", f)
}

// JoinWindow makes a record of each pair of records of the two streams that have the same
// key and window, when that fires, in the order of the first and then of the second
// stream. A window that fires again makes all its pairs again; one that is discarding makes
// those of the records that have come since. The windows keep all their records.
func JoinWindow[A, B any, K comparable, O any](p *WindowedPair[A, B, K], f func(A, B) O) *DataStream[O] {
	skin.CheckFunctions(p.first.keyed.Graph, f)
	return windowPairNode(p, "window join", func(w CoFiring[A, B, K], emit func(O)) {
		for _, a := range w.First {
			for _, b := range w.Second {
				emit(f(a, b))
			}
		}
	})
}

// windowPairNode adds an operator on windows of two streams; its outputs 1 and 2 have the
// records that no window takes.
func windowPairNode[A, B any, K comparable, O any](p *WindowedPair[A, B, K], kind string, f func(CoFiring[A, B, K], func(O))) *DataStream[O] {
	first, second := p.first.keyed, p.second.keyed
	g := first.Graph
	if err := windowing.CheckTrigger[step.Either[A, B]](p.first.trigger); err != nil {
		skin.Mistake(g, errors.New("windows of two streams cannot fire by what is in their records: use triggers of counts and time"))
	}
	if p.first.evicts() {
		skin.Mistake(g, errors.New("windows of two streams are not evicted: CountSliding is for one stream"))
	}
	node := skin.Node{
		Kind: kind, Time: plan.NoTimes, Memory: skin.LargeMemory,
		Detail: first.Detail(p.first.describe(first.Input.Timed() && second.Input.Timed())...),
		Factory: step.TriggeredCoGroup(first.Key, second.Key, windowsOf[step.Either[A, B]](p.first.behaviour),
			skin.TypeOf[A](g), skin.TypeOf[B](g), step.Plain(f)),
		Outputs: []operator.Element{skin.ElementOf[A](g), skin.ElementOf[B](g)},
	}
	if !p.first.clock {
		node.Time = plan.SetTimes
	}
	out := skin.Add[O](g, node, hashed(&Keyed[A, K]{first}), hashed(p.second))
	if p.first.late != nil {
		p.first.late.attach(g, out.Node, 1)
	}
	if p.late != nil {
		p.late.attach(g, out.Node, 2)
	}
	return of(out)
}

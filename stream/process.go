package stream

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// KeyedContext is what the functions of [Process] use of their subtask: the current
// key, times, timers, emitting records, and state by way of package state.
type KeyedContext[K, O any] = step.KeyedContext[K, O]

// Handler is the functions of [Process]: Record is called for every record, Timer for
// event-time timers, ClockTimer for those of the engine's clock.
type Handler[T any] = step.Handler[T]

// Handler2 is the functions of [CoProcess].
type Handler2[A, B any] = step.Handler2[A, B]

// Side is a further output of a process operator, of a type of its own. It is made
// before the operator, given to it, and read with [DataStream] operators as any other
// stream once the operator is there.
type Side[S any] struct {
	name string
	flow skin.Flow[S]
}

// NewSide makes a side output.
func NewSide[S any](name string) *Side[S] { return &Side[S]{name: name} }

// Stream returns the records of a side output, after it has been given to an operator.
func (s *Side[S]) Stream() *DataStream[S] {
	if s.flow.Graph == nil {
		panic(fmt.Errorf("the side output %q belongs to no operator yet", s.name))
	}
	return of(s.flow)
}

// AnySide is a side output of any type.
type AnySide interface {
	side() step.Side
	element(g *plan.Graph) operator.Element
	attach(g *plan.Graph, n *plan.Node, port int)
}

func (s *Side[S]) side() step.Side { return step.SideOf[S](s) }

func (s *Side[S]) element(g *plan.Graph) operator.Element { return skin.ElementOf[S](g) }

func (s *Side[S]) attach(g *plan.Graph, n *plan.Node, port int) {
	if s.flow.Graph != nil {
		skin.Mistake(g, fmt.Errorf("the side output %q belongs to another operator already", s.name))
		return
	}
	s.flow = skin.Port[S](g, n, port)
}

// ToSide returns the function that sends records to a side output. It is for the
// function that opens the handler; the side must have been given to the operator.
func ToSide[S, K, O any](ctx *KeyedContext[K, O], side *Side[S]) func(S) {
	emit := step.SideEmit[S](ctx, side)
	if emit == nil {
		panic(fmt.Errorf("the side output %q was not given to operator %q", side.name, ctx.Name()))
	}
	return emit
}

// Process makes any number of records of each record, with state and timers for each
// key. open is called once for each subtask, before the first record, and returns the
// functions, which run on one goroutine and may share what open makes.
//
// Records of a key come in the order of their arrival. Timers are called in the order
// of their times; at the end of the input all event-time timers are.
func Process[T any, K comparable, O any](k *Keyed[T, K], open func(*KeyedContext[K, O]) (Handler[T], error), sides ...AnySide) *DataStream[O] {
	skin.CheckFunctions(k.keyed.Graph, open)
	return processNode[O](k.keyed.Graph, "process", k.keyed.Detail(), sides,
		func(s []step.Side) operator.Factory { return step.Process(k.keyed.Key, open, s) },
		hashed(k))
}

// CoProcess is [Process] for two streams that are divided by the same keys, and share
// state and timers.
func CoProcess[A, B any, K comparable, O any](first *Keyed[A, K], second *Keyed[B, K], open func(*KeyedContext[K, O]) (Handler2[A, B], error), sides ...AnySide) *DataStream[O] {
	skin.CheckFunctions(first.keyed.Graph, open)
	return processNode[O](first.keyed.Graph, "co-process", first.keyed.Detail(), sides,
		func(s []step.Side) operator.Factory {
			return step.CoProcess(first.keyed.Key, second.keyed.Key, open, s)
		},
		hashed(first), hashed(second))
}

func processNode[O any](g *plan.Graph, kind string, detail []string, sides []AnySide, factory func([]step.Side) operator.Factory, inputs ...plan.Input) *DataStream[O] {
	node := skin.Node{Kind: kind, Detail: detail, Time: plan.PassTimes, Memory: skin.LargeMemory}
	var made []step.Side
	for _, s := range sides {
		made = append(made, s.side())
		node.Outputs = append(node.Outputs, s.element(g))
	}
	node.Factory = factory(made)
	out := skin.Add[O](g, node, inputs...)
	for i, s := range sides {
		s.attach(g, out.Node, 1+i)
	}
	return of(out)
}

func hashed[T any, K comparable](k *Keyed[T, K]) plan.Input {
	f := skin.HashBy(k.keyed.Flow, k.keyed.Key)
	return f.Input
}

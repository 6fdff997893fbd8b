package task

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// quarantine gives an operator the place for the records it refuses.
func (b *builder) quarantine(t *Task, n *plan.Node, ctx *operator.Context) error {
	if b.Quarantine == nil || n.ID >= len(b.Plan.Graph.Nodes) { // the plan's own run no user code
		return nil
	}
	w, err := b.Quarantine(n, nil, t.Subtask, t.Chain.Parallelism)
	if err != nil {
		return err
	}
	ctx.Spec().Quarantine = w
	ctx.OnClose(w.Close)
	return nil
}

// refuse gives a route the place for the records that no receiver can be chosen for. They
// are refused in the name of who reads them.
func (b *builder) refuse(t *Task, x *plan.Exchange, ctx *operator.Context, route *operator.Route) error {
	if b.Quarantine == nil || x.Edge.Selector == nil || x.Input < 0 {
		return nil
	}
	reader := b.Plan.Reader(x)
	w, err := b.Quarantine(reader.Node, x.Edge.From, t.Subtask, t.Chain.Parallelism)
	if err != nil {
		return err
	}
	route.Refused, route.Input = w, reader.Input
	ctx.OnClose(w.Close)
	return nil
}

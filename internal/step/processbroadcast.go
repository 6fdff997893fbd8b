package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// BroadcastContext is what the functions of a process operator with an input that is
// broadcast use of their subtask.
type BroadcastContext[K, O any] struct {
	*KeyedContext[K, O]
	broadcasts *keyed.Broadcasts
}

// Broadcasts returns where broadcast state belongs. It is for package state.
func (c *BroadcastContext[K, O]) Broadcasts() *keyed.Broadcasts { return c.broadcasts }

// EachKey calls f for each key of this subtask that holds something, as the current key, in
// no order. It is for the function that gets what is broadcast.
func (c *BroadcastContext[K, O]) EachKey(f func()) {
	if err := c.keys.EachKey(func() error { f(); return nil }); err != nil {
		panic(operator.Abort{Err: c.Fail(err, -1, nil)})
	}
}

// BroadcastHandler is a Handler with a second input, which is broadcast: Rule gets it.
type BroadcastHandler[T, R any] struct {
	Handler[T]
	Rule func(R, *keyed.Change)
}

// BroadcastProcess is Process with a second input of which each subtask gets all.
func BroadcastProcess[T, R any, K comparable, O any](key *types.Key[T, K], open func(*BroadcastContext[K, O]) (BroadcastHandler[T, R], error), sides []Side) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := newProcess[K, O](w, key.Type(), w.In(0) != nil && w.In(1) != nil, sides)
		c := &BroadcastContext[K, O]{&s.c, keyed.NewBroadcasts(s.c.scope)}
		s.broadcasts = c.broadcasts
		records := newProcessInput(s, key, w.In(0))
		rules := newRuleInput[R](s, w.In(1), c.broadcasts)
		s.open = func() error {
			h, err := open(c)
			records.f, s.onTimer, s.onClock = h.Record, h.Timer, h.ClockTimer
			rules.f = h.Rule
			return err
		}
		return operator.Instance{Inputs: []any{records, rules}, Body: s}, nil
	}
}

// ruleInput is the input of a process operator that is broadcast.
type ruleInput[R, K, O any] struct {
	guard
	step       *processStep[K, O]
	in         *operator.Stamps
	broadcasts *keyed.Broadcasts
	f          func(R, *keyed.Change)
}

func newRuleInput[R, K, O any](s *processStep[K, O], in *operator.Stamps, b *keyed.Broadcasts) *ruleInput[R, K, O] {
	return &ruleInput[R, K, O]{guard: guard{ctx: s.c.Context, input: 1}, step: s, in: in, broadcasts: b}
}

func (p *ruleInput[R, K, O]) Collect(rows []R) error {
	times := timesOf(p.in)
	for len(rows) > 0 {
		next, err := p.apply(rows, times)
		if err == nil && p.step.c.out.held && p.step.full() {
			err = p.step.flush()
		}
		if err != nil {
			return err
		}
		rows, times = rows[next:], timesFrom(times, next)
	}
	if err := p.step.fireDue(); err != nil {
		return err
	}
	return p.step.flush()
}

func (p *ruleInput[R, K, O]) apply(rows []R, times []int64) (next int, err error) {
	defer spare(&p.guard, rows, times, &next, &err, p.undo)
	c := &p.step.c
	c.now = operator.NoTime
	for i := range rows {
		p.at = i
		if times != nil {
			c.now = times[i]
		}
		p.step.begin()
		p.f(rows[i], p.broadcasts.Begin())
		p.broadcasts.End()
		if !c.scope.Within() {
			return i + 1, p.step.overfull()
		}
		if c.out.held && p.step.full() {
			return i + 1, nil
		}
	}
	return len(rows), nil
}

// undo ends the call that has panicked. What it did to state stays.
func (p *ruleInput[R, K, O]) undo() (key string) {
	p.broadcasts.End()
	p.step.withdraw()
	if scope := p.step.c.scope; scope.Busy() {
		key = fmt.Sprintf("%+v", p.step.c.Key())
		scope.Leave()
	}
	return key
}

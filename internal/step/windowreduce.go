package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// WindowReduce joins the records of each key and window into one; what WindowAggregate
// says of time holds here. The function joins records of one pane in the order of their arrival and
// then what it made of the panes in their order, so it must be associative. A
// panic names the record, or the joined one, it was called with.
func WindowReduce[T any, K comparable](key *types.Key[T, K], rows *types.Type[T], assigner window.Assigner, event bool, open Open[func(a, b T) T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		if err := assigner.Validate(); err != nil {
			return operator.Instance{}, err
		}
		batch := operator.BatchSize[T]()
		shared := &reduceShared[T, K]{
			lateFunction: lateFunction[func(a, b T) T]{make: open},
			ctx:          w.Context,
			find:         newGroupFinder(key, batch),
		}
		arena := &types.Arena{} // one for all panes: neighbours come and go together
		state := func(arena *types.Arena, refuse refusal[T]) paneState[T, T] {
			r := newReductions(key.Type(), rows, arena)
			r.refuse = refuse
			return &reducePane[T, K]{r, shared}
		}
		refuse, refusePart := refusalOf[T](w.Context), refusalOfPart[T](w.Context)
		panes := newPanes(assigner, func() paneState[T, T] { return state(arena, refuse) }, state(nil, refusePart))
		panes.keeper = &keeper[T, K, T, T]{w.Context, key.Type(), batch}
		open := func() error { return shared.openWith(w.Context) }
		if event {
			return oneSieved(w, key, newEventWindows(w, panes, open, 0, 1)), nil
		}
		return oneSieved(w, key, newClockWindows(w, panes, open)), nil
	}
}

// refusalOfPart is refusalOf for what was made of the records of one pane, when it is
// joined with others: it is missing in the window.
func refusalOfPart[T any](ctx *operator.Context) refusal[T] {
	if !ctx.Quarantines() {
		return nil
	}
	return func(_ *guard, caught any, row *T, key func() string) {
		u := unit{kind: quarantine.Window, name: "what was made of a part of the window", show: func() any { return *row }}
		if !final(caught) {
			u.key = key()
		}
		if err := asideUnit(ctx, caught, u); err != nil {
			panic(operator.Abort{Err: err})
		}
	}
}

// reduceShared is what all panes of a step have in common.
type reduceShared[T, K any] struct {
	lateFunction[func(a, b T) T]
	ctx  *operator.Context
	find *groupFinder[T, K]
}

// reducePane is the joined record for each key of a pane or window.
type reducePane[T, K any] struct {
	*reductions[T, K]
	shared *reduceShared[T, K]
}

func (p *reducePane[T, K]) add(g *guard, rows []T) {
	index, before := p.shared.find.groupsOf(g, p.groups, rows)
	p.update(g, p.shared.f, index, before, rows, nil)
}

// each implements keptPane.
func (p *reducePane[T, K]) each(f func(*K, *T)) { eachOf(p.groups.keys, p.values, f) }

// put implements keptPane.
func (p *reducePane[T, K]) put(keys []K, rows []T) error {
	return putReductions(p.reductions, p.shared.find, keys, rows)
}

func (p *reducePane[T, K]) merge(from paneState[T, T]) (err error) {
	src, size := from.(*reducePane[T, K]), p.shared.find.size()
	var at guard // in a piece of src
	i := 0
	defer func() {
		if caught := recover(); caught != nil {
			err = p.shared.ctx.Recovered(caught, -1, func() any { return src.values[i+at.at] })
		}
	}()
	for ; i < len(src.values); i += size {
		j := min(i+size, len(src.values))
		index, before := p.shared.find.groupsOfKeys(&at, p.groups, src.groups.keys[i:j])
		p.update(&at, p.shared.f, index, before, src.values[i:j], nil)
	}
	return nil
}

func (p *reducePane[T, K]) emit(w window.Window, out *emitter[window.Result[T]]) error {
	for i := range p.values {
		if err := out.add(window.Result[T]{Window: w, Value: p.values[i]}); err != nil {
			return err
		}
	}
	return out.flush()
}

package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// WindowAggregate computes a program for each key and window, of event time or else of
// the engine's clock, and emits the result with its window when that is complete;
// eventWindowStep and windowStep say exactly when. Windows that share panes are those of
// slides. Output 1 has the records that come too late, which by the clock none does. A
// second input has the partial results of HotKeys.
func WindowAggregate[T any, K comparable, R any](key *types.Key[T, K], assigner window.Assigner, event bool, p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		if err := assigner.Validate(); err != nil {
			return operator.Instance{}, err
		}
		panes := aggregatePanes(w.Context, key, newGroupFinder(key, operator.BatchSize[T]()), assigner, p)
		if event {
			s := newEventWindows(w, panes, nil, 0, 1)
			instance := oneSieved(w, key, s)
			if len(w.Received) > 1 {
				instance.Inputs = append(instance.Inputs, &hotParts[T, K, R]{windows: s, in: w.In(1)})
			}
			return instance, nil
		}
		return oneSieved(w, key, newClockWindows(w, panes, nil)), nil
	}
}

func aggregatePanes[T any, K comparable, R any](ctx *operator.Context, key *types.Key[T, K], find *groupFinder[T, K], assigner window.Assigner, p *agg.Program[T, R]) *panes[T, R] {
	arena := &types.Arena{} // one for all panes: neighbours come and go together
	panes := newPanes(assigner, func() paneState[T, R] { return newAggregatePane(key, p, find, arena) }, nil)
	panes.keeper = &keeper[T, K, agg.Partial[R], R]{ctx, key.Type(), find.size()}
	if assigner.Pane() != assigner.Size() {
		all := newSlides(key, p, find, panes)
		panes.make, panes.slider = func() paneState[T, R] { return all.pane() }, all
	}
	return panes
}

// aggregatePane is the state of a program for each key of a pane or window.
type aggregatePane[T, K, R any] struct {
	*aggregates[T, K, R]
	find *groupFinder[T, K] // shared by all panes
}

func newAggregatePane[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R], find *groupFinder[T, K], arena *types.Arena) *aggregatePane[T, K, R] {
	return &aggregatePane[T, K, R]{newAggregates(key.Type(), p, arena), find}
}

func (p *aggregatePane[T, K, R]) add(g *guard, rows []T) { p.update(g, p.find, rows) }

// join implements joiner.
func (p *aggregatePane[T, K, R]) join(keys []K, partials []agg.Partial[R]) {
	var g guard // keys that were hashed once do not fail
	merge(p.aggregates, &g, p.find, keys, partials)
}

// each implements keptPane.
func (p *aggregatePane[T, K, R]) each(f func(*K, *agg.Partial[R])) {
	eachOf(p.groups.keys, p.states, f)
}

// put implements keptPane.
func (p *aggregatePane[T, K, R]) put(keys []K, partials []agg.Partial[R]) error {
	return putAggregates(p.aggregates, p.find, keys, partials)
}

func (p *aggregatePane[T, K, R]) merge(from paneState[T, R]) error {
	src, size := from.(*aggregatePane[T, K, R]), p.find.size()
	for i := 0; i < len(src.states); i += size {
		j := min(i+size, len(src.states))
		p.join(src.groups.keys[i:j], src.states[i:j])
	}
	return nil
}

func (p *aggregatePane[T, K, R]) emit(w window.Window, out *emitter[window.Result[R]]) error {
	p.program.Finish(p.states)
	for i := range p.states {
		if err := out.add(window.Result[R]{Window: w, Value: p.states[i].Row}); err != nil {
			return err
		}
	}
	return out.flush()
}

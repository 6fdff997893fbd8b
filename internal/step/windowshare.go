package step

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// What drives a sharedStep is found by these interfaces.
var (
	_ operator.Marker   = (*sharedStep[int, int, int])(nil)
	_ operator.Stateful = (*sharedStep[int, int, int])(nil)
)

// WindowsAggregate is WindowAggregate of several kinds of windows at once, by event time.
// A record is added once, to the pane that all of them share; when that is full, its
// partial results are given to the panes of each kind (Krishnamurthy, Wu and Franklin,
// On-the-Fly Sharing for Streamed Aggregation, SIGMOD 2006, section 3). A record that
// comes later than that goes to each kind as it is, which knows if it is late.
//
// Output i has the results of assigners[i], output len(assigners)+i the records that are
// too late for it. A second input has the partial results of HotKeys by the shared panes.
func WindowsAggregate[T any, K comparable, R any](key *types.Key[T, K], assigners []window.Assigner, p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		if len(assigners) == 0 {
			return operator.Instance{}, errors.New("there are no windows")
		}
		for _, a := range assigners {
			if err := a.Validate(); err != nil {
				return operator.Instance{}, err
			}
		}
		find := newGroupFinder(key, operator.BatchSize[T]())
		s := &sharedStep[T, K, R]{}
		for i, a := range assigners {
			s.kinds = append(s.kinds, newEventWindows(w, aggregatePanes(w.Context, key, find, a, p), nil, i, len(assigners)+i))
		}
		arena := &types.Arena{}
		panes := newPanes(window.Shared(assigners...), func() paneState[T, R] {
			return &sharedPane[T, K, R]{newAggregatePane(key, p, find, arena), s}
		}, nil)
		panes.keeper = &keeper[T, K, agg.Partial[R], R]{w.Context, key.Type(), find.size()}
		s.first = newEventPanes(w, panes)
		s.first.out = &emitter[window.Result[R]]{} // nothing goes there
		s.first.lates = &operator.Stamps{}
		s.first.late = &shareLate[T, K, R]{s}
		instance := operator.Instance{Inputs: []any{sieved(w, 0, key, s)}, Body: s}
		if len(w.Received) > 1 {
			instance.Inputs = append(instance.Inputs, &hotParts[T, K, R]{windows: s.first, in: w.In(1)})
		}
		return instance, nil
	}
}

// sharedStep is the panes that all kinds of windows share, and the windows.
//
// Invariant: every record that is in first has been in none of the kinds.
type sharedStep[T any, K comparable, R any] struct {
	first *eventWindowStep[T, R]
	kinds []*eventWindowStep[T, R]
}

func (s *sharedStep[T, K, R]) Collect(rows []T) error { return s.first.Collect(rows) }

// Advance implements operator.Marker: panes are full before the windows that end with them.
func (s *sharedStep[T, K, R]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if _, err := s.first.Advance(in); err != nil {
		return in, err
	}
	for _, k := range s.kinds {
		if _, err := k.Advance(in); err != nil {
			return in, err
		}
	}
	return in, nil
}

// Snapshot implements operator.Stateful.
func (s *sharedStep[T, K, R]) Snapshot() ([]operator.Part, error) {
	parts, err := s.first.panes.keeper.store("shared panes", s.first.panes, s.first.mark)
	for i, k := range s.kinds {
		if err != nil {
			return nil, err
		}
		var more []operator.Part
		more, err = k.panes.keeper.store(kindName(i), k.panes, k.mark)
		parts = append(parts, more...)
	}
	return parts, err
}

// Restore implements operator.Stateful. Shared panes come last, as what they have to give
// away goes to those of the kinds.
func (s *sharedStep[T, K, R]) Restore(from operator.State) error {
	for i, k := range s.kinds {
		if err := k.restore(kindName(i), from); err != nil {
			return err
		}
	}
	return s.first.restore("shared panes", from)
}

func kindName(i int) string { return fmt.Sprint("windows ", i) }

// Stand implements operator.Stander. It waits for the pane or window that ends first.
func (s *sharedStep[T, K, R]) Stand(st *metrics.Standing) {
	all := *st
	s.first.Stand(&all)
	for _, k := range s.kinds {
		one := *st
		k.Stand(&one)
		if one.Open > 0 && (all.Open == 0 || one.Next < all.Next) {
			all.Next = one.Next
		}
		all.Open += one.Open
	}
	*st = all
}

// shareLate takes records whose pane was full to the windows.
type shareLate[T any, K comparable, R any] struct{ s *sharedStep[T, K, R] }

func (l *shareLate[T, K, R]) Collect(rows []T) error {
	for _, k := range l.s.kinds {
		if err := k.collect(rows, l.s.first.lates.Times); err != nil {
			return err
		}
	}
	return nil
}

// sharedPane is a pane that gives what it has to the windows when it is full.
type sharedPane[T any, K comparable, R any] struct {
	*aggregatePane[T, K, R]
	of *sharedStep[T, K, R]
}

// emit implements paneState.
func (p *sharedPane[T, K, R]) emit(w window.Window, _ *emitter[window.Result[R]]) error {
	start := w.Start.UnixNano()
	size := p.find.size()
	for _, k := range p.of.kinds {
		to := k.panes.find(k.panes.assigner.PaneStart(start)).(joiner[K, R])
		for i := 0; i < len(p.states); i += size {
			j := min(i+size, len(p.states))
			to.join(p.groups.keys[i:j], p.states[i:j])
		}
	}
	return nil
}

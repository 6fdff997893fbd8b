package step

import (
	"math"

	"github.com/thalweg/thalweg/window"
)

// paneState is what is known of the records T of a pane or a window: a value of R
// for each key. merge is given states of its own kind only.
type paneState[T, R any] interface {
	add(g *guard, rows []T)
	merge(from paneState[T, R]) error
	emit(w window.Window, out *emitter[window.Result[R]]) error // leaves the state useless until it is reset
	reset()
}

// beginner is a paneState that is told when its pane begins, before it is given records.
type beginner interface{ begin(start int64) }

// slider emits the results of windows of several panes, of which those of the window w
// are open. Its panes are reset in their order.
type slider[T, R any] interface {
	fire(w window.Window, end int64, out *emitter[window.Result[R]]) error

	// sides returns how the panes are divided, and arrange divides those that were put
	// back as others were.
	sides() (border, full int64)
	arrange(border, full int64)
}

// panes keeps what came in during each pane of time until no window needs it any
// more. A window is the states of its panes, which a slider knows how to add up, or else
// all of them merged: a record is added once, in however many windows it is.
//
// It knows neither clocks nor timers. Times are nanoseconds since the epoch. Those
// given to at never go back; find takes any.
//
// Invariants: open is ordered by start; every open pane is in a window that ends
// after fired.
type panes[T, R any] struct {
	assigner window.Assigner
	make     func() paneState[T, R]

	open   []pane[T, R]
	fired  int64 // end of the latest window that has fired
	merged paneState[T, R]
	slider slider[T, R] // nil: panes are merged
	keeper paneKeeper[T, R]
	owed   *owed[R] // of windows that fired while they were restored; nil: nothing
	spare  []paneState[T, R]
}

type pane[T, R any] struct {
	start int64
	state paneState[T, R]
}

func newPanes[T, R any](a window.Assigner, state func() paneState[T, R], merged paneState[T, R]) *panes[T, R] {
	return &panes[T, R]{assigner: a, make: state, merged: merged, fired: math.MinInt64}
}

// at returns the state of the pane that ns is in.
func (p *panes[T, R]) at(ns int64) paneState[T, R] {
	start := p.assigner.PaneStart(ns)
	if n := len(p.open); n > 0 && p.open[n-1].start == start {
		return p.open[n-1].state
	}
	s := p.fresh(start)
	p.open = append(p.open, pane[T, R]{start, s})
	return s
}

// fresh returns an empty state for the pane that begins at start.
func (p *panes[T, R]) fresh(start int64) (s paneState[T, R]) {
	if n := len(p.spare); n > 0 {
		s = p.spare[n-1]
		p.spare = p.spare[:n-1]
	} else {
		s = p.make()
	}
	if b, ok := s.(beginner); ok {
		b.begin(start)
	}
	return s
}

// nextEnd returns the end of the earliest window that has records and has not
// fired.
func (p *panes[T, R]) nextEnd() (int64, bool) {
	if len(p.open) == 0 {
		return 0, false
	}
	// The earliest pane is in a window that ends after fired, so the next window
	// after fired has it, or this pane's first window is later than that.
	return max(p.assigner.FirstEnd(p.open[0].start), p.fired+int64(p.assigner.Slide())), true
}

// fire emits the results of the window that ends at end, which nextEnd returned,
// and gives up the panes that no later window needs.
func (p *panes[T, R]) fire(end int64, out *emitter[window.Result[R]]) error {
	p.fired = end
	w := p.assigner.EndingAt(end)
	switch {
	case p.assigner.Pane() == p.assigner.Size():
		if err := p.open[0].state.emit(w, out); err != nil {
			return err
		}
	case p.slider != nil:
		if err := p.slider.fire(w, end, out); err != nil {
			return err
		}
	default:
		if err := p.merge(w, end, out); err != nil {
			return err
		}
	}
	gone := 0
	for gone < len(p.open) && p.assigner.LastEnd(p.open[gone].start) <= end {
		state := p.open[gone].state
		state.reset()
		p.spare = append(p.spare, state)
		gone++
	}
	n := copy(p.open, p.open[gone:])
	clear(p.open[n:])
	p.open = p.open[:n]
	return nil
}

// merge emits what the panes of a window come to.
func (p *panes[T, R]) merge(w window.Window, end int64, out *emitter[window.Result[R]]) error {
	for i := 0; i < len(p.open) && p.open[i].start < end; i++ {
		if err := p.merged.merge(p.open[i].state); err != nil {
			return err
		}
	}
	if err := p.merged.emit(w, out); err != nil {
		return err
	}
	p.merged.reset()
	return nil
}

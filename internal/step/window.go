package step

import (
	"math"
	"time"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// What drives a window step is found by these interfaces.
var (
	_ operator.Opener    = (*windowStep[int, int])(nil)
	_ operator.TimerUser = (*windowStep[int, int])(nil)
	_ operator.Finisher  = (*windowStep[int, int])(nil)
	_ operator.Stateful  = (*windowStep[int, int])(nil)
)

// windowStep puts records into windows by the engine's clock. It reads the clock
// once for each piece of input it is given; all of its records come at that time.
//
//   - A window fires once the clock has reached its end: by its timer, or before
//     records are added that come later.
//   - Windows fire in the order of their ends, each with one result for each key
//     it has, in an order that follows from the records alone. A window without
//     records does not fire.
//   - If the clock goes back, time stands still until it has caught up: no record
//     comes too late.
//   - When the input ends, the windows that are still open fire as they are, so
//     that nothing is lost.
//
// The input is divided by key. It may never end; memory grows with the keys of the
// panes that open windows still need.
type windowStep[T, R any] struct {
	guard
	panes *panes[T, R]
	open  func() error // opens the user's function; nil if there is none
	size  int          // of a batch
	out   *emitter[window.Result[R]]
	now   int64 // the latest time seen
	state paneState[T, R]
}

func newClockWindows[T, R any](w operator.Wiring, p *panes[T, R], open func() error) *windowStep[T, R] {
	return &windowStep[T, R]{
		guard: guard{ctx: w.Context}, panes: p, open: open, size: operator.BatchSize[T](),
		out: newEmitter(output[window.Result[R]](w, 0)), now: math.MinInt64,
	}
}

func (s *windowStep[T, R]) Open() error {
	if s.open == nil {
		return nil
	}
	return s.open()
}

func (s *windowStep[T, R]) Collect(rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	if err := s.OnTimer(s.ctx.Now()); err != nil {
		return err
	}
	s.state = s.panes.at(s.now)
	return batches(rows, s.size, s.absorb)
}

func (s *windowStep[T, R]) absorb(rows []T) (err error) {
	defer rescueSpared(&s.guard, rows, &err)
	s.state.add(&s.guard, rows)
	return nil
}

// NextTimer returns the end of the earliest open window.
func (s *windowStep[T, R]) NextTimer() time.Time {
	if s.panes.owed != nil {
		return time.Unix(0, s.now).UTC()
	}
	end, ok := s.panes.nextEnd()
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, end).UTC()
}

// OnTimer fires all windows that have ended.
func (s *windowStep[T, R]) OnTimer(now time.Time) error {
	s.now = max(s.now, now.UnixNano())
	return s.fireUntil(s.now)
}

// Finish fires all windows that are open.
func (s *windowStep[T, R]) Finish() error { return s.fireUntil(math.MaxInt64) }

func (s *windowStep[T, R]) fireUntil(limit int64) error {
	if s.panes.owed != nil {
		if err := s.panes.pay(s.out); err != nil {
			return err
		}
	}
	for {
		end, ok := s.panes.nextEnd()
		if !ok || end > limit {
			return nil
		}
		if err := s.panes.fire(end, s.out); err != nil {
			return err
		}
	}
}

// Snapshot implements operator.Stateful.
func (s *windowStep[T, R]) Snapshot() ([]operator.Part, error) {
	return s.panes.keeper.store("windows", s.panes, s.now)
}

// Restore implements operator.Stateful: time goes on from the latest that any subtask has
// seen.
func (s *windowStep[T, R]) Restore(from operator.State) error {
	now, err := s.panes.keeper.restore("windows", s.panes, from)
	s.now = max(s.now, now)
	return err
}

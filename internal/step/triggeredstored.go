package step

import (
	"math"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/windowing"
)

// windowsRow is the windows of a key, as they are stored. Timers are not: they follow from
// the windows.
type windowsRow[K, R, A any] struct {
	Key     K
	Windows []windowing.Stored[R, A]
}

// clockRow is how far the clock of a subtask had come, or event time.
type clockRow struct {
	Start int64 // from which boundaries are counted, of windows by policies
	Now   int64
}

// Snapshot implements operator.Stateful.
func (s *triggeredStep[R, K, A, O]) Snapshot() ([]operator.Part, error) {
	rows, err := keyedRows[windowsRow[K, R, A]]()
	if err != nil {
		return nil, err
	}
	var row windowsRow[K, R, A]
	for slot := range s.states {
		if len(s.states[slot].Open) == 0 {
			continue
		}
		row.Key = *s.keys.Key(int32(slot))
		row.Windows = s.machine.Store(&s.states[slot].State, row.Windows[:0])
		rows.Add(s.keys.Hash(int32(slot)), &row)
	}
	parts := []operator.Part{keyedPart("windows", rows)}
	if !s.event {
		clock, err := rowsPart("clock", operator.Union, clockRow{Now: s.mark})
		return append(parts, clock), err
	}
	return parts, nil
}

// Restore implements operator.Stateful.
func (s *triggeredStep[R, K, A, O]) Restore(from operator.State) error {
	s.now = s.ctx.Now().UnixNano()
	if !s.event {
		_, now, err := restoreClock(from)
		if err != nil {
			return err
		}
		s.mark = now
		s.now = max(s.now, now)
	}
	return restoreKeyed(s.ctx, from, "windows", func(row *windowsRow[K, R, A]) error {
		slot := s.keys.Find(s.typ.Hash(&row.Key), &row.Key)
		s.scope.Enter(slot)
		state := s.state(slot)
		err := s.machine.Restore(&state.State, row.Windows)
		s.wait(state)
		s.scope.Leave()
		if err == nil {
			err = s.full()
		}
		return err
	})
}

// restoreClock returns the earliest start and the latest moment of all subtasks.
func restoreClock(from operator.State) (start, now int64, err error) {
	all, err := restoreRows[clockRow](from, "clock")
	start, now = math.MaxInt64, math.MinInt64
	for _, c := range all {
		start, now = min(start, c.Start), max(now, c.Now)
	}
	return start, now, err
}

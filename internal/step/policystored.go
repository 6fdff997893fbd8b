package step

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/windowing"
)

// policyRow is the windows of a key, as they are stored. Timers follow from them.
type policyRow[K, T any] struct {
	Key    K
	State  windowing.PolicyState[T]
	Totals totalsRow
}

// totalsRow is what is added up of a window, if that is done: of the front it has how many
// records that is.
type totalsRow struct {
	Front int64
	Back  []byte
}

// waitingKeyed is a record of a key that the watermark has not passed.
type waitingKeyed[K, T any] struct {
	Key K
	At  int64
	Row T
}

// subtaskRow is the windows of the records of a whole subtask, which belong to no key.
type subtaskRow[T any] struct {
	Known   bool
	State   windowing.PolicyState[T]
	Totals  totalsRow
	Waiting []timedRow[T]
}

// whole reports whether the windows are those of all records of the subtask.
func (s *policyStep[T, K]) whole() bool {
	var key K
	_, whole := any(key).(struct{})
	return whole
}

// Snapshot implements operator.Stateful.
func (s *policyStep[T, K]) Snapshot() (parts []operator.Part, err error) {
	if s.whole() {
		parts, err = s.storeWhole()
	} else {
		err = protect(s.ctx, func() (err error) { // keys of waiting records are computed
			parts, err = s.storeKeys()
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	what, err := s.totalsType()
	if err != nil {
		return nil, err
	}
	kind, err := rowsPart("totals", operator.Union, what)
	if err != nil {
		return nil, err
	}
	parts = append(parts, kind)
	clock, err := rowsPart("clock", operator.Union, clockRow{s.policies.Start, s.mark})
	return append(parts, clock), err
}

func (s *policyStep[T, K]) storeKeys() ([]operator.Part, error) {
	rows, err := keyedRows[policyRow[K, T]]()
	if err != nil {
		return nil, err
	}
	for slot := range s.states {
		if s.states[slot].known {
			rows.Add(s.keys.Hash(int32(slot)), &policyRow[K, T]{*s.keys.Key(int32(slot)), s.states[slot].PolicyState, s.totalsOf(int32(slot))})
		}
	}
	waiting, err := keyedRows[waitingKeyed[K, T]]()
	if err != nil {
		return nil, err
	}
	for i := range s.waiting {
		w := &s.waiting[i]
		row := waitingKeyed[K, T]{s.key.Get(&w.row), w.at, w.row}
		waiting.Add(s.key.Type().Hash(&row.Key), &row)
	}
	return []operator.Part{keyedPart("windows", rows), keyedPart("waiting", waiting)}, nil
}

func (s *policyStep[T, K]) storeWhole() ([]operator.Part, error) {
	var row subtaskRow[T]
	for slot := range s.states { // there is one at most
		if s.states[slot].known {
			row.Known, row.State, row.Totals = true, s.states[slot].PolicyState, s.totalsOf(int32(slot))
		}
	}
	for _, w := range s.waiting {
		row.Waiting = append(row.Waiting, timedRow[T]{w.at, w.row})
	}
	part, err := rowsPart("windows", operator.Dealt, row)
	return []operator.Part{part}, err
}

// Restore implements operator.Stateful.
func (s *policyStep[T, K]) Restore(from operator.State) error {
	start, now, err := restoreClock(from)
	if err != nil {
		return err
	}
	s.mark = now
	if s.event {
		s.sent = now // boundaries that late records have set wait for the next watermark
	} else {
		s.policies.Start = min(s.policies.Start, start)
	}
	want, err := s.totalsType()
	if err != nil {
		return err
	}
	kinds, err := restoreRows[string](from, "totals")
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		if kind != want {
			return fmt.Errorf("the windows were stored with totals of another type: %q, now %q", kind, want)
		}
	}
	if s.whole() {
		return s.restoreWhole(from)
	}
	return s.restoreKeys(from)
}

// totalsType describes what is added up of windows; empty: nothing is.
func (s *policyStep[T, K]) totalsType() (string, error) {
	if s.totals == nil {
		return "", nil
	}
	text, err := json.Marshal(s.totals.what())
	return string(text), err
}

func (s *policyStep[T, K]) totalsOf(slot int32) (row totalsRow) {
	if s.totals != nil {
		front, back := s.totals.store(slot, s.states[slot].Records)
		row = totalsRow{int64(front), back}
	}
	return row
}

func (s *policyStep[T, K]) restoreKeys(from operator.State) error {
	err := restoreKeyed(s.ctx, from, "windows", func(row *policyRow[K, T]) error { return s.put(&row.Key, row.State, row.Totals) })
	if err != nil {
		return err
	}
	return restoreKeyed(s.ctx, from, "waiting", func(row *waitingKeyed[K, T]) error {
		s.postpone(row.At, row.Row)
		return s.full()
	})
}

// restoreWhole gives the subtask back what one had.
func (s *policyStep[T, K]) restoreWhole(from operator.State) error {
	all, err := restoreRows[subtaskRow[T]](from, "windows")
	if err != nil {
		return err
	}
	if len(all) > 1 {
		return errors.New("windows of each subtask's own part of a stream (Local) cannot go on in fewer subtasks than there were: keep the parallelism, or raise it")
	}
	for i := range all {
		row := &all[i]
		for _, w := range row.Waiting {
			s.postpone(w.At, w.Row)
		}
		if row.Known {
			var key K
			if err := s.put(&key, row.State, row.Totals); err != nil {
				return err
			}
		}
	}
	return nil
}

// put gives a key its windows back.
func (s *policyStep[T, K]) put(key *K, state windowing.PolicyState[T], totals totalsRow) error {
	if err := s.policies.Fits(&state); err != nil {
		return err
	}
	slot := s.keys.Find(s.key.Type().Hash(key), key)
	s.scope.Enter(slot)
	if s.state(slot).Begun {
		return errTwice
	}
	s.scope.Heavier(weightOf(s.rows, state.Records...) + len(state.Records)*timeSize)
	s.states[slot].PolicyState = state
	if s.totals != nil {
		if err := s.totals.restore(state.Records, int(totals.Front), totals.Back); err != nil {
			return err
		}
	}
	s.wait(slot)
	s.scope.Leave()
	return s.full()
}

// postpone has a record wait for the watermark.
func (s *policyStep[T, K]) postpone(at int64, row T) {
	s.scope.Heavier(weightOf(s.rows, row) + timeSize)
	s.waiting = append(s.waiting, waitingRow[T]{at, row})
}

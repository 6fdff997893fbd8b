package step

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/types"
)

// What drives a policy step is found by these interfaces.
var (
	_ operator.Opener    = (*policyStep[int, int])(nil)
	_ operator.Marker    = (*policyStep[int, int])(nil)
	_ operator.TimerUser = (*policyStep[int, int])(nil)
	_ operator.Finisher  = (*policyStep[int, int])(nil)
	_ operator.Stander   = (*policyStep[int, int])(nil)
	_ operator.Stateful  = (*policyStep[int, int])(nil)
)

// Policies cuts the records of each key into windows as policies say; see
// windowing.Policies. What has one key for all records cuts the whole subtask's.
//
// By event time, records are taken in the order of their times, equal ones in that of their
// arrival: each waits until the watermark has passed it. One that comes too late is counted
// and is in the window that is open. By the clock, records come at the time of the clock,
// and boundaries, counted from the opening of the subtask, fire without any. What comes of a
// firing has its time, or, if that was in the past already, the watermark's. When the input
// ends the windows that are open fire: by event time, at their next boundaries. Memory
// grows with the records that the windows hold, and with the keys whose policies count or
// compare, and ends with the operator's share.
//
// With a quarantine, a record goes there that a policy panics about, and is in no window;
// and a firing that a function behind panics about, whose windows go on as if it had been.
func Policies[T any, K comparable](key *types.Key[T, K], p windowing.Policies[T], event bool, rows *types.Type[T]) PolicyWindows[T] {
	return CutWindows(CutPolicies(key, p, event, rows))
}

// CutWindows is windows whose firings have their records.
func CutWindows[T any](cut PolicyCut[T]) PolicyWindows[T] {
	return func(to windowReceiver[T]) operator.Factory {
		return cut(func(w operator.Wiring, _ *keyed.Scope) (receiver[T], policyAdder[T]) { return to(w), nil })
	}
}

// CutPolicies is Policies for receivers that want records added up; see AggregateCut.
func CutPolicies[T any, K comparable](key *types.Key[T, K], p windowing.Policies[T], event bool, rows *types.Type[T]) PolicyCut[T] {
	return func(to func(operator.Wiring, *keyed.Scope) (receiver[T], policyAdder[T])) operator.Factory {
		return func(w operator.Wiring) (operator.Instance, error) {
			s := newPolicyStep(w, key, p, event, rows)
			s.to, s.totals = to(w, s.scope)
			s.policies.Unkept = s.totals != nil && !p.Keeps()
			return oneSieved(w, key, s), nil
		}
	}
}

func newPolicyStep[T any, K comparable](w operator.Wiring, key *types.Key[T, K], p windowing.Policies[T], event bool, rows *types.Type[T]) *policyStep[T, K] {
	size := operator.BatchSize[T]()
	s := &policyStep[T, K]{
		guard: guard{ctx: w.Context}, policies: p, event: event, rows: rows, key: key, arena: &types.Arena{},
		in: w.In(0), mark: operator.NoTime, sent: operator.NoTime,
		batch: make([]T, 0, size), times: make([]int64, 0, size), found: make([]K, size), hashes: make([]uint64, size),
	}
	s.keys = keyed.NewSlotsWith(key.Type(), keyed.Settings{
		Clock: func() int64 { return w.Context.Now().UnixNano() }, Memory: w.Context.Memory(),
	}, s.forget)
	s.scope = s.keys.Scope()
	s.boundaries, s.held = keyed.NewTimers(s.scope), keyed.NewTimers(s.scope)
	s.policies.Added, s.policies.Dropped = s.added, s.dropped
	return s
}

// added and dropped account for the records of the current key's window.
func (s *policyStep[T, K]) added(row *T) {
	if s.policies.Unkept {
		s.totals.add(row)
	} else {
		s.scope.Heavier(weightOf(s.rows, *row) + timeSize)
	}
}

func (s *policyStep[T, K]) dropped(state *windowing.PolicyState[T], n int) {
	if !s.policies.Unkept {
		s.scope.Heavier(-weightOf(s.rows, state.Records[:n]...) - n*timeSize)
	}
	if s.totals != nil {
		s.totals.drop(state.Records, n)
	}
}

// timeSize is what the time of a record takes.
const timeSize = 8

// full returns the error of a step that has no memory for its windows, or nil.
func (s *policyStep[T, K]) full() error {
	if s.scope.Within() {
		return nil
	}
	return s.ctx.Fail(s.scope.OverfullWith("have windows let go of more records"), -1, nil)
}

type policyStep[T, K any] struct {
	guard
	policies windowing.Policies[T]
	event    bool
	rows     *types.Type[T]
	key      *types.Key[T, K]
	arena    *types.Arena
	in       *operator.Stamps
	to       receiver[T]
	fire     windowing.Fire[T]

	totals     policyAdder[T] // nil: firings have records
	keys       *keyed.Slots[K]
	scope      *keyed.Scope
	states     []policyKey[T] // by slot
	boundaries *keyed.Timers
	held       *keyed.Timers // keys that are not to be forgotten, to the end of time
	mark       int64         // event time, or the clock's latest
	sent       int64         // the watermark that operators behind know
	firing     int64         // the moment that is being fired

	waiting []waitingRow[T] // by event time: those the watermark has not passed, in their order of arrival
	batch   []T
	times   []int64 // of the batch
	found   []K     // the keys of the batch
	hashes  []uint64
}

// policyKey is what is kept of a key: next is the boundary it waits for.
type policyKey[T any] struct {
	windowing.PolicyState[T]
	known bool
	next  int64
}

// waitingRow is a record with its event time.
type waitingRow[T any] struct {
	at  int64
	row T
}

func (s *policyStep[T, K]) Open() error {
	return protect(s.ctx, func() error {
		if !s.event {
			s.policies.Start = s.ctx.Now().UnixNano()
		}
		fire, err := s.to.open()
		s.fire = func(at int64, rows []T) {
			s.firing = at
			if s.ctx.Quarantines() {
				s.fireSpared(fire, rows)
			} else {
				fire(at, max(at, s.sent), rows)
			}
		}
		return err
	})
}

// fireSpared has a firing taken, or refused. Nothing of it is sent before all functions
// behind have made something of it.
func (s *policyStep[T, K]) fireSpared(fire func(at, stamp int64, rows []T), rows []T) {
	defer func() {
		if caught := recover(); caught != nil {
			err := asideUnit(s.ctx, caught, unit{
				kind: quarantine.Window, name: "the firing at " + timeOf(s.firing).Format(time.RFC3339Nano), key: s.keyText(),
				records: int64(len(rows)), show: s.describe,
			})
			if err != nil {
				panic(operator.Abort{Err: err})
			}
		}
	}()
	fire(s.firing, max(s.firing, s.sent), rows)
}

// keyText returns the current key for people; the whole stream has none.
func (s *policyStep[T, K]) keyText() string {
	key := s.keys.Key(s.scope.Slot())
	if _, whole := any(*key).(struct{}); whole {
		return ""
	}
	return keyText(key)
}

// describe says what is being fired.
func (s *policyStep[T, K]) describe() any {
	if key := s.keyText(); key != "" {
		return fmt.Sprintf("the window of key %s that fires at %s", key, timeOf(s.firing))
	}
	return fmt.Sprintf("the window that fires at %s", timeOf(s.firing))
}

func (s *policyStep[T, K]) forget(slot int32) {
	s.states[slot] = policyKey[T]{}
	if s.totals != nil {
		s.totals.forget(slot)
	}
}

func (s *policyStep[T, K]) Collect(rows []T) error {
	if !s.event {
		if err := s.tick(s.ctx.Now()); err != nil {
			return err
		}
	}
	var times []int64
	if s.event {
		times = s.in.Times
	}
	for len(rows) > 0 {
		n := min(len(rows), cap(s.batch))
		if err := s.take(rows[:n], times); err != nil {
			return err
		}
		rows, times = rows[n:], timesFrom(times, n)
		if err := s.full(); err != nil {
			return err
		}
	}
	return s.to.flush()
}

// take brings records to their windows, or by event time those that are late, and lets the
// others wait.
func (s *policyStep[T, K]) take(rows []T, times []int64) error {
	s.batch, s.times = s.batch[:0], s.times[:0]
	for i := range rows {
		at := s.mark
		if s.event {
			at = times[i]
		}
		row := rows[i]
		s.rows.Detach(&row, s.arena)
		if s.event && at >= s.mark {
			s.postpone(at, row)
			continue
		}
		if s.event {
			s.ctx.Spec().Meter.Late.Add(1)
		}
		s.batch, s.times = append(s.batch, row), append(s.times, at)
	}
	return s.apply()
}

// apply brings the batch to the windows of its keys.
func (s *policyStep[T, K]) apply() error {
	times := s.times
	return eachSpared(s.batch, func(rows []T) (next int, err error) {
		next, err = s.add(rows, times)
		times = times[next:]
		return next, err
	})
}

// add brings rows to windows, up to where one was put aside.
func (s *policyStep[T, K]) add(rows []T, times []int64) (next int, err error) {
	called := false
	defer func() {
		if caught := recover(); caught != nil {
			next, err = s.at+1, s.refuse(caught, &rows[s.at], times[s.at], called)
		}
		s.base += int64(next)
	}()
	keys, hashes := s.found[:len(rows)], s.hashes[:len(rows)]
	s.at = 0
	s.key.Gather(rows, keys)
	s.key.Type().HashRows(keys, hashes)
	for i := range rows {
		s.at = i
		slot := s.keys.Find(hashes[i], &keys[i])
		s.scope.Enter(slot)
		state := s.state(slot)
		called = true
		s.policies.Add(&state.PolicyState, &rows[i], times[i], s.fire)
		called = false
		s.wait(slot)
		s.scope.Leave()
	}
	return len(rows), nil
}

// refuse deals with a record that a function has panicked about, within a call for its key
// or before that.
func (s *policyStep[T, K]) refuse(caught any, row *T, at int64, called bool) error {
	number, key := s.base+int64(s.at), ""
	if called {
		key = s.keyText()
		s.wait(s.scope.Slot())
		s.scope.Leave()
	}
	if s.event {
		number = -1 // they have come in another order
	} else {
		at = operator.NoTime
	}
	return aside(&s.guard, caught, number, row, at, key)
}

func (s *policyStep[T, K]) state(slot int32) *policyKey[T] {
	if int(slot) >= len(s.states) {
		before := cap(s.states)
		s.states = append(s.states, make([]policyKey[T], int(slot)+1-len(s.states))...)
		s.scope.Heavier((cap(s.states) - before) * types.SizeOf[policyKey[T]]())
	}
	state := &s.states[slot]
	if !state.known {
		*state = policyKey[T]{PolicyState: s.policies.Begin(), known: true, next: operator.EndOfTime}
	}
	return state
}

// wait sets the timers of the current key: one for the boundary that may fire, and one that
// keeps the key as long as there is something to keep.
func (s *policyStep[T, K]) wait(slot int32) {
	state := &s.states[slot]
	if s.policies.Forgettable(&state.PolicyState) {
		s.held.Delete(operator.EndOfTime)
	} else {
		s.held.Set(operator.EndOfTime)
	}
	next, ok := s.policies.Next(&state.PolicyState)
	if !ok || len(state.Times) == 0 && !s.policies.Empty {
		next = operator.EndOfTime
	}
	if next != state.next {
		if state.next != operator.EndOfTime {
			s.boundaries.Delete(state.next)
		}
		if next != operator.EndOfTime {
			s.boundaries.Set(next)
		}
		state.next = next
	}
}

// Advance implements operator.Marker.
func (s *policyStep[T, K]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if !s.event || in.Time <= s.mark {
		return in, nil
	}
	s.mark = in.Time
	if err := s.pass(); err != nil {
		return in, err
	}
	if s.mark == operator.EndOfTime {
		return in, s.end()
	}
	if err := s.serve(s.boundaries, s.mark, s.advance); err != nil {
		return in, err
	}
	s.sent = s.mark
	return in, s.to.flush()
}

// pass takes the records that the watermark has passed, in their order.
func (s *policyStep[T, K]) pass() error {
	ready := make([]waitingRow[T], 0, len(s.waiting))
	left := s.waiting[:0]
	for _, r := range s.waiting {
		if r.at < s.mark {
			s.scope.Heavier(-weightOf(s.rows, r.row) - timeSize)
			ready = append(ready, r)
		} else {
			left = append(left, r)
		}
	}
	clear(s.waiting[len(left):])
	s.waiting = left
	slices.SortStableFunc(ready, func(a, b waitingRow[T]) int { return cmp.Compare(a.at, b.at) })
	for len(ready) > 0 {
		n := min(len(ready), cap(s.batch))
		s.batch, s.times = s.batch[:0], s.times[:0]
		for _, r := range ready[:n] {
			s.batch, s.times = append(s.batch, r.row), append(s.times, r.at)
		}
		ready = ready[n:]
		if err := s.apply(); err != nil {
			return err
		}
	}
	return nil
}

// serve does something for the keys whose timers have come.
func (s *policyStep[T, K]) serve(timers *keyed.Timers, now int64, do func(*policyKey[T])) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, -1, s.describe)
		}
	}()
	for {
		_, slot, ok := timers.Take(now)
		if !ok {
			return nil
		}
		s.scope.Enter(slot)
		do(&s.states[slot])
		timers.Done(slot)
		s.scope.Leave()
		if !s.scope.Within() {
			return s.full()
		}
	}
}

// advance fires the boundaries that time has come to.
func (s *policyStep[T, K]) advance(state *policyKey[T]) {
	state.next = operator.EndOfTime
	s.policies.Advance(&state.PolicyState, s.mark, s.fire)
	s.wait(s.scope.Slot())
}

// NextTimer implements operator.TimerUser.
func (s *policyStep[T, K]) NextTimer() time.Time {
	at, ok := s.boundaries.Next()
	if s.event || !ok {
		return time.Time{}
	}
	return timeOf(at)
}

// OnTimer implements operator.TimerUser.
func (s *policyStep[T, K]) OnTimer(now time.Time) error {
	if err := s.tick(now); err != nil {
		return err
	}
	return s.to.flush()
}

// tick fires the boundaries that the clock has come to. If that goes back, time stands still.
func (s *policyStep[T, K]) tick(now time.Time) error {
	s.mark = max(s.mark, now.UnixNano())
	return s.serve(s.boundaries, s.mark, s.advance)
}

// Stand implements operator.Stander. What waits for time is the windows that have a boundary
// before them, and records.
func (s *policyStep[T, K]) Stand(st *metrics.Standing) {
	if at, ok := s.boundaries.Next(); ok {
		st.Open, st.Next = s.boundaries.Len(), at
	}
	for _, r := range s.waiting {
		if st.Open == 0 || r.at < st.Next {
			st.Open, st.Next = max(1, st.Open), r.at+1
		}
	}
}

// Finish implements operator.Finisher.
func (s *policyStep[T, K]) Finish() error {
	if s.event {
		return nil // it has come with the watermark
	}
	return s.end()
}

// end fires the windows that are open.
func (s *policyStep[T, K]) end() error {
	err := s.serve(s.held, operator.EndOfTime, func(state *policyKey[T]) {
		if n := len(state.Times); n > 0 && s.event {
			s.policies.Complete(&state.PolicyState, state.Times[n-1], s.fire)
		} else {
			s.policies.End(&state.PolicyState, s.mark, s.fire)
		}
	})
	if err != nil {
		return err
	}
	return s.to.flush()
}

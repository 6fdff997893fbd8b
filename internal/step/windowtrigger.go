package step

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// What drives a triggered step is found by these interfaces.
var (
	_ operator.Opener    = (*triggeredStep[int, int, int, int])(nil)
	_ operator.Marker    = (*triggeredStep[int, int, int, int])(nil)
	_ operator.TimerUser = (*triggeredStep[int, int, int, int])(nil)
	_ operator.Finisher  = (*triggeredStep[int, int, int, int])(nil)
	_ operator.Stander   = (*triggeredStep[int, int, int, int])(nil)
	_ operator.Stateful  = (*triggeredStep[int, int, int, int])(nil)
)

// Windows is how the windows of keyed records T behave.
type Windows[T any] struct {
	Of       func(row *T, at int64, to []windowing.Span) []windowing.Span
	Merging  bool // windows that overlap become one
	Trigger  window.Trigger
	Lateness time.Duration
	Discard  bool // a firing takes the contents away
	Event    bool // they are of event time, else of the clock

	Keep func(row *T) // gives a record memory of its own; for triggers by deltas
}

// contents is what windows hold and what comes of a firing. It belongs to one subtask.
type contents[T, K, A, O any] struct {
	put  func(a *A, row *T, at int64) (more int) // bytes
	join func(a, from *A)
	fire func(key *K, f windowing.Fired[A], emit func(O))

	shrinks bool // firings take some of it away
}

// triggered puts records into the windows of their keys, which fire as their
// trigger says; see package windowing. The input is divided by key. Output 1 has the
// records that no window takes: those that are too late, or whose window's trigger is
// over.
//
// By the clock, records come at the time of the clock, and nothing is late. The event
// time of what is emitted is the last moment of the window, or of its records if the
// window has no end. At the end of the input all windows are complete. Memory grows with
// the windows that are kept, and ends with the operator's share.
func triggered[T any, K comparable, A, O any](key *types.Key[T, K], windows Windows[T], open Open[contents[T, K, A, O]]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := newTriggered(w, key.Type(), windows, open)
		in := newTriggeredInput(s, w, 0, key, func(row *T) *T { return row })
		return operator.Instance{Inputs: []any{sieved(w, 0, key, in)}, Body: s}, nil
	}
}

// newTriggered returns what the inputs of a triggered operator share.
func newTriggered[R any, K comparable, A, O any](w operator.Wiring, keys *types.Type[K], windows Windows[R], open Open[contents[R, K, A, O]]) *triggeredStep[R, K, A, O] {
	s := &triggeredStep[R, K, A, O]{
		ctx: w.Context, open: open, event: windows.Event,
		machine: windowing.Machine[R, A]{
			Windows: windows.Of, Merging: windows.Merging, Trigger: windows.Trigger,
			Lateness: int64(windows.Lateness), Discard: windows.Discard, Keep: windows.Keep,
		},
		typ: keys, mark: math.MinInt64, out: heldEmitterOf[O](w, 0),
	}
	s.keys = keyed.NewSlotsWith(keys, keyed.Settings{
		Clock: func() int64 { return w.Context.Now().UnixNano() }, Memory: w.Context.Memory(),
	}, func(slot int32) { s.states[slot] = keyWindows[A]{} })
	s.scope = s.keys.Scope()
	s.marks, s.clocks = keyed.NewTimers(s.scope), keyed.NewTimers(s.scope)
	return s
}

// newTriggeredInput returns an input of records T, which are records R to the windows.
func newTriggeredInput[T, R any, K comparable, A, O any](s *triggeredStep[R, K, A, O], w operator.Wiring, input int, key *types.Key[T, K], as func(*T) *R) *triggeredInput[T, R, K, A, O] {
	size := operator.BatchSize[T]()
	late, lates := lateOutput[T](w, 1+input, input)
	return &triggeredInput[T, R, K, A, O]{
		guard: guard{ctx: w.Context, input: int32(input)}, s: s, key: key, as: as, late: stampedEmitter(late, lates), in: w.In(input),
		batch: make([]K, size), hashes: make([]uint64, size),
	}
}

// triggeredStep is windows of records R, whose contents are kept as an A.
type triggeredStep[R, K, A, O any] struct {
	ctx     *operator.Context
	open    Open[contents[R, K, A, O]]
	machine windowing.Machine[R, A]
	event   bool
	emit    func(windowing.Fired[A])

	typ    *types.Type[K]
	keys   *keyed.Slots[K]
	scope  *keyed.Scope
	states []keyWindows[A] // by slot
	marks  *keyed.Timers   // of event time
	clocks *keyed.Timers
	mark   int64 // event time, or the clock's where windows are of the clock
	now    int64 // the clock

	out   *emitter[O]
	spans []windowing.Span
}

// triggeredInput brings records to windows. as gives them the form that those know, which
// is valid until the next call.
type triggeredInput[T, R, K, A, O any] struct {
	guard
	s      *triggeredStep[R, K, A, O]
	key    *types.Key[T, K]
	as     func(*T) *R
	late   *emitter[T]
	in     *operator.Stamps
	batch  []K
	hashes []uint64
}

// keyWindows is what is kept of a key, and the timers that are set for it.
type keyWindows[A any] struct {
	windowing.State[A]
	mark, now int64 // never is the end of time
	charged   int   // what the scope knows of the windows' weight
}

func (s *triggeredStep[R, K, A, O]) Open() error {
	return protect(s.ctx, func() error {
		c, err := s.open(s.ctx)
		if err != nil {
			return err
		}
		weights, err := types.Of[A]()
		if err != nil {
			return err
		}
		s.machine.Put, s.machine.Join, s.machine.Weigh, s.machine.Shrinks = c.put, c.join, weights.Held, c.shrinks
		s.machine.Init()
		push := s.out.push
		fire := func(f windowing.Fired[A]) { c.fire(s.keys.Key(s.scope.Slot()), f, push) }
		s.emit = func(f windowing.Fired[A]) {
			s.out.now = f.End - 1
			if f.End == math.MaxInt64 {
				s.out.now = f.Latest
			}
			if s.out.held {
				s.fireHeld(fire, f)
			} else {
				fire(f)
			}
		}
		return nil
	})
}

func (in *triggeredInput[T, R, K, A, O]) Collect(rows []T) error {
	var times []int64
	s := in.s
	s.now = s.ctx.Now().UnixNano()
	if s.event {
		times = in.in.Times
	} else if err := s.tick(); err != nil {
		return err
	}
	for len(rows) > 0 {
		n := min(len(rows), len(in.batch))
		next, err := in.apply(rows[:n], times)
		if err != nil {
			return err
		}
		rows, times = rows[next:], timesFrom(times, next)
	}
	if err := doneIsNothing(in.late.flush()); err != nil {
		return err
	}
	if err := s.full(); err != nil {
		return err
	}
	return s.out.flush()
}

// apply brings rows to their windows, up to where one was put aside. What that one had
// reached before stays: other windows that it is in, and windows that it has joined.
func (in *triggeredInput[T, R, K, A, O]) apply(rows []T, times []int64) (next int, err error) {
	called := false
	defer spare(&in.guard, rows, times, &next, &err, func() string {
		if !called {
			return ""
		}
		key := keyText(in.s.keys.Key(in.s.scope.Slot()))
		in.s.endCall()
		return key
	})
	keys, hashes := in.batch[:len(rows)], in.hashes[:len(rows)]
	in.at = 0
	in.key.Gather(rows, keys)
	in.key.Type().HashRows(keys, hashes)
	for i := range rows {
		in.at = i
		at := in.s.now
		if times != nil {
			at = times[i]
		}
		slot := in.s.keys.Find(hashes[i], &keys[i])
		called = true
		if in.s.add(slot, in.as(&rows[i]), at) {
			in.ctx.Spec().Meter.Late.Add(1)
			in.late.now = at
			in.late.push(rows[i])
		}
		called = false
	}
	return len(rows), nil
}

// full returns the error of a step that has no memory for its windows, or nil.
func (s *triggeredStep[R, K, A, O]) full() error {
	if s.scope.Within() {
		return nil
	}
	return s.ctx.Fail(s.scope.OverfullWith("make windows shorter, or fire them more often and discard"), -1, nil)
}

// endCall ends the call for the current key that has panicked: windows that are there
// have timers.
func (s *triggeredStep[R, K, A, O]) endCall() {
	state := s.state(s.scope.Slot())
	s.wait(state)
	s.scope.Leave()
}

// fireHeld has a pane taken. If the function panics the pane is refused: what it has
// emitted is withdrawn, and the window goes on as if it had fired.
func (s *triggeredStep[R, K, A, O]) fireHeld(fire func(windowing.Fired[A]), f windowing.Fired[A]) {
	s.out.begin()
	err := s.tryFire(fire, f)
	if err == nil && s.out.full() {
		err = s.out.flush()
	}
	if err != nil {
		panic(operator.Abort{Err: err})
	}
}

func (s *triggeredStep[R, K, A, O]) tryFire(fire func(windowing.Fired[A]), f windowing.Fired[A]) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			s.out.withdraw()
			key := s.keys.Key(s.scope.Slot())
			err = asideUnit(s.ctx, caught, unit{
				kind: quarantine.Window, name: fmt.Sprintf("%s, pane %d, %s", windowText(f.Span), f.Index, f.Timing), key: keyText(key), records: f.Count,
				show: func() any { return fmt.Sprintf("the window %s of key %v", windowText(f.Span), *key) },
			})
		}
	}()
	fire(f)
	return nil
}

// windowText is a window for people.
func windowText(s windowing.Span) string {
	if s == windowing.Global {
		return "of all times"
	}
	w := WindowOf(s)
	return fmt.Sprintf("[%s, %s)", w.Start.Format(time.RFC3339Nano), w.End.Format(time.RFC3339Nano))
}

// add brings a record to the windows of a key, and reports whether none has taken it.
func (s *triggeredStep[R, K, A, O]) add(slot int32, row *R, at int64) (dropped bool) {
	s.scope.Enter(slot)
	state := s.state(slot)
	dropped, s.spans = s.machine.Add(&state.State, row, at, s.mark, s.now, s.spans)
	if !dropped {
		s.machine.Settle(&state.State, s.mark, s.now, s.emit)
		s.wait(state)
	}
	s.scope.Leave()
	return dropped
}

func (s *triggeredStep[R, K, A, O]) state(slot int32) *keyWindows[A] {
	if int(slot) >= len(s.states) {
		before := cap(s.states)
		s.states = append(s.states, make([]keyWindows[A], int(slot)+1-len(s.states))...)
		s.scope.Heavier((cap(s.states) - before) * types.SizeOf[keyWindows[A]]())
	}
	state := &s.states[slot]
	if len(state.Open) == 0 {
		state.mark, state.now = operator.EndOfTime, operator.EndOfTime
	}
	return state
}

// wait sets the timers that the current key's windows need. A key with windows always
// has one: when the first of them is forgotten.
func (s *triggeredStep[R, K, A, O]) wait(state *keyWindows[A]) {
	if state.Weight != state.charged {
		s.scope.Heavier(state.Weight - state.charged)
		state.charged = state.Weight
	}
	if len(state.Open) == 0 {
		return
	}
	mark, now := s.machine.Waits(&state.State, s.mark, s.now)
	if s.event {
		if mark < state.mark || state.mark <= s.mark || mark == operator.EndOfTime {
			s.marks.Set(mark)
			state.mark = mark
		}
	} else {
		now = min(now, mark)
		if now == operator.EndOfTime {
			s.marks.Set(now) // it goes with the end of the input only
		}
	}
	if now != operator.EndOfTime && (now < state.now || state.now <= s.now) {
		s.clocks.Set(now)
		state.now = now
	}
}

// Advance implements operator.Marker.
func (s *triggeredStep[R, K, A, O]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if !s.event || in.Time <= s.mark {
		return in, nil
	}
	s.mark, s.now = in.Time, s.ctx.Now().UnixNano()
	if err := s.serve(s.marks, s.mark); err != nil {
		return in, err
	}
	return in, s.out.flush()
}

// NextTimer implements operator.TimerUser.
func (s *triggeredStep[R, K, A, O]) NextTimer() time.Time {
	at, ok := s.clocks.Next()
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, at).UTC()
}

// OnTimer implements operator.TimerUser.
func (s *triggeredStep[R, K, A, O]) OnTimer(now time.Time) error {
	s.now = max(s.now, now.UnixNano())
	if err := s.tick(); err != nil {
		return err
	}
	return s.out.flush()
}

// tick serves the timers of the clock. If that goes back, time stands still.
func (s *triggeredStep[R, K, A, O]) tick() error {
	if !s.event {
		s.now = max(s.now, s.mark)
		s.mark = s.now
	}
	return s.serve(s.clocks, s.now)
}

// Finish implements operator.Finisher: windows of the clock are complete, too.
func (s *triggeredStep[R, K, A, O]) Finish() error {
	if s.event {
		return nil
	}
	s.mark = operator.EndOfTime
	for _, timers := range []*keyed.Timers{s.clocks, s.marks} {
		if err := s.serve(timers, operator.EndOfTime); err != nil {
			return err
		}
	}
	return s.out.flush()
}

// serve lets the windows of keys whose timers have come go on.
func (s *triggeredStep[R, K, A, O]) serve(timers *keyed.Timers, until int64) (err error) {
	var slot int32
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, -1, func() any { return fmt.Sprintf("the windows of key %v", *s.keys.Key(slot)) })
		}
	}()
	for {
		var ok bool
		if _, slot, ok = timers.Take(until); !ok {
			return nil
		}
		s.scope.Enter(slot)
		state := &s.states[slot]
		if timers == s.marks {
			state.mark = operator.EndOfTime
		} else {
			state.now = operator.EndOfTime
		}
		s.machine.Advance(&state.State, s.mark, s.now, s.emit)
		s.wait(state)
		timers.Done(slot)
		s.scope.Leave()
		if !s.scope.Within() {
			return s.full()
		}
	}
}

// Stand implements operator.Stander.
func (s *triggeredStep[R, K, A, O]) Stand(st *metrics.Standing) {
	if at, ok := s.marks.Next(); ok {
		st.Open, st.Next = s.keys.Len(), at
	}
}

// AlignedSpans are the windows of an assigner of time.
func AlignedSpans[T any](a window.Assigner) func(*T, int64, []windowing.Span) []windowing.Span {
	size, slide := int64(a.Size()), int64(a.Slide())
	return func(_ *T, at int64, to []windowing.Span) []windowing.Span {
		for end := a.FirstEnd(at); end <= a.LastEnd(at); end += slide {
			to = append(to, windowing.Span{Start: end - size, End: end})
		}
		return to
	}
}

// SessionSpans are windows that last until no record has come for a gap, which must be
// positive.
func SessionSpans[T any](gap func(*T) time.Duration) func(*T, int64, []windowing.Span) []windowing.Span {
	return func(row *T, at int64, to []windowing.Span) []windowing.Span {
		d := gap(row)
		if d <= 0 {
			panic(errors.New("the gap of a session must be positive, and the function returned " + d.String()))
		}
		return append(to, windowing.Span{Start: at, End: plus(at, int64(d))})
	}
}

// GlobalSpans are one window of all times.
func GlobalSpans[T any](_ *T, _ int64, to []windowing.Span) []windowing.Span {
	return append(to, windowing.Global)
}

// WindowOf is a span as users see it; that of all times is the zero window.
func WindowOf(s windowing.Span) window.Window {
	if s == windowing.Global {
		return window.Window{}
	}
	return window.Window{Start: time.Unix(0, s.Start).UTC(), End: time.Unix(0, s.End).UTC()}
}

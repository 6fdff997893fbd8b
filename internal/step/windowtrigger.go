package step

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
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
)

// Windows is how the windows of keyed records T behave.
type Windows[T any] struct {
	Of       func(row *T, at int64, to []windowing.Span) []windowing.Span
	Merging  bool // windows that overlap become one
	Trigger  window.Trigger
	Lateness time.Duration
	Discard  bool // a firing takes the contents away
	Event    bool // they are of event time, else of the clock
}

// contents is what windows hold and what comes of a firing. It belongs to one subtask.
type contents[T, K, A, O any] struct {
	put  func(a *A, row *T, at int64)
	join func(a, from *A)
	fire func(key *K, f windowing.Fired[A], emit func(O))
}

// triggered puts records into the windows of their keys, which fire as their
// trigger says; see package windowing. The input is divided by key. Output 1 has the
// records that no window takes: those that are too late, or whose window's trigger is
// over.
//
// By the clock, records come at the time of the clock, and nothing is late. The event
// time of what is emitted is the last moment of the window, or of its records if the
// window has no end. At the end of the input all windows are complete. Memory grows with
// the windows that are kept.
func triggered[T any, K comparable, A, O any](key *types.Key[T, K], windows Windows[T], open Open[contents[T, K, A, O]]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		size := operator.BatchSize[T]()
		s := &triggeredStep[T, K, A, O]{
			guard: guard{ctx: w.Context}, key: key, open: open, event: windows.Event,
			machine: windowing.Machine[T, A]{
				Windows: windows.Of, Merging: windows.Merging, Trigger: windows.Trigger,
				Lateness: int64(windows.Lateness), Discard: windows.Discard,
			},
			keys: keyed.NewKeys(key.Type()), mark: math.MinInt64,
			out: emitterOf[O](w, 0), late: emitterOf[T](w, 1), in: w.In(0),
			batch: make([]K, size), hashes: make([]uint64, size),
		}
		s.scope = keyed.NewScope(s.forget, func() int64 { return w.Context.Now().UnixNano() })
		s.marks, s.clocks = keyed.NewTimers(s.scope), keyed.NewTimers(s.scope)
		return one[T](s), nil
	}
}

type triggeredStep[T, K, A, O any] struct {
	guard
	key     *types.Key[T, K]
	open    Open[contents[T, K, A, O]]
	machine windowing.Machine[T, A]
	event   bool
	emit    func(windowing.Fired[A])

	keys   *keyed.Keys[K]
	scope  *keyed.Scope
	states []keyWindows[A] // by slot
	marks  *keyed.Timers   // of event time
	clocks *keyed.Timers
	mark   int64 // event time, or the clock's where windows are of the clock
	now    int64 // the clock

	out    *emitter[O]
	late   *emitter[T]
	in     *operator.Stamps
	batch  []K
	hashes []uint64
	spans  []windowing.Span
}

// keyWindows is what is kept of a key, and the timers that are set for it.
type keyWindows[A any] struct {
	windowing.State[A]
	mark, now int64 // never is the end of time
}

func (s *triggeredStep[T, K, A, O]) Open() error {
	return protect(s.ctx, func() error {
		c, err := s.open(s.ctx)
		if err != nil {
			return err
		}
		s.machine.Put, s.machine.Join = c.put, c.join
		s.machine.Init()
		push := s.out.push
		s.emit = func(f windowing.Fired[A]) {
			s.out.now = f.End - 1
			if f.End == math.MaxInt64 {
				s.out.now = f.Latest
			}
			c.fire(s.keys.Key(s.scope.Slot()), f, push)
		}
		return nil
	})
}

func (s *triggeredStep[T, K, A, O]) forget(slot int32) {
	s.states[slot] = keyWindows[A]{}
	s.keys.Forget(slot)
}

func (s *triggeredStep[T, K, A, O]) Collect(rows []T) error {
	var times []int64
	s.now = s.ctx.Now().UnixNano()
	if s.event {
		times = s.in.Times
	} else if err := s.tick(); err != nil {
		return err
	}
	for len(rows) > 0 {
		n := min(len(rows), len(s.batch))
		if err := s.apply(rows[:n], times); err != nil {
			return err
		}
		rows = rows[n:]
		if times != nil {
			times = times[n:]
		}
	}
	return s.flush()
}

func (s *triggeredStep[T, K, A, O]) flush() error {
	if err := doneIsNothing(s.late.flush()); err != nil {
		return err
	}
	return s.out.flush()
}

func (s *triggeredStep[T, K, A, O]) apply(rows []T, times []int64) (err error) {
	defer rescue(&s.guard, rows, &err)
	keys, hashes := s.batch[:len(rows)], s.hashes[:len(rows)]
	s.at = 0
	s.key.Gather(rows, keys)
	s.key.Type().HashRows(keys, hashes)
	m := &s.machine
	var dropped bool
	for i := range rows {
		s.at = i
		at := s.now
		if times != nil {
			at = times[i]
		}
		slot := s.keys.Find(hashes[i], &keys[i])
		s.scope.Enter(slot)
		state := s.state(slot)
		dropped, s.spans = m.Add(&state.State, &rows[i], at, s.mark, s.now, s.spans)
		if dropped {
			s.ctx.Spec().Meter.Late.Add(1)
			s.late.now = at
			s.late.push(rows[i])
		} else {
			m.Settle(&state.State, s.mark, s.now, s.emit)
			s.wait(state)
		}
		s.scope.Leave()
	}
	return nil
}

func (s *triggeredStep[T, K, A, O]) state(slot int32) *keyWindows[A] {
	for int(slot) >= len(s.states) {
		s.states = append(s.states, keyWindows[A]{mark: operator.EndOfTime, now: operator.EndOfTime})
	}
	state := &s.states[slot]
	if len(state.Open) == 0 {
		state.mark, state.now = operator.EndOfTime, operator.EndOfTime
	}
	return state
}

// wait sets the timers that the current key's windows need. A key with windows always
// has one: when the first of them is forgotten.
func (s *triggeredStep[T, K, A, O]) wait(state *keyWindows[A]) {
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
func (s *triggeredStep[T, K, A, O]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if !s.event || in.Time <= s.mark {
		return in, nil
	}
	s.mark, s.now = in.Time, s.ctx.Now().UnixNano()
	if err := s.serve(s.marks, s.mark); err != nil {
		return in, err
	}
	return in, s.flush()
}

// NextTimer implements operator.TimerUser.
func (s *triggeredStep[T, K, A, O]) NextTimer() time.Time {
	at, ok := s.clocks.Next()
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, at).UTC()
}

// OnTimer implements operator.TimerUser.
func (s *triggeredStep[T, K, A, O]) OnTimer(now time.Time) error {
	s.now = max(s.now, now.UnixNano())
	if err := s.tick(); err != nil {
		return err
	}
	return s.flush()
}

// tick serves the timers of the clock. If that goes back, time stands still.
func (s *triggeredStep[T, K, A, O]) tick() error {
	if !s.event {
		s.now = max(s.now, s.mark)
		s.mark = s.now
	}
	return s.serve(s.clocks, s.now)
}

// Finish implements operator.Finisher: windows of the clock are complete, too.
func (s *triggeredStep[T, K, A, O]) Finish() error {
	if s.event {
		return nil
	}
	s.mark = operator.EndOfTime
	for _, timers := range []*keyed.Timers{s.clocks, s.marks} {
		if err := s.serve(timers, operator.EndOfTime); err != nil {
			return err
		}
	}
	return s.flush()
}

// serve lets the windows of keys whose timers have come go on.
func (s *triggeredStep[T, K, A, O]) serve(timers *keyed.Timers, until int64) (err error) {
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
	}
}

// Stand implements operator.Stander.
func (s *triggeredStep[T, K, A, O]) Stand(st *metrics.Standing) {
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

// TriggeredAggregate computes a program for each key and firing of a window; see
// triggered. Of a window without records nothing comes.
func TriggeredAggregate[T any, K comparable, R any](key *types.Key[T, K], windows Windows[T], p *agg.Program[T, R]) operator.Factory {
	type state = aggregated[R]
	return triggered(key, windows, func(*operator.Context) (contents[T, K, state, window.Result[R]], error) {
		// The program works on slices; these hold one of everything.
		var (
			arena   = &types.Arena{}
			one     = make([]agg.Partial[R], 1)
			other   = make([]agg.Partial[R], 1)
			row     = make([]T, 1)
			nothing = make([]int32, 1)
		)
		return contents[T, K, state, window.Result[R]]{
			put: func(a *state, r *T, _ int64) {
				row[0] = *r
				if !a.Some {
					a.Some = true
					p.Start(&a.Partial, r, arena)
				}
				one[0] = a.Partial
				p.Update(one, nothing, row, arena)
				a.Partial = one[0]
			},
			join: func(a, from *state) {
				if !from.Some {
					return
				}
				if !a.Some {
					a.Some = true
					p.Restart(&a.Partial, &from.Partial, arena)
				}
				one[0], other[0] = a.Partial, from.Partial
				p.Merge(one, nothing, other, arena)
				a.Partial = one[0]
			},
			fire: func(_ *K, f windowing.Fired[state], emit func(window.Result[R])) {
				if f.Value.Some {
					one[0] = f.Value.Partial
					p.Finish(one)
					emit(window.Result[R]{Window: WindowOf(f.Span), Value: one[0].Row})
				}
			},
		}, nil
	})
}

// aggregated is the contents of a window that is aggregated.
type aggregated[R any] struct {
	Some    bool
	Partial agg.Partial[R]
}

// TriggeredReduce joins the records of each key and firing of a window into one; see
// triggered. Of a window without records nothing comes.
func TriggeredReduce[T any, K comparable](key *types.Key[T, K], windows Windows[T], rows *types.Type[T], open Open[func(a, b T) T]) operator.Factory {
	type state = reduced[T]
	return triggered(key, windows, func(ctx *operator.Context) (contents[T, K, state, window.Result[T]], error) {
		f, err := open(ctx)
		arena := &types.Arena{}
		add := func(a *state, row T) {
			if a.Some {
				row = f(a.Row, row)
			}
			a.Row, a.Some = row, true
			rows.Detach(&a.Row, arena)
		}
		return contents[T, K, state, window.Result[T]]{
			put: func(a *state, r *T, _ int64) { add(a, *r) },
			join: func(a, from *state) {
				if from.Some {
					add(a, from.Row)
				}
			},
			fire: func(_ *K, f windowing.Fired[state], emit func(window.Result[T])) {
				if f.Value.Some {
					emit(window.Result[T]{Window: WindowOf(f.Span), Value: f.Value.Row})
				}
			},
		}, err
	})
}

// reduced is the contents of a window that is reduced.
type reduced[T any] struct {
	Some bool
	Row  T
}

// Firing is what a window gives to a function: its key, and the records it has, or has
// got since its last firing if a firing takes them away, in the order of their coming.
// Rows belong to the window.
type Firing[T, K any] struct {
	Key  K
	Rows []T
	window.Window
	window.Pane
}

// TriggeredProcess gives the records of each key and firing of a window to a function;
// see triggered.
func TriggeredProcess[T any, K comparable, O any](key *types.Key[T, K], windows Windows[T], rows *types.Type[T], open Open[func(Firing[T, K], func(O))]) operator.Factory {
	return triggered(key, windows, func(ctx *operator.Context) (contents[T, K, []T, O], error) {
		f, err := open(ctx)
		arena := &types.Arena{}
		return contents[T, K, []T, O]{
			put: func(a *[]T, r *T, _ int64) {
				*a = append(*a, *r)
				rows.Detach(&(*a)[len(*a)-1], arena)
			},
			join: func(a, from *[]T) { *a = append(*a, *from...) },
			fire: func(key *K, fired windowing.Fired[[]T], emit func(O)) {
				f(Firing[T, K]{Key: *key, Rows: *fired.Value, Window: WindowOf(fired.Span), Pane: fired.Pane}, emit)
			},
		}, err
	})
}

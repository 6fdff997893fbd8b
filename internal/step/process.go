package step

import (
	"errors"
	"io"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// KeyedContext is what the functions of a keyed process operator use of their subtask:
// state belongs to the current key, which is that of the record or timer they were
// called with. Its methods are for those functions and for the goroutine they run on.
type KeyedContext[K, O any] struct {
	*operator.Context
	scope *keyed.Scope
	keys  *keyed.Slots[K]
	out   *emitter[O]
	sides map[any]sideOutput

	event, clock *keyed.Timers
	timed        bool  // records have event times
	now          int64 // the event time of the record or timer, or NoTime
	mark         operator.Watermark
}

// sideOutput is the emitter of a side output.
type sideOutput interface {
	flush() error
	begin()
	withdraw()
	full() bool
}

// Scope returns the state of the operator, for the handles of package state.
func (c *KeyedContext[K, O]) Scope() *keyed.Scope { return c.scope }

// Key returns the current key.
func (c *KeyedContext[K, O]) Key() K { return *c.keys.Current() }

// Time returns the event time of the record, or of the event-time timer, that the
// function was called with. It is the zero time for records without times and timers of
// the clock.
func (c *KeyedContext[K, O]) Time() time.Time { return timeOf(c.now) }

// Watermark returns how far event time has come: no record of an earlier time will
// come, except late ones. It is the zero time as long as that is not known, and after
// the last record a time after all others.
func (c *KeyedContext[K, O]) Watermark() time.Time { return timeOf(c.mark.Time) }

// Late reports whether the record came after the watermark had passed its time.
func (c *KeyedContext[K, O]) Late() bool { return c.now < c.mark.Time && c.now != operator.NoTime }

func timeOf(ns int64) time.Time {
	if ns == operator.NoTime {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// Emit sends a record with the present event time, see Time.
func (c *KeyedContext[K, O]) Emit(record O) {
	c.out.now = c.now
	c.out.push(record)
}

// EmitAt sends a record with an event time of its own.
func (c *KeyedContext[K, O]) EmitAt(record O, at time.Time) {
	c.out.now = at.UnixNano()
	c.out.push(record)
}

// SetTimer has the timer function called for the current key when event time has come
// to at: at once after this call if it has already. A key has at most one timer for a
// time.
func (c *KeyedContext[K, O]) SetTimer(at time.Time) {
	if !c.timed {
		panic(errors.New("an event-time timer on a stream without event times: use AssignTime before, or SetClockTimer"))
	}
	c.event.Set(at.UnixNano())
}

// DeleteTimer takes an event-time timer of the current key away, if there is one.
func (c *KeyedContext[K, O]) DeleteTimer(at time.Time) { c.event.Delete(at.UnixNano()) }

// SetClockTimer has the clock timer function called for the current key when the
// engine's clock has come to at. Timers that are left when the input ends are not
// called.
func (c *KeyedContext[K, O]) SetClockTimer(at time.Time) { c.clock.Set(at.UnixNano()) }

// DeleteClockTimer takes a clock timer of the current key away, if there is one.
func (c *KeyedContext[K, O]) DeleteClockTimer(at time.Time) { c.clock.Delete(at.UnixNano()) }

// SideEmit returns the function that sends records to a side output of the operator,
// which side names. It is nil if the operator has none of that name and type.
func SideEmit[S, K, O any](c *KeyedContext[K, O], side any) func(S) {
	e, ok := c.sides[side].(*emitter[S])
	if !ok {
		return nil
	}
	return func(record S) {
		e.now = c.now
		e.push(record)
	}
}

// Side makes the emitter of a side output for a port.
type Side struct {
	Name any // what SideEmit is given
	Make func(w operator.Wiring, port int) sideOutput
}

// SideOf is the side output of a type.
func SideOf[S any](name any) Side {
	return Side{name, func(w operator.Wiring, port int) sideOutput { return heldEmitterOf[S](w, port) }}
}

// Handler is the functions of a process operator with one input. Timer and ClockTimer
// may be nil if no timer of their kind is set.
type Handler[T any] struct {
	Record     func(T)
	Timer      func(at time.Time)
	ClockTimer func(at time.Time)
}

// Handler2 is a Handler for two inputs.
type Handler2[A, B any] struct {
	First      func(A)
	Second     func(B)
	Timer      func(at time.Time)
	ClockTimer func(at time.Time)
}

// Process calls the user's functions for each record of its key, and for timers. The
// input is divided by key. Output 0 has what is emitted, further ones are the sides.
func Process[T any, K comparable, O any](key *types.Key[T, K], open func(*KeyedContext[K, O]) (Handler[T], error), sides []Side) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := newProcess[K, O](w, key.Type(), w.In(0) != nil, sides)
		in := newProcessInput(s, key, w.In(0))
		s.open = func() error {
			h, err := open(&s.c)
			in.f, s.onTimer, s.onClock = h.Record, h.Timer, h.ClockTimer
			return err
		}
		return operator.Instance{Inputs: []any{in}, Body: s}, nil
	}
}

// CoProcess is Process for two inputs that are divided by the same keys.
func CoProcess[A, B any, K comparable, O any](first *types.Key[A, K], second *types.Key[B, K], open func(*KeyedContext[K, O]) (Handler2[A, B], error), sides []Side) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := newProcess[K, O](w, first.Type(), w.In(0) != nil && w.In(1) != nil, sides)
		a, b := newProcessInput(s, first, w.In(0)), newProcessInput(s, second, w.In(1))
		b.input = 1
		s.open = func() error {
			h, err := open(&s.c)
			a.f, b.f, s.onTimer, s.onClock = h.First, h.Second, h.Timer, h.ClockTimer
			return err
		}
		return operator.Instance{Inputs: []any{a, b}, Body: s}, nil
	}
}

// processStep is what the inputs of a process operator share.
type processStep[K, O any] struct {
	c       KeyedContext[K, O]
	open    func() error
	onTimer func(time.Time)
	onClock func(time.Time)
	sides   []sideOutput

	broadcasts *keyed.Broadcasts // nil: there is no input that is broadcast
}

func newProcess[K comparable, O any](w operator.Wiring, keys *types.Type[K], timed bool, sides []Side) *processStep[K, O] {
	s := &processStep[K, O]{}
	table := keyed.NewSlots(keys, keyed.Settings{
		Clock: func() int64 { return w.Context.Now().UnixNano() }, Memory: w.Context.Memory(),
	})
	scope := table.Scope()
	s.c = KeyedContext[K, O]{
		Context: w.Context, scope: scope, keys: table, out: heldEmitterOf[O](w, 0), sides: map[any]sideOutput{},
		event: keyed.NewTimers(scope), clock: keyed.NewTimers(scope), timed: timed,
		now: operator.NoTime, mark: operator.Watermark{Time: operator.NoTime},
	}
	for i, side := range sides {
		e := side.Make(w, 1+i)
		s.c.sides[side.Name] = e
		s.sides = append(s.sides, e)
	}
	return s
}

func (s *processStep[K, O]) Open() error { return protect(s.c.Context, s.open) }

// keysPart is what an operator remembers of its keys.
const keysPart = "keys"

// Snapshot implements operator.Stateful.
func (s *processStep[K, O]) Snapshot() ([]operator.Part, error) {
	n, err := s.c.keys.Snapshot()
	parts := []operator.Part{{Name: keysPart, Share: operator.Keyed, Keys: n}}
	if s.broadcasts != nil {
		parts = append(parts, operator.PartOf(broadcastPart, operator.Alike, bytesType, [][]byte{s.broadcasts.Append(nil)}))
	}
	return parts, err
}

// broadcastPart is the state that changes by what is broadcast.
const broadcastPart = "broadcast"

// Restore implements operator.Stateful.
func (s *processStep[K, O]) Restore(from operator.State) error {
	if s.broadcasts != nil {
		all, err := operator.RowsOf(from, broadcastPart, bytesType)
		for _, one := range all {
			err = errors.Join(err, s.broadcasts.Restore(one))
		}
		if err != nil {
			return err
		}
	}
	owned := keygroup.Owned(s.c.Subtask(), s.c.Parallelism())
	return from.Keys(keysPart, func(r io.Reader) error { return s.c.keys.Restore(r, owned) })
}

// Stand implements operator.Stander.
func (s *processStep[K, O]) Stand(st *metrics.Standing) {
	if at, ok := s.c.event.Next(); ok {
		st.Open, st.Next = s.c.event.Len(), at
	}
}

// flush sends what was emitted.
func (s *processStep[K, O]) flush() error {
	err := s.c.out.flush()
	for _, side := range s.sides {
		if e := doneIsNothing(side.flush()); err == nil {
			err = e
		}
	}
	return err
}

// Advance implements operator.Marker: it calls the timers event time has come to.
func (s *processStep[K, O]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if in.Time <= s.c.mark.Time {
		return in, nil
	}
	s.c.mark.Time = in.Time
	return in, s.fire(s.c.event, in.Time, s.onTimer)
}

// NextTimer implements operator.TimerUser.
func (s *processStep[K, O]) NextTimer() time.Time {
	at, ok := s.c.clock.Next()
	if expiry, some := s.c.scope.NextExpiry(); some && (!ok || expiry < at) {
		at, ok = expiry, true
	}
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, at).UTC()
}

// OnTimer implements operator.TimerUser: it calls the timers the clock has come to, and
// drops state that is too old.
func (s *processStep[K, O]) OnTimer(now time.Time) error {
	s.c.scope.Expire(now.UnixNano())
	return s.fire(s.c.clock, now.UnixNano(), s.onClock)
}

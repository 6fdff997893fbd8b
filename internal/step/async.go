package step

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// What drives an asyncStep is found by these interfaces.
var (
	_ operator.Opener    = (*asyncStep[int, int])(nil)
	_ operator.Marker    = (*asyncStep[int, int])(nil)
	_ operator.TimerUser = (*asyncStep[int, int])(nil)
	_ operator.Finisher  = (*asyncStep[int, int])(nil)
	_ operator.Closer    = (*asyncStep[int, int])(nil)
)

// AsyncOptions say how calls are made.
type AsyncOptions struct {
	Capacity  int           // records that have come and not gone, at most
	Unordered bool          // results go as they come, but not past a watermark
	Timeout   time.Duration // of one attempt; 0: none
	Retry     Retry
}

// Retry says what happens after a call has failed.
type Retry struct {
	Times int              // further attempts, at most
	First time.Duration    // between the end of the first attempt and the second
	Most  time.Duration    // between attempts; 0: First is it for all. Else it doubles up to this, with jitter
	If    func(error) bool // whether an error is worth another attempt; nil: all are
}

// AsyncCall makes the records of one record, by way of emit. It may block. Any number of
// calls run at the same time, and ctx is done when the attempt's time is over or the
// subtask ends.
type AsyncCall[I, O any] func(ctx context.Context, record I, emit func(O)) error

// Async makes any number of records of each record by calls that may take long. Calls run
// on goroutines of the subtask's own, as many at a time as the capacity; when so many
// records are under way the subtask takes no more input. Results keep the event times of
// their records. They leave in the order of the records, or, unordered, as they come.
// No watermark goes before the results of records that came before it, and none of these
// goes past it. What a call emitted before it failed is dropped; a record whose last
// attempt has failed fails the job, or is put aside when its turn comes.
func Async[I, O any](open Open[AsyncCall[I, O]], options AsyncOptions) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &asyncStep[I, O]{
			ctx: w.Context, lateFunction: lateFunction[AsyncCall[I, O]]{make: open}, options: options,
			out: emitterOf[O](w, 0), in: w.In(0),
			told: operator.NoTime, gone: operator.NoTime,
			host: w.Context.Spec().Host, group: host.NewGroup(w.Context.Spec().Host),
		}
		s.segments = []*asyncSegment[I, O]{{}}
		s.hasAnswers = func() bool { return s.answered.Load() > 0 }
		return one[I](s), nil
	}
}

// asyncStep is the queue of records whose results have not gone. It belongs to the task;
// calls share with it what stands behind mu, and stop.
//
// Invariants:
//
//  1. Every call is in free, or in exactly one segment as one of its left. At most
//     capacity calls are in segments.
//  2. A segment holds the records between two watermarks; only results of the first one
//     leave. The last segment has no watermark yet, all others have.
//  3. gone is a watermark all of whose records have left.
type asyncStep[I, O any] struct {
	ctx *operator.Context
	lateFunction[AsyncCall[I, O]]
	options AsyncOptions
	out     *emitter[O]
	in      *operator.Stamps
	host    host.Host
	group   *host.Group

	segments []*asyncSegment[I, O]
	calls    []*asyncCall[I, O] // all there are
	free     []*asyncCall[I, O]
	under    int   // calls that are under way: all but the free ones
	received int64 // records so far
	told     int64 // the latest watermark
	gone     int64
	lap      operator.Lap // the latest that has gone
	over     bool         // nobody wants more results

	base   context.Context // of all calls
	cancel context.CancelFunc
	stop   atomic.Bool // goroutines are to end
	watch  watchdog

	mu         sync.Mutex
	answers    []*asyncCall[I, O] // calls that have ended, in the order of their ends; guarded by mu
	spare      []*asyncCall[I, O] // for answers
	answered   atomic.Int32       // len(answers)
	hasAnswers func() bool
}

// asyncSegment is the records between two watermarks.
type asyncSegment[I, O any] struct {
	queue []*asyncCall[I, O] // ordered: those whose results have not left, in the order of the records
	ready []*asyncCall[I, O] // unordered: those that have ended before it was the segment's turn
	left  int                // whose results have not left
	mark  int64              // the watermark behind them
}

func (s *asyncStep[I, O]) Open() error {
	s.base, s.cancel = context.WithCancel(s.ctx.Job())
	if s.options.Timeout > 0 {
		s.watch.start(s.host, s.group)
	}
	return s.openWith(s.ctx)
}

// Collect begins a call for every record. It waits while there is no room.
func (s *asyncStep[I, O]) Collect(rows []I) error {
	times := timesOf(s.in)
	for i := range rows {
		if err := s.room(); err != nil {
			return err
		}
		at := int64(operator.NoTime)
		if times != nil {
			at = times[i]
		}
		s.begin(rows[i], at)
	}
	return s.settle()
}

// room waits until there is room for a call.
func (s *asyncStep[I, O]) room() error {
	for s.under >= s.options.Capacity {
		if err := s.settle(); err != nil {
			return err
		}
		if s.under < s.options.Capacity {
			break
		}
		if err := s.ctx.Await(s.hasAnswers); err != nil {
			return err
		}
	}
	return nil
}

func (s *asyncStep[I, O]) begin(row I, at int64) {
	var c *asyncCall[I, O]
	if n := len(s.free); n > 0 {
		c, s.free = s.free[n-1], s.free[:n-1]
	} else {
		c = newAsyncCall(s)
		s.calls = append(s.calls, c)
	}
	last := s.segments[len(s.segments)-1]
	last.left++
	if !s.options.Unordered {
		last.queue = append(last.queue, c)
	}
	s.under++
	c.begin(row, at, s.received, last)
	s.received++
}

// settle takes the answers there are and sends the results whose turn it is.
func (s *asyncStep[I, O]) settle() error {
	if s.over {
		return operator.ErrDone
	}
	if s.answered.Load() == 0 {
		return nil
	}
	s.mu.Lock()
	answers := s.answers
	s.answers, s.spare = s.spare[:0], nil
	s.answered.Store(0)
	s.mu.Unlock()
	for _, c := range answers {
		c.ended = true
		if s.options.Unordered {
			c.segment.ready = append(c.segment.ready, c)
		}
	}
	clear(answers)
	s.spare = answers[:0]
	err := s.send()
	s.over = errors.Is(err, operator.ErrDone)
	return err
}

// send sends what may leave.
func (s *asyncStep[I, O]) send() (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, -1, nil)
		}
	}()
	for {
		first := s.segments[0]
		if err := s.sendOf(first); err != nil {
			return err
		}
		if first.left > 0 || len(s.segments) == 1 {
			return s.out.flush()
		}
		s.gone = first.mark
		copy(s.segments, s.segments[1:])
		s.segments[len(s.segments)-1] = nil
		s.segments = s.segments[:len(s.segments)-1]
	}
}

// sendOf sends what may leave of the first segment.
func (s *asyncStep[I, O]) sendOf(g *asyncSegment[I, O]) error {
	list := &g.queue
	if s.options.Unordered {
		list = &g.ready
	}
	n := 0
	for _, c := range *list {
		if !c.ended {
			break
		}
		if c.err != nil {
			return c.err
		}
		if c.refused != nil {
			if err := s.refuse(c); err != nil {
				return err
			}
		}
		s.out.now = c.at
		for i := range c.results {
			s.out.push(c.results[i])
		}
		n++
		g.left--
		s.under--
		c.forget()
		s.free = append(s.free, c)
	}
	rest := copy(*list, (*list)[n:])
	clear((*list)[rest:])
	*list = (*list)[:rest]
	return nil
}

// refuse puts the record of a call that has failed into the quarantine.
func (s *asyncStep[I, O]) refuse(c *asyncCall[I, O]) error {
	clear(c.results)
	c.results = c.results[:0]
	show := func() any { return c.row }
	if c.at != operator.NoTime {
		c.refused.Timed, c.refused.Time = true, c.at
	}
	schema, err := encode(&c.row, c.refused)
	if err != nil {
		return s.ctx.Fail(errors.Join(err, errors.New(c.refused.Cause)), c.record, show)
	}
	return s.ctx.Quarantine(nil, c.refused, schema, show)
}

// Advance implements operator.Marker: it answers with the latest watermark all of whose
// records have left.
func (s *asyncStep[I, O]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if err := s.settle(); err != nil {
		return operator.Watermark{Time: s.gone}, err
	}
	if s.under == 0 {
		s.lap = in.Lap
	}
	if in.Time > s.told {
		s.told = in.Time
		last := s.segments[len(s.segments)-1]
		switch {
		case s.under == 0:
			s.gone = in.Time
		case last.left == 0: // no records since the watermark before: it is this one now
			s.segments[len(s.segments)-2].mark = in.Time
		default:
			last.mark = in.Time
			s.segments = append(s.segments, &asyncSegment[I, O]{})
		}
	}
	return operator.Watermark{Time: s.gone, Idle: in.Idle && s.under == 0, Lap: s.lap}, nil
}

// asSoonAsPossible is a time that has come.
var asSoonAsPossible = time.Unix(0, 0)

// NextTimer implements operator.TimerUser: the task is woken when there are answers, and
// calls OnTimer then.
func (s *asyncStep[I, O]) NextTimer() time.Time {
	if s.answered.Load() > 0 && !s.over {
		return asSoonAsPossible
	}
	return time.Time{}
}

// OnTimer implements operator.TimerUser.
func (s *asyncStep[I, O]) OnTimer(time.Time) error { return s.settle() }

// Finish waits for all calls.
func (s *asyncStep[I, O]) Finish() error {
	for s.under > 0 && !s.over {
		if err := s.ctx.Await(s.hasAnswers); err != nil {
			return err
		}
		if err := s.settle(); err != nil {
			return err
		}
	}
	return nil
}

// Close ends all calls and waits for them.
func (s *asyncStep[I, O]) Close(bool) error {
	s.stop.Store(true)
	if s.cancel != nil {
		s.cancel()
	}
	for _, c := range s.calls {
		c.parker.Unpark()
	}
	s.watch.end()
	s.group.Wait()
	return nil
}

// answer takes a call that has ended. It is for the goroutines of calls.
func (s *asyncStep[I, O]) answer(c *asyncCall[I, O]) {
	s.mu.Lock()
	s.answers = append(s.answers, c)
	first := s.answered.Add(1) == 1
	s.mu.Unlock()
	if first {
		s.ctx.Spec().Wake()
	}
}

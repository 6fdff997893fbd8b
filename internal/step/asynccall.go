package step

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// asyncCall is a place in the queue of an asyncStep and the goroutine that makes the
// calls for the records that stand there, one after the other.
//
// The task fills it and sets work; from then until answer it belongs to its goroutine,
// then to the task again.
type asyncCall[I, O any] struct {
	step   *asyncStep[I, O]
	parker host.Parker
	work   atomic.Bool

	row     I
	at      int64 // its event time
	record  int64 // its number
	segment *asyncSegment[I, O]
	results []O
	err     error             // a failure, ready to be returned
	refused *quarantine.Entry // of a call whose record is to be put aside, without the record
	ended   bool              // for the task: it has been answered

	emit func(O)

	watched watched // for the watchdog
}

func newAsyncCall[I, O any](s *asyncStep[I, O]) *asyncCall[I, O] {
	c := &asyncCall[I, O]{step: s, parker: s.host.NewParker()}
	c.emit = func(v O) { c.results = append(c.results, v) }
	s.group.Go(c.serve)
	return c
}

func (c *asyncCall[I, O]) begin(row I, at, record int64, segment *asyncSegment[I, O]) {
	c.row, c.at, c.record, c.segment, c.ended, c.err, c.refused = row, at, record, segment, false, nil, nil
	c.work.Store(true)
	c.parker.Unpark()
}

// forget lets go of what the record referred to.
func (c *asyncCall[I, O]) forget() {
	var none I
	c.row, c.segment = none, nil
	clear(c.results)
	c.results = c.results[:0]
}

// serve is the goroutine.
func (c *asyncCall[I, O]) serve() {
	for !c.step.stop.Load() {
		if !c.work.Load() {
			c.parker.Park(time.Time{})
			continue
		}
		c.run()
	}
}

// errNoReturn is the failure of a function that has called runtime.Goexit.
var errNoReturn = errors.New("the function has ended its goroutine instead of returning")

// run makes the call for one record, with all its attempts.
func (c *asyncCall[I, O]) run() {
	s := c.step
	returned := false
	defer func() {
		if caught := recover(); caught != nil {
			if c.spares() && !final(caught) {
				c.refused = &quarantine.Entry{
					Kind: quarantine.Panic, Number: c.record, Cause: (&operator.Panic{Value: caught}).Error(), Stack: stack(),
				}
			} else {
				c.err = spared(s.ctx.Recovered(caught, c.record, func() any { return c.row }))
			}
		} else if !returned {
			c.err = s.ctx.Fail(errNoReturn, c.record, func() any { return c.row })
		}
		c.work.Store(false)
		s.answer(c)
	}()
	retry := s.options.Retry
	wait := retry.First
	for attempt := 1; ; attempt++ {
		c.results = c.results[:0]
		err := c.attempt()
		if err == nil {
			break
		}
		if attempt > retry.Times || s.stop.Load() || s.base.Err() != nil || retry.If != nil && !retry.If(err) {
			if attempt > 1 {
				err = fmt.Errorf("after %d attempts: %w", attempt, err)
			}
			if c.spares() {
				c.refused = &quarantine.Entry{Kind: quarantine.Failed, Number: c.record, Cause: err.Error()}
			} else {
				c.err = spared(s.ctx.Fail(err, c.record, func() any { return c.row }))
			}
			break
		}
		pause := wait
		if retry.Most > 0 {
			pause = jitter(min(wait, retry.Most), s.host.Random())
			wait = min(2*wait, retry.Most)
		}
		c.pause(pause)
	}
	returned = true
}

// spares reports whether the record of a call that has failed is put aside: not if the
// call has failed because the job ends.
func (c *asyncCall[I, O]) spares() bool {
	return c.step.ctx.Quarantines() && !c.step.stop.Load() && c.step.base.Err() == nil
}

// spared says of a failure that with a quarantine the job would have gone on.
func spared(err error) error {
	if failure, ok := err.(*operator.Failure); ok {
		failure.Spares = true
	}
	return err
}

// jitter returns a time between half of d and d, as bits say: calls that have failed
// together do not come back together.
func jitter(d time.Duration, bits uint64) time.Duration {
	return d/2 + time.Duration(bits%uint64(d/2+1))
}

// pause waits before another attempt, unless the subtask ends.
func (c *asyncCall[I, O]) pause(d time.Duration) {
	until := c.step.host.Now().Add(d)
	for !c.step.stop.Load() && c.step.host.Now().Before(until) {
		c.parker.Park(until)
	}
}

// attempt calls the user's function once.
func (c *asyncCall[I, O]) attempt() error {
	s := c.step
	if s.options.Timeout == 0 {
		return s.f(s.base, c.row, c.emit)
	}
	ctx, cancel := context.WithCancelCause(s.base)
	deadline := s.host.Now().Add(s.options.Timeout)
	c.watched.deadline, c.watched.cancel = deadline, cancel
	s.watch.add(&c.watched)
	defer func() {
		s.watch.remove(&c.watched)
		cancel(nil)
	}()
	err := s.f(callContext{ctx, deadline}, c.row, c.emit)
	if err != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v: %w", s.options.Timeout, context.DeadlineExceeded)
	}
	return err
}

// callContext is a context whose deadline is one of the engine's clock.
type callContext struct {
	context.Context
	deadline time.Time
}

func (c callContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (c callContext) Err() error {
	if err := c.Context.Err(); err == nil {
		return nil
	}
	if cause := context.Cause(c.Context); errors.Is(cause, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}

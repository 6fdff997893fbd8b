package step

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// begin notes that user code is called; withdraw takes back what it has emitted since.
func (s *processStep[K, O]) begin() {
	s.c.out.begin()
	for _, side := range s.sides {
		side.begin()
	}
}

func (s *processStep[K, O]) withdraw() {
	s.c.out.withdraw()
	for _, side := range s.sides {
		side.withdraw()
	}
}

// full reports whether there is a batch to flush.
func (s *processStep[K, O]) full() bool {
	full := s.c.out.full()
	for _, side := range s.sides {
		full = full || side.full()
	}
	return full
}

// fire calls f for the timers up to now, also for those that it sets meanwhile, and sends
// what it emits.
func (s *processStep[K, O]) fire(timers *keyed.Timers, now int64, f func(time.Time)) error {
	for {
		more, err := s.fireSome(timers, now, f)
		if err == nil {
			err = s.flush()
		}
		if !more || err != nil {
			return err
		}
	}
}

// fireSome is fire up to where something is to be flushed, or one has failed.
func (s *processStep[K, O]) fireSome(timers *keyed.Timers, now int64, f func(time.Time)) (more bool, err error) {
	var at int64
	var slot int32
	defer func() {
		if caught := recover(); caught != nil {
			more = true
			if err = s.failedTimer(caught, at); err == nil {
				timers.Done(slot)
				s.c.scope.Leave()
			}
		}
	}()
	for {
		var ok bool
		if at, slot, ok = timers.Take(now); !ok {
			return false, nil
		}
		s.c.scope.Enter(slot)
		if timers == s.c.event {
			s.c.now = at
		} else {
			s.c.now = operator.NoTime
		}
		if f == nil {
			panic(errors.New("a timer has come and the operator has no function for it"))
		}
		if s.c.out.held {
			s.begin()
		}
		f(time.Unix(0, at).UTC())
		timers.Done(slot)
		s.c.scope.Leave()
		if !s.c.scope.Within() {
			return false, s.overfull()
		}
		if s.c.out.held && s.full() {
			return true, nil
		}
	}
}

// failedTimer deals with a timer whose function has panicked: what it has emitted is
// withdrawn, what it did to state stays. There is no record to put aside.
func (s *processStep[K, O]) failedTimer(caught any, at int64) error {
	name := func() any {
		return fmt.Sprintf("timer %s of key %v", time.Unix(0, at).UTC().Format(time.RFC3339Nano), s.c.Key())
	}
	if !s.c.Quarantines() || final(caught) {
		return s.c.Recovered(caught, -1, name)
	}
	s.withdraw()
	return s.c.Quarantine(nil, &quarantine.Entry{
		Kind: quarantine.Timer, Input: -1, Number: -1, Timed: true, Time: at, Key: fmt.Sprintf("%+v", s.c.Key()),
		Cause: (&operator.Panic{Value: caught}).Error(), Stack: stack(),
	}, nil, name)
}

// processInput is one input of a process operator.
type processInput[T, K, O any] struct {
	guard
	step   *processStep[K, O]
	key    *types.Key[T, K]
	in     *operator.Stamps
	f      func(T)
	keys   []K
	hashes []uint64
	called bool // for the present batch
}

func newProcessInput[T, K, O any](s *processStep[K, O], key *types.Key[T, K], in *operator.Stamps) *processInput[T, K, O] {
	size := operator.BatchSize[T]()
	return &processInput[T, K, O]{
		guard: guard{ctx: s.c.Context}, step: s, key: key, in: in,
		keys: make([]K, size), hashes: make([]uint64, size),
	}
}

func (p *processInput[T, K, O]) Collect(rows []T) error {
	times := timesOf(p.in)
	for len(rows) > 0 {
		n, refused, err := untilKeyless(&p.guard, rows[:min(len(rows), len(p.keys))], p.key, times)
		if err != nil {
			return err
		}
		for begin := rows[:n]; len(begin) > 0; {
			next, err := p.apply(begin, times)
			if err != nil {
				return err
			}
			if err := p.flushFull(); err != nil {
				return err
			}
			begin, times = begin[next:], timesFrom(times, next)
		}
		if refused {
			p.base++
			n, times = n+1, timesFrom(times, 1)
		}
		rows = rows[n:]
	}
	if err := p.step.fireDue(); err != nil {
		return err
	}
	return p.step.flush()
}

// flushFull sends what has been emitted if emitters do not do so by themselves.
func (p *processInput[T, K, O]) flushFull() error {
	if p.step.c.out.held && p.step.full() {
		return p.step.flush()
	}
	return nil
}

// fireDue calls timers that were set for times that have passed.
func (s *processStep[K, O]) fireDue() error {
	if at, ok := s.c.event.Next(); ok && at <= s.c.mark.Time {
		return s.fire(s.c.event, s.c.mark.Time, s.onTimer)
	}
	return nil
}

func (p *processInput[T, K, O]) apply(rows []T, times []int64) (next int, err error) {
	defer spare(&p.guard, rows, times, &next, &err, p.undo)
	keys, hashes := p.keys[:len(rows)], p.hashes[:len(rows)]
	p.at, p.called = 0, false
	p.key.Gather(rows, keys)
	p.key.Type().HashRows(keys, hashes)
	c := &p.step.c
	out, sides := c.out, c.out.held && len(p.step.sides) > 0
	most := out.size // of what is held, before it is flushed
	if !out.held {
		most = math.MaxInt
	}
	c.now, p.called = operator.NoTime, true
	for i := range rows {
		p.at = i
		if times != nil {
			c.now = times[i]
		}
		out.begin()
		if sides {
			p.step.begin()
		}
		c.scope.Enter(c.keys.Find(hashes[i], &keys[i]))
		p.f(rows[i])
		c.scope.Leave()
		if !c.scope.Within() {
			return i + 1, p.step.overfull()
		}
		if len(out.buf) >= most || sides && p.step.full() {
			return i + 1, nil
		}
	}
	return len(rows), nil
}

// overfull returns the error of a step whose state has no more memory.
func (s *processStep[K, O]) overfull() error { return s.c.Fail(s.c.scope.Overfull(), -1, nil) }

// undo ends the call for the current key. What it did to state stays.
func (p *processInput[T, K, O]) undo() string {
	if !p.called {
		return ""
	}
	p.step.withdraw()
	key := fmt.Sprintf("%+v", p.step.c.Key())
	p.step.c.scope.Leave()
	return key
}

package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// restoreCase is an operator whose inputs have records sample[int], divided by key.
type restoreCase struct {
	name    string
	factory func(t testing.TB) operator.Factory
	outputs []outputOf
	inputs  int
	clock   bool // it goes by the clock, else by event time
	one     bool // it runs in one subtask only
	loose   bool // when it says something depends on when it is asked
}

// outputOf makes an output that writes to lines.
type outputOf func(lines *lines) (any, *operator.Stamps)

// lines is what an operator has said, and during which event it did.
type lines struct {
	at  int
	all []string
}

// textOf writes records as text, with their times.
func textOf[O any](tag string) outputOf {
	return func(l *lines) (any, *operator.Stamps) {
		c := &textCatch[O]{tag, l, &operator.Stamps{}}
		return c, c.sent
	}
}

type textCatch[O any] struct {
	tag  string
	to   *lines
	sent *operator.Stamps
}

func (c *textCatch[O]) Collect(rows []O) error {
	for i := range rows {
		c.to.all = append(c.to.all, fmt.Sprintf("%d %s %d %+v", c.to.at, c.tag, timeAt(c.sent.Times, i), rows[i]))
	}
	return nil
}

// happening is something that an operator is told.
type happening struct {
	input int
	rows  []sample[int]
	times []int64
	mark  int64 // without rows: how far event time, or the clock, has come
}

// subtaskRig is one subtask of an operator.
type subtaskRig struct {
	inputs   []operator.Collector[sample[int]]
	received []*operator.Stamps
	body     any
}

// restoreRig is all subtasks of an operator.
type restoreRig struct {
	t        testing.TB
	c        *restoreCase
	subtasks []*subtaskRig
	clock    *handClock
	said     *lines
	keys     *types.Type[int]
}

func newRestoreRig(t testing.TB, c *restoreCase, n int, said *lines, now time.Time) *restoreRig {
	t.Helper()
	r := &restoreRig{t: t, c: c, said: said, clock: &handClock{now: now}, keys: typeOf[int](t)}
	for i := range n {
		s := &subtaskRig{}
		w := operator.Wiring{Context: operator.NewContext(operator.Spec{
			Job: context.Background(), Host: r.clock, Name: "under test", Subtask: i, Parallelism: n, Meter: &metrics.Operator{},
		})}
		for _, output := range c.outputs {
			out, stamps := output(said)
			w.Outputs, w.Sent = append(w.Outputs, out), append(w.Sent, stamps)
		}
		for range c.inputs {
			s.received = append(s.received, &operator.Stamps{})
		}
		w.Received = s.received
		if c.clock {
			w.Received, w.Sent = nil, nil
		}
		inst, err := c.factory(t)(w)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range inst.Inputs[:c.inputs] {
			s.inputs = append(s.inputs, in.(operator.Collector[sample[int]]))
		}
		s.body = inst.Body
		if o, ok := s.body.(operator.Opener); ok {
			if err := o.Open(); err != nil {
				t.Fatal(err)
			}
		}
		r.subtasks = append(r.subtasks, s)
	}
	return r
}

// tell tells the subtasks what happens. lazy: those that get no records do not hear of the clock.
func (r *restoreRig) tell(h *happening, lazy bool) {
	r.t.Helper()
	if h.rows == nil {
		if r.c.clock {
			r.clock.now = time.Unix(0, h.mark)
		}
		for _, s := range r.subtasks {
			r.advance(s, h.mark, lazy)
		}
		return
	}
	for i, s := range r.subtasks {
		var rows []sample[int]
		var times []int64
		for j := range h.rows {
			if keygroup.Owner(keygroup.Of(r.keys.Hash(&h.rows[j].Key)), len(r.subtasks)) == i {
				rows, times = append(rows, h.rows[j]), append(times, h.times[j])
			}
		}
		if len(rows) == 0 {
			continue
		}
		s.received[h.input].Times = times
		if err := s.inputs[h.input].Collect(rows); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *restoreRig) advance(s *subtaskRig, mark int64, lazy bool) {
	r.t.Helper()
	if m, ok := s.body.(operator.Marker); ok && !r.c.clock {
		if _, err := m.Advance(operator.Watermark{Time: mark}); err != nil {
			r.t.Fatal(err)
		}
	}
	if u, ok := s.body.(operator.TimerUser); ok && !lazy {
		for n := u.NextTimer(); !n.IsZero() && !n.After(r.clock.now); n = u.NextTimer() {
			if err := u.OnTimer(r.clock.now); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

func (r *restoreRig) finish() {
	r.t.Helper()
	for _, s := range r.subtasks {
		r.advance(s, operator.EndOfTime, false)
		if u, ok := s.body.(operator.TimerUser); ok && r.c.clock { // so that all have heard of the clock
			if err := u.OnTimer(r.clock.now); err != nil {
				r.t.Fatal(err)
			}
		}
		if f, ok := s.body.(operator.Finisher); ok {
			if err := f.Finish(); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

// storedPart is a part of a snapshot as it would lie in a file.
type storedPart struct {
	operator.Part
	bytes  []byte
	schema json.RawMessage
}

// snapshot has all subtasks stored. What is stored is looked at after meanwhile.
func (r *restoreRig) snapshot(meanwhile func()) (all [][]storedPart) {
	r.t.Helper()
	for _, s := range r.subtasks {
		parts, err := s.body.(operator.Stateful).Snapshot()
		if err != nil {
			r.t.Fatal(err)
		}
		var stored []storedPart
		for _, p := range parts {
			stored = append(stored, storedPart{Part: p})
		}
		all = append(all, stored)
	}
	meanwhile()
	for _, parts := range all {
		for i := range parts {
			p := &parts[i]
			if p.Share == operator.Keyed {
				var b bytes.Buffer
				if err := keyed.Write(p.Keys, &b); err != nil {
					r.t.Fatal(err)
				}
				p.bytes = b.Bytes()
				continue
			}
			text, err := json.Marshal(p.Schema)
			if err != nil {
				r.t.Fatal(err)
			}
			p.schema = text
		}
	}
	return all
}

// storedState is what a subtask is given of a snapshot.
type storedState struct {
	parts      [][]storedPart
	subtask, n int
}

func (s *storedState) Keys(part string, f func(io.Reader) error) error {
	for _, parts := range s.parts {
		for _, p := range parts {
			if p.Name == part && p.Share == operator.Keyed {
				if err := f(bytes.NewReader(p.bytes)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *storedState) Rows(part string, schema *types.Schema, f func([]byte) error) error {
	dealt := 0
	for _, parts := range s.parts {
		for _, p := range parts {
			if p.Name != part || p.Share == operator.Keyed {
				continue
			}
			if err := operator.SameSchema(part, p.schema, schema); err != nil {
				return err
			}
			for _, row := range p.Rows {
				dealt++
				if p.Share == operator.Dealt && (dealt-1)%s.n != s.subtask {
					continue
				}
				if err := f(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// restore gives the subtasks what is stored, and returns the first error.
func (r *restoreRig) restore(parts [][]storedPart, mark int64) error {
	for i, s := range r.subtasks {
		if err := s.body.(operator.Stateful).Restore(&storedState{parts, i, len(r.subtasks)}); err != nil {
			return err
		}
	}
	for _, s := range r.subtasks {
		if mark != operator.NoTime {
			r.advance(s, mark, r.c.clock)
		}
	}
	return nil
}

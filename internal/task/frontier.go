package task

import (
	"github.com/thalweg/thalweg/internal/operator"
)

// frontier is how far event time has come at the input of a task: as far as on the
// channel where it has come the least far, of those that are not idle.
//
// Invariant: the time never goes back. If all channels are idle it stands still, and
// the task is idle.
type frontier struct {
	channels []operator.Watermark
	now      operator.Watermark
}

func newFrontier(channels int) frontier {
	f := frontier{make([]operator.Watermark, channels), operator.Watermark{Time: operator.NoTime}}
	for i := range f.channels {
		f.channels[i].Time = operator.NoTime
	}
	return f
}

// leave takes a channel out of account, as if it had ended.
func (f *frontier) leave(channel int) {
	f.channels[channel] = operator.Watermark{Time: operator.EndOfTime}
}

// advance notes the watermark of a channel, and reports whether that changes anything.
func (f *frontier) advance(channel int, w operator.Watermark) bool {
	c := &f.channels[channel]
	c.Time, c.Idle = max(c.Time, w.Time), w.Idle
	return f.renew()
}

// awake notes that rows have come on a channel.
func (f *frontier) awake(channel int) {
	if c := &f.channels[channel]; c.Idle {
		c.Idle = false
		f.renew()
	}
}

// renew looks at the channels that have not ended; those that have say nothing of the
// others.
func (f *frontier) renew() bool {
	least, running, idle := int64(operator.EndOfTime), false, false
	for _, c := range f.channels {
		switch {
		case c.Time == operator.EndOfTime:
		case c.Idle:
			idle = true
		default:
			least, running = min(least, c.Time), true
		}
	}
	before := f.now
	switch {
	case running:
		f.now = operator.Watermark{Time: max(least, f.now.Time)}
	case idle:
		f.now.Idle = true
	}
	return f.now != before
}

// pass tells the operators of the chain, head first, how far event time has come, and
// then the tasks behind it.
func (t *Task) pass() error {
	for i := range t.members {
		if err := t.advance(i); err != nil {
			return err
		}
	}
	for i, w := range t.writers {
		from := t.members[t.writes[i]]
		if from.mark == t.sent[i] {
			continue
		}
		t.sent[i] = from.mark
		if err := w.Send(from.mark); err != nil {
			return err
		}
	}
	return nil
}

// advance tells one operator.
func (t *Task) advance(i int) (err error) {
	m := t.members[i]
	in := t.frontier.now
	if m.parent >= 0 {
		in = t.members[m.parent].mark
	}
	m.mark = in
	if m.marker != nil {
		m.mark, err = m.marker.Advance(in)
	}
	return err
}

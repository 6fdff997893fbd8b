package task

import (
	"github.com/thalweg/thalweg/internal/operator"
)

// frontier is how far event time has come at the input of a task: as far as on the
// channel where it has come the least far, of those that are not idle.
//
// Invariant: the time never goes back. If all channels are idle it stands still, and
// the task is idle. Laps do not mind who is idle.
type frontier struct {
	channels []operator.Watermark
	ended    []bool // by channel
	now      operator.Watermark
}

func newFrontier(channels int) frontier {
	f := frontier{make([]operator.Watermark, channels), make([]bool, channels), operator.Watermark{Time: operator.NoTime}}
	for i := range f.channels {
		f.channels[i].Time = operator.NoTime
	}
	return f
}

// leave takes a channel out of account, as if it had ended.
func (f *frontier) leave(channel int) {
	f.channels[channel], f.ended[channel] = operator.Watermark{Time: operator.EndOfTime}, true
}

// end notes that a channel has ended, and reports whether that changes anything.
func (f *frontier) end(channel int) bool {
	f.ended[channel] = true
	return f.advance(channel, operator.Watermark{Time: operator.EndOfTime})
}

// advance notes the watermark of a channel, and reports whether that changes anything.
func (f *frontier) advance(channel int, w operator.Watermark) bool {
	c := &f.channels[channel]
	c.Time, c.Idle, c.Lap = max(c.Time, w.Time), w.Idle, w.Lap
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
	least, running, idle, open := int64(operator.EndOfTime), false, false, false
	for i, c := range f.channels {
		switch {
		case c.Time == operator.EndOfTime:
			open = open || !f.ended[i]
		case c.Idle:
			idle = true
		default:
			least, running = min(least, c.Time), true
		}
	}
	before := f.now
	switch {
	case running:
		f.now.Time, f.now.Idle = max(least, f.now.Time), false
	case idle:
		f.now.Idle = true
	case open: // only records of a loop can come, which are late
		f.now.Time, f.now.Idle = operator.EndOfTime, false
	}
	f.now.Lap = f.lap()
	return f.now != before
}

// lap returns the lap that has come on all channels that have not ended.
func (f *frontier) lap() operator.Lap {
	all := operator.Lap{Number: operator.LastLap}
	for i, c := range f.channels {
		if !f.ended[i] {
			all.Number, all.Busy = min(all.Number, c.Lap.Number), max(all.Busy, c.Lap.Busy)
		}
	}
	if all.Number == operator.LastLap || all.Number == 0 {
		return operator.Lap{}
	}
	return all
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

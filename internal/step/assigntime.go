package step

import (
	"fmt"
	"slices"
	"time"

	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// What drives an assignStep is found by these interfaces.
var (
	_ operator.Opener       = (*assignStep[int])(nil)
	_ operator.Marker       = (*assignStep[int])(nil)
	_ operator.TimerUser    = (*assignStep[int])(nil)
	_ operator.SplitWatcher = (*assignStep[int])(nil)
	_ operator.SplitHolder  = (*assignStep[int])(nil)
	_ operator.Closer       = (*assignStep[int])(nil)
	_ operator.Stander      = (*assignStep[int])(nil)
	_ operator.Stateful     = (*assignStep[int])(nil)
)

// AssignTime gives records the event times that a strategy finds in them, and makes
// watermarks: behind a source one for each split, anywhere else one for all records of
// the subtask. A record without a time, or with one too far ahead of the clock, is put
// aside or fails the job.
func AssignTime[T any](rules eventtime.Rules[T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &assignStep[T]{
			guard: guard{ctx: w.Context}, rules: rules, lane: w.Context.Lane(),
			out: output[T](w, 0), sent: w.Out(0),
			marks: map[int]eventtime.Mark[T]{},
			splits: splitMarks{
				idleAfter: rules.Idle, ordered: rules.Ordered, time: operator.NoTime,
				now: w.Context.Now, halted: w.Context.Lane().Halted, early: &w.Context.Lane().Early,
			},
		}
		if rules.Group != "" {
			s.splits.group = w.Context.Align(rules.Group, rules.Drift)
		}
		return one[T](s), nil
	}
}

type assignStep[T any] struct {
	guard
	rules eventtime.Rules[T]
	lane  *operator.Lane
	out   operator.Collector[T]
	sent  *operator.Stamps
	times []int64

	splits  splitMarks
	marks   map[int]eventtime.Mark[T] // by split
	watches bool                      // a source tells of its splits

	restored map[string]int64 // by id: the watermarks of splits at the checkpoint
}

// alone is the number of what is read if no source tells of splits.
const alone = -1

func (s *assignStep[T]) Open() error {
	s.watches = slices.ContainsFunc(s.lane.Watchers, func(w operator.SplitWatcher) bool { return w == any(s) })
	if !s.watches {
		s.SplitBegun(alone, "")
		s.LastSplitBegun()
	}
	return nil
}

func (s *assignStep[T]) Collect(rows []T) error {
	for len(rows) > 0 {
		done, next, err := s.read(rows)
		if err != nil {
			return err
		}
		if done > 0 {
			if err := s.note(rows[:done]); err != nil {
				return err
			}
			if s.sent != nil {
				s.sent.Times = s.times
			}
			if err := s.out.Collect(rows[:done]); err != nil {
				return err
			}
		}
		rows = rows[next:]
	}
	return nil
}

// read finds the times of rows.
func (s *assignStep[T]) read(rows []T) (done, next int, err error) {
	i := 0
	defer func() { done, next = settle(&s.guard, recover(), i, rows, nil, &err) }()
	latest := int64(operator.EndOfTime)
	if s.rules.Ahead > 0 {
		latest = s.ctx.Now().Add(s.rules.Ahead).UnixNano()
	}
	s.times = slices.Grow(s.times[:0], len(rows))
	times, at := s.times[:len(rows)], s.rules.At
	defer func() { s.times = times[:i] }()
	for ; i < len(rows); i++ {
		t := at(&rows[i])
		if t == operator.NoTime || t > latest {
			panic(fault{quarantine.Time, timeError(t, s.rules.Ahead)})
		}
		times[i] = t
	}
	return
}

// note learns what rows, whose times are known, say of the watermark.
func (s *assignStep[T]) note(rows []T) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, -1, nil)
		}
	}()
	split := alone
	if s.watches {
		split = s.lane.Split
	}
	s.splits.records(split, len(rows), s.marks[split].Records(rows, s.times))
	return nil
}

func timeError(t int64, ahead time.Duration) error {
	if t == operator.NoTime {
		return fmt.Errorf("the record has no event time")
	}
	return fmt.Errorf("the record's event time, %s, is more than %s ahead of the clock",
		time.Unix(0, t).UTC().Format(time.RFC3339Nano), ahead)
}

// SplitBegun implements operator.SplitWatcher.
func (s *assignStep[T]) SplitBegun(split int, id string) {
	s.marks[split] = s.rules.NewMark()
	s.splits.begin(split, id)
	if mark, ok := s.restored[id]; ok {
		s.splits.at(split, mark)
	}
}

// storedMark is how far time had come in a split, or, without one, in the subtask.
type storedMark struct {
	Split bool
	ID    string
	Time  int64
}

const marksPart = "watermarks"

var markType = engineType[storedMark]()

// Snapshot implements operator.Stateful: how far time has come in the splits that are read,
// and in all. What a strategy remembers beside that it does not.
func (s *assignStep[T]) Snapshot() ([]operator.Part, error) {
	rows := []storedMark{{Time: s.splits.time}}
	for _, split := range s.splits.splits {
		rows = append(rows, storedMark{true, split.id, split.time})
	}
	return []operator.Part{operator.PartOf(marksPart, operator.Union, markType, rows)}, nil
}

// Restore implements operator.Stateful. Splits go to any subtask, so all of them learn of
// all; none has come further than the one that had come the least far.
func (s *assignStep[T]) Restore(from operator.State) error {
	rows, err := operator.RowsOf(from, marksPart, markType)
	if err != nil {
		return err
	}
	s.restored = map[string]int64{}
	least := int64(operator.EndOfTime)
	for _, r := range rows {
		if before, twice := s.restored[r.ID]; r.Split {
			if !twice || r.Time < before {
				s.restored[r.ID] = r.Time
			}
		} else {
			least = min(least, r.Time)
		}
	}
	if least != operator.EndOfTime {
		s.splits.time = least
	}
	if mark, ok := s.restored[""]; ok && !s.watches {
		s.splits.at(alone, mark)
	}
	return nil
}

// SplitEnded implements operator.SplitWatcher.
func (s *assignStep[T]) SplitEnded(split int) {
	delete(s.marks, split)
	s.splits.end(split)
}

// LastSplitBegun implements operator.SplitWatcher.
func (s *assignStep[T]) LastSplitBegun() {
	s.splits.last = true
	s.splits.align()
}

// Held implements operator.SplitHolder.
func (s *assignStep[T]) Held(split int) bool { return s.splits.hold(split) }

// Close implements operator.Closer.
func (s *assignStep[T]) Close(bool) error {
	s.splits.leave()
	return nil
}

// Advance implements operator.Marker. What came before says nothing of these times,
// but that it has ended or is idle.
func (s *assignStep[T]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if in.Time == operator.EndOfTime {
		return in, nil
	}
	w := s.splits.watermark()
	w.Idle, w.Lap = w.Idle || in.Idle, in.Lap
	return w, nil
}

// NextTimer implements operator.TimerUser.
func (s *assignStep[T]) NextTimer() time.Time { return s.splits.nextIdle() }

// OnTimer implements operator.TimerUser.
func (s *assignStep[T]) OnTimer(now time.Time) error {
	s.splits.lookForIdle(now)
	return nil
}

// Stand implements operator.Stander.
func (s *assignStep[T]) Stand(st *metrics.Standing) {
	w := s.splits.watermark()
	st.Mark, st.Idle, st.More, st.Rule = w.Time, w.Idle, !s.splits.last, s.rules.Text
	if g := s.splits.group; g != nil {
		st.Group, st.Least = s.rules.Group, g.Least()
	}
	for _, split := range s.splits.splits {
		st.Splits = append(st.Splits, metrics.Split{
			ID: split.id, Mark: split.time, Records: split.records, Heard: split.heard.UnixNano(), Idle: split.idle, Held: split.held,
		})
	}
}

// splitMarks is how far event time has come in the splits a subtask reads.
//
//   - A split holds time back from its beginning until its first record has come.
//   - As long as there may be splits that have not begun, nothing is promised, unless
//     splits are in order.
//   - If all splits are idle, so is the subtask.
type splitMarks struct {
	idleAfter time.Duration // 0: a silent split is waited for
	ordered   bool
	now       func() time.Time
	halted    func() int64
	early     *bool // the source reads what others wait for: nothing is idle

	splits []splitMark // that are read
	last   bool        // no others will begin
	time   int64       // the watermark; it never goes back

	group *operator.AlignMember // what the splits keep together with; nil: nothing
}

// splitMark is one split.
type splitMark struct {
	number int
	id     string
	time   int64 // its watermark
	idle   bool

	records int64

	// When it was last heard of, and for how long reading had been halted until then.
	heard  time.Time
	halted int64

	// Whether and since when it waits for others, and for how long reading had been halted
	// until then; and how long it has waited since it was heard of.
	held       bool
	heldSince  time.Time
	heldHalted int64
	waited     time.Duration
}

func (m *splitMarks) begin(number int, id string) {
	s := splitMark{number: number, id: id, time: operator.NoTime}
	m.hear(&s)
	m.splits = append(m.splits, s)
	m.align()
}

func (m *splitMarks) end(number int) {
	m.splits = slices.DeleteFunc(m.splits, func(s splitMark) bool { return s.number == number })
	m.align()
}

// hear notes that a split is not idle.
func (m *splitMarks) hear(s *splitMark) {
	s.idle, s.waited = false, 0
	s.heard, s.halted = m.now(), m.halted()
}

// records notes that records of a split have come, and the watermark they make.
func (m *splitMarks) records(number, n int, mark int64) {
	for i := range m.splits {
		if s := &m.splits[i]; s.number == number {
			s.time = max(s.time, mark)
			s.records += int64(n)
			m.hear(s)
		}
	}
	m.align()
}

// at sets how far time has come in a split that was read before.
func (m *splitMarks) at(number int, mark int64) {
	for i := range m.splits {
		if s := &m.splits[i]; s.number == number {
			s.time = max(s.time, mark)
		}
	}
	m.align()
}

// watermark returns how far time has come in all splits.
func (m *splitMarks) watermark() operator.Watermark {
	least, idle := int64(operator.EndOfTime), len(m.splits) > 0
	for i := range m.splits {
		if !m.splits[i].idle {
			least, idle = min(least, m.splits[i].time), false
		}
	}
	if (m.last || m.ordered) && least != operator.EndOfTime {
		m.time = max(m.time, least)
	}
	return operator.Watermark{Time: m.time, Idle: idle}
}

// idleAt returns when a split will be idle if nothing is heard of it. The time in which
// nobody could listen does not count.
func (m *splitMarks) idleAt(s *splitMark) time.Time {
	return s.heard.Add(m.idleAfter + time.Duration(m.halted()-s.halted) + s.waited)
}

// nextIdle returns when the next split may be idle, or the zero time.
func (m *splitMarks) nextIdle() (next time.Time) {
	if m.idleAfter == 0 || *m.early {
		return next
	}
	for i := range m.splits {
		if s := &m.splits[i]; !s.idle && !s.held {
			next = earlierTime(next, m.idleAt(s))
		}
	}
	return next
}

func (m *splitMarks) lookForIdle(now time.Time) {
	if *m.early {
		return
	}
	for i := range m.splits {
		if s := &m.splits[i]; !s.idle && !s.held && !m.idleAt(s).After(now) {
			s.idle = true
		}
	}
	m.align()
}

package eventtime

import "time"

// Rules is what a strategy says, for the operator that follows it.
type Rules[T any] struct {
	At      func(*T) int64 // nanoseconds, or NoTime
	NewMark func() Mark[T] // of a split

	Text    string        // the strategy in words
	Idle    time.Duration // 0: a silent split is waited for
	Never   bool          // and that is meant
	Ahead   time.Duration // 0: any time is taken
	Ordered bool

	Group string        // what the splits keep together with; "": nothing
	Drift time.Duration // how far ahead of it they may be
}

// Mark makes the watermark of a split. It is told of records in the order of their
// coming, and never goes back.
type Mark[T any] interface {
	// Records is told of records and their times. It returns the watermark, or NoTime.
	Records(rows []T, times []int64) int64
}

// Rules returns what a valid strategy says.
func (s Strategy[T]) Rules() Rules[T] {
	r := Rules[T]{At: s.at, Text: s.String(), Idle: s.idle, Never: s.never, Ahead: s.ahead, Ordered: s.ordered, Group: s.group, Drift: s.drift}
	switch s.kind {
	case bounded:
		r.NewMark = func() Mark[T] { return &boundedMark[T]{disorder: int64(s.disorder), latest: NoTime} }
	case punctuated:
		r.NewMark = func() Mark[T] { return &punctuatedMark[T]{of: s.marks, mark: NoTime} }
	case custom:
		r.NewMark = func() Mark[T] { return &ownMark[T]{own: s.own(), mark: NoTime} }
	}
	return r
}

type boundedMark[T any] struct{ disorder, latest int64 }

func (m *boundedMark[T]) Records(_ []T, times []int64) int64 {
	latest := m.latest
	for _, t := range times {
		latest = max(latest, t)
	}
	m.latest = latest
	if latest < NoTime+m.disorder {
		return NoTime
	}
	return latest - m.disorder
}

type punctuatedMark[T any] struct {
	of   func(*T) (int64, bool)
	mark int64
}

func (m *punctuatedMark[T]) Records(rows []T, _ []int64) int64 {
	for i := range rows {
		if t, ok := m.of(&rows[i]); ok {
			m.mark = max(m.mark, t)
		}
	}
	return m.mark
}

type ownMark[T any] struct {
	own  Watermarks[T]
	mark int64
}

func (m *ownMark[T]) Records(rows []T, times []int64) int64 {
	for i := range rows {
		m.own.Record(&rows[i], time.Unix(0, times[i]).UTC())
	}
	if t := m.own.Watermark(); !t.IsZero() {
		m.mark = max(m.mark, nanos(t))
	}
	return m.mark
}

package step

import (
	"math"
	"slices"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// What drives an eventWindowStep is found by these interfaces.
var (
	_ operator.Opener   = (*eventWindowStep[int, int])(nil)
	_ operator.Marker   = (*eventWindowStep[int, int])(nil)
	_ operator.Stander  = (*eventWindowStep[int, int])(nil)
	_ operator.Stateful = (*eventWindowStep[int, int])(nil)
)

// eventWindowStep puts records into windows by their event times.
//
//   - A window fires once the watermark has reached its end, in the order of their ends,
//     each with one result for each key it has, in an order that follows from the
//     records alone. Windows without records do not fire.
//   - The event time of a result is the last moment of its window, so that windows of
//     results are those of the records they were made of.
//   - A record that comes when all of its windows have fired is late: it goes to output
//     1, or into the quarantine if nobody reads that, and is counted. One that comes when
//     some of them have counts in the others.
//   - At the end of the input all windows fire.
//
// The input is divided by key. Memory grows with the keys of the panes that open
// windows still need.
type eventWindowStep[T, R any] struct {
	guard
	panes *panes[T, R]
	open  func() error // opens the user's function; nil if there is none
	size  int          // of a batch
	out   *emitter[window.Result[R]]
	late  operator.Collector[T]
	in    *operator.Stamps
	lates *operator.Stamps
	mark  int64
	count bool // what is late

	// Of a batch: its rows in the order of their panes.
	spans  []span
	spanOf []int32 // by row; lateSpan: none
	sorted []T
	from   []int32 // where in the batch a sorted row was
	times  []int64 // of late rows
}

// span is the rows of a batch that are in one pane.
type span struct {
	start, end int64 // of the pane
	rows       int
}

const lateSpan = -1

// newEventWindows makes windows that have these two outputs, for results and what is late.
func newEventWindows[T, R any](w operator.Wiring, p *panes[T, R], open func() error, output, late int) *eventWindowStep[T, R] {
	s := newEventPanes(w, p)
	s.open, s.out, s.count = open, emitterOf[window.Result[R]](w, output), true
	s.late, s.lates = lateOutput[T](w, late, 0)
	return s
}

// newEventPanes makes windows without outputs.
func newEventPanes[T, R any](w operator.Wiring, p *panes[T, R]) *eventWindowStep[T, R] {
	size := operator.BatchSize[T]()
	return &eventWindowStep[T, R]{
		guard: guard{ctx: w.Context}, panes: p, size: size, in: w.In(0), mark: math.MinInt64,
		spanOf: make([]int32, size), sorted: make([]T, size), from: make([]int32, size),
	}
}

func (s *eventWindowStep[T, R]) Open() error {
	if s.open == nil {
		return nil
	}
	return s.open()
}

func (s *eventWindowStep[T, R]) Collect(rows []T) error {
	times := s.in.Times
	for len(rows) > 0 {
		n := min(len(rows), s.size)
		if err := s.collect(rows[:n], times[:n]); err != nil {
			return err
		}
		rows, times = rows[n:], times[n:]
	}
	return nil
}

func (s *eventWindowStep[T, R]) collect(rows []T, times []int64) error {
	late := s.divide(times)
	s.sent = times
	if len(s.spans) == 1 && late == 0 {
		state := s.panes.find(s.spans[0].start)
		return s.absorb(state, rows, nil)
	}
	s.sort(rows, times)
	at := 0
	for _, p := range s.spans {
		if err := s.absorb(s.panes.find(p.start), s.sorted[at:at+p.rows], s.from[at:]); err != nil {
			return err
		}
		at += p.rows
	}
	s.base += int64(len(rows))
	if late == 0 {
		return nil
	}
	if s.count {
		s.ctx.Spec().Meter.Late.Add(int64(late))
	}
	if s.lates != nil {
		s.lates.Times = s.times
	}
	return doneIsNothing(s.late.Collect(s.sorted[at : at+late]))
}

// divide finds the pane of each row and returns how many rows are late.
func (s *eventWindowStep[T, R]) divide(times []int64) (late int) {
	s.spans = s.spans[:0]
	pane := int64(s.panes.assigner.Pane())
	last := int32(lateSpan) // the span of the row before
	for i, t := range times {
		if last == lateSpan || t < s.spans[last].start || t >= s.spans[last].end {
			start := s.panes.assigner.PaneStart(t)
			if s.panes.assigner.LastEnd(start) <= s.mark {
				s.spanOf[i] = lateSpan
				last = lateSpan
				late++
				continue
			}
			last = s.spanFor(start, pane)
		}
		s.spanOf[i] = last
		s.spans[last].rows++
	}
	return late
}

func (s *eventWindowStep[T, R]) spanFor(start, pane int64) int32 {
	for i := len(s.spans) - 1; i >= 0; i-- {
		if s.spans[i].start == start {
			return int32(i)
		}
	}
	s.spans = append(s.spans, span{start: start, end: start + pane})
	return int32(len(s.spans) - 1)
}

// sort copies rows in the order of their spans, late ones last.
func (s *eventWindowStep[T, R]) sort(rows []T, times []int64) {
	next := make([]int, len(s.spans))
	at := 0
	for i, p := range s.spans {
		next[i] = at
		at += p.rows
	}
	s.times = s.times[:0]
	for i := range rows {
		to := at
		if k := s.spanOf[i]; k == lateSpan {
			s.times = append(s.times, times[i])
			at++
		} else {
			to = next[k]
			next[k]++
		}
		s.sorted[to], s.from[to] = rows[i], int32(i)
	}
}

// absorb adds rows to a pane. from says where they were in the batch; nil: there.
func (s *eventWindowStep[T, R]) absorb(state paneState[T, R], rows []T, from []int32) (err error) {
	g := guard{ctx: s.ctx, base: s.base, sent: s.sent, from: from}
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, s.base+int64(g.place()), func() any { return rows[g.at] })
		}
		if from == nil {
			s.base += int64(len(rows))
		}
	}()
	state.add(&g, rows)
	return nil
}

// Advance implements operator.Marker: it fires all windows that are complete.
func (s *eventWindowStep[T, R]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if s.panes.owed != nil {
		if err := s.panes.pay(s.out); err != nil {
			return in, err
		}
	}
	if in.Time <= s.mark {
		return in, nil
	}
	s.mark = in.Time
	for {
		end, ok := s.panes.nextEnd()
		if !ok || end > s.mark {
			s.panes.pass(s.mark)
			return in, nil
		}
		s.out.now = end - 1
		if err := s.panes.fire(end, s.out); err != nil {
			return in, err
		}
	}
}

// pass says that no window that ends by now is to fire any more, though records may
// come that belong to it and to others.
func (p *panes[T, R]) pass(now int64) {
	if now != operator.EndOfTime {
		p.fired = max(p.fired, p.assigner.FirstEnd(now)-int64(p.assigner.Slide()))
	}
}

// Snapshot implements operator.Stateful.
func (s *eventWindowStep[T, R]) Snapshot() ([]operator.Part, error) {
	return s.panes.keeper.store("windows", s.panes, s.mark)
}

// Restore implements operator.Stateful.
func (s *eventWindowStep[T, R]) Restore(from operator.State) error { return s.restore("windows", from) }

func (s *eventWindowStep[T, R]) restore(name string, from operator.State) error {
	_, err := s.panes.keeper.restore(name, s.panes, from)
	s.mark = max(s.mark, s.panes.fired)
	return err
}

// Stand implements operator.Stander.
func (s *eventWindowStep[T, R]) Stand(st *metrics.Standing) {
	if end, ok := s.panes.nextEnd(); ok {
		st.Open, st.Next = len(s.panes.open), end
	}
}

// find returns the state of the pane that begins at start, at any place among the
// others.
func (p *panes[T, R]) find(start int64) paneState[T, R] {
	n := len(p.open)
	if n > 0 && p.open[n-1].start == start {
		return p.open[n-1].state
	}
	i, found := slices.BinarySearchFunc(p.open, start, func(p pane[T, R], start int64) int {
		switch {
		case p.start < start:
			return -1
		case p.start > start:
			return 1
		}
		return 0
	})
	if !found {
		p.open = slices.Insert(p.open, i, pane[T, R]{start, p.fresh(start)})
	}
	return p.open[i].state
}

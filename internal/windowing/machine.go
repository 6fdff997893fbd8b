// Package windowing is windows without surroundings: which there are, when they fire and
// what is in them, for one key, as values that somebody steps. Floor 1.
//
// A [Machine] is what all keys share, a [State] what is kept of one: plain fields only,
// so that it can be stored. Event time and the clock are given with every step.
//
// Invariants:
//
//  1. A window is kept until event time has come to its end and the lateness behind it.
//  2. Windows of one key fire in the order of their ends at one step of event time.
//  3. A window whose trigger is over takes no more records: they are dropped, and told.
package windowing

import (
	"math"
	"slices"

	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// Span is a window: from Start, inclusive, to End, exclusive.
type Span struct{ Start, End int64 }

// Global is the window of all times.
var Global = Span{math.MinInt64, math.MaxInt64}

// Machine is how windows of records T, whose contents are kept as an A, behave. It is
// immutable after Init and may be shared.
type Machine[T, A any] struct {
	// Windows appends the windows of a record.
	Windows func(row *T, at int64, to []Span) []Span

	Merging  bool // windows that overlap become one
	Trigger  window.Trigger
	Lateness int64 // how long windows stay after they are complete
	Discard  bool  // a firing takes the contents away, so that each record is fired once

	Put  func(a *A, row *T, at int64) (more int) // adds a record to contents, and says how many bytes they take more
	Join func(a, from *A)                        // adds contents to contents
	Keep func(row *T)                            // gives a record memory of its own; for triggers by deltas

	Weigh   func(a *A) int // how many bytes contents refer to; nil: none
	Shrinks bool           // contents may take less behind a firing than before

	base  int // what a window takes without its contents
	root  node
	slots int
	rules []window.RecordRule[T]
}

// Init compiles the machine. The trigger must be valid, see CheckTrigger.
func (m *Machine[T, A]) Init() {
	m.slots, m.rules = 0, nil
	m.root = m.compile(m.Trigger)
	m.base = types.SizeOf[Open[A]]() + 8*m.slots
}

// State is the windows of one key, in the order of their ends.
type State[A any] struct {
	Open   []Open[A]
	Weight int // bytes, about
}

// Open is one window.
type Open[A any] struct {
	Span
	Slots []int64 // of the trigger
	Lasts []any   // *T, by rule: the record for which it has held last; nil: First
	Over  bool    // the trigger will not fire any more

	Panes  int64 // firings so far
	OnTime int64 // those since it was complete

	Count            int64 // records in Value
	Earliest, Latest int64 // their times; Earliest is of those that were not late
	Value            A
	Weight           int // of the Value
}

// Fired is what a firing gives away. Value is valid during the call.
type Fired[A any] struct {
	Span
	window.Pane
	OnTime           int64 // firings since the window was complete, before this one; -1: it is not complete
	Count            int64 // records in Value
	Earliest, Latest int64 // their times; Earliest is of those that were not late, or the last moment of the window
	Value            *A
}

// cleanup is when a window is forgotten.
func (m *Machine[T, A]) cleanup(end int64) int64 {
	if end > math.MaxInt64-1-m.Lateness {
		return math.MaxInt64
	}
	return end + m.Lateness
}

// Add takes a record. It reports whether no window has taken it: it is too late, or the
// triggers of its windows are over. Settle is to be called afterwards. spans is scratch
// space, and returned for the next call.
func (m *Machine[T, A]) Add(s *State[A], row *T, at, mark, now int64, spans []Span) (dropped bool, scratch []Span) {
	spans = m.Windows(row, at, spans[:0])
	dropped = true
	for _, w := range spans {
		if m.Merging {
			w = s.reach(w)
		}
		if m.cleanup(w.End) <= mark {
			continue
		}
		o := m.open(s, w)
		if o.Over {
			continue
		}
		dropped = false
		holds := m.holds(o, row) // a rule that panics leaves the window without the record
		m.put(s, o, row, at, mark)
		m.root.add(view{o.End, o.Slots}, moment{mark, now, holds})
	}
	return dropped, spans
}

// put adds a record to the contents of a window.
func (m *Machine[T, A]) put(s *State[A], o *Open[A], row *T, at, mark int64) {
	s.weigh(o, o.Weight+m.Put(&o.Value, row, at))
	o.Count++
	o.Latest = max(o.Latest, at)
	if at >= mark {
		o.Earliest = min(o.Earliest, at)
	}
}

// holds returns the rules that hold for a record, as bits, and keeps the record for those.
func (m *Machine[T, A]) holds(o *Open[A], row *T) (bits uint64) {
	for i := range m.rules {
		last := &m.rules[i].First
		if o.Lasts != nil && o.Lasts[i] != nil {
			last = o.Lasts[i].(*T)
		}
		if !m.rules[i].Holds(last, row) {
			continue
		}
		bits |= 1 << i
		if m.rules[i].Lasts {
			if o.Lasts == nil {
				o.Lasts = make([]any, len(m.rules))
			}
			kept := *row
			m.Keep(&kept)
			o.Lasts[i] = &kept
		}
	}
	return bits
}

// reach returns the window that a new one becomes with those it overlaps.
func (s *State[A]) reach(w Span) Span {
	for again := true; again; {
		again = false
		for i := range s.Open {
			o := &s.Open[i]
			if o.Start < w.End && w.Start < o.End && (o.Start < w.Start || o.End > w.End) {
				w, again = Span{min(w.Start, o.Start), max(w.End, o.End)}, true
			}
		}
	}
	return w
}

// open returns the window, which is made if it is not there; of merging windows it takes
// in those that are parts of it.
func (m *Machine[T, A]) open(s *State[A], w Span) *Open[A] {
	if m.Merging {
		kept := 0
		var first Open[A]
		found := false
		for i := range s.Open {
			o := s.Open[i]
			switch {
			case o.Start < w.Start || o.End > w.End:
				s.Open[kept] = o
				kept++
			case !found:
				first, found = o, true
			default:
				m.join(s, &first, &o)
			}
		}
		clear(s.Open[kept:])
		s.Open = s.Open[:kept]
		if found {
			if first.Span != w { // another window, of which nothing was said yet
				first.Span, first.Panes, first.OnTime = w, 0, 0
			}
			return s.insert(first)
		}
	} else {
		for i := len(s.Open) - 1; i >= 0; i-- {
			if s.Open[i].Span == w {
				return &s.Open[i]
			}
		}
	}
	s.Weight += m.base
	return s.insert(Open[A]{Span: w, Slots: make([]int64, m.slots), Earliest: math.MaxInt64, Latest: math.MinInt64})
}

// insert puts a window in its place.
func (s *State[A]) insert(o Open[A]) *Open[A] {
	i := len(s.Open)
	for i > 0 && (s.Open[i-1].End > o.End || s.Open[i-1].End == o.End && s.Open[i-1].Start > o.Start) {
		i--
	}
	s.Open = slices.Insert(s.Open, i, o)
	return &s.Open[i]
}

// join takes a window into another one.
func (m *Machine[T, A]) join(s *State[A], o, from *Open[A]) {
	m.root.merge(view{o.End, o.Slots}, view{from.End, from.Slots})
	if from.Count > 0 {
		m.Join(&o.Value, &from.Value)
	}
	s.Weight -= from.Weight + m.base
	s.weigh(o, m.weight(o))
	o.Count += from.Count
	o.Earliest, o.Latest = min(o.Earliest, from.Earliest), max(o.Latest, from.Latest)
	o.Over = o.Over && from.Over
	if o.Lasts == nil {
		o.Lasts = from.Lasts
	}
}

// weight returns what the contents of a window take.
func (m *Machine[T, A]) weight(o *Open[A]) int {
	if m.Weigh == nil {
		return 0
	}
	return m.Weigh(&o.Value)
}

// weigh notes what the contents of a window take.
func (s *State[A]) weigh(o *Open[A], n int) {
	s.Weight += n - o.Weight
	o.Weight = n
}

// Settle fires what is to fire after records were added.
func (m *Machine[T, A]) Settle(s *State[A], mark, now int64, emit func(Fired[A])) {
	m.fire(s, moment{mark: mark, now: now}, false, emit)
}

// Advance fires what is to fire as event time or the clock has gone on, and forgets
// windows that are over for good.
func (m *Machine[T, A]) Advance(s *State[A], mark, now int64, emit func(Fired[A])) {
	m.fire(s, moment{mark: mark, now: now}, true, emit)
	kept := 0
	for i := range s.Open {
		if m.cleanup(s.Open[i].End) > mark {
			s.Open[kept] = s.Open[i]
			kept++
		} else {
			s.Weight -= s.Open[i].Weight + m.base
		}
	}
	clear(s.Open[kept:])
	s.Open = s.Open[:kept]
}

func (m *Machine[T, A]) fire(s *State[A], when moment, byTime bool, emit func(Fired[A])) {
	for i := range s.Open {
		o := &s.Open[i]
		v := view{o.End, o.Slots}
		if o.Over || !m.root.fires(v, when) {
			continue
		}
		o.Over = m.root.fire(v, when)
		f := Fired[A]{
			Span: o.Span, Count: o.Count, Value: &o.Value, OnTime: -1,
			Pane:     window.Pane{Index: o.Panes, Timing: window.Early, Last: o.Over},
			Earliest: min(o.Earliest, o.End-1), Latest: o.Latest,
		}
		if when.mark >= o.End {
			f.Timing, f.OnTime = window.Late, o.OnTime
			if byTime && o.OnTime == 0 {
				f.Timing = window.OnTime
			}
			o.OnTime++
		}
		o.Panes++
		emit(f)
		if m.Shrinks {
			s.weigh(o, m.weight(o))
		}
		if m.Discard || o.Over {
			var none A
			s.weigh(o, 0)
			o.Value, o.Count, o.Earliest, o.Latest = none, 0, math.MaxInt64, math.MinInt64
		}
	}
}

// Waits returns the earliest event time and the earliest time of the clock at which
// Advance has something to do; the end of time is never.
func (m *Machine[T, A]) Waits(s *State[A], mark, now int64) (nextMark, nextNow int64) {
	nextMark, nextNow = math.MaxInt64, math.MaxInt64
	for i := range s.Open {
		o := &s.Open[i]
		nextMark = min(nextMark, m.cleanup(o.End))
		if !o.Over {
			a, b := m.root.waits(view{o.End, o.Slots}, moment{mark: mark, now: now})
			nextMark, nextNow = min(nextMark, a), min(nextNow, b)
		}
	}
	return nextMark, nextNow
}

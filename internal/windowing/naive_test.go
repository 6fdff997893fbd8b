package windowing

import (
	"fmt"
	"math"
	"slices"

	"github.com/thalweg/thalweg/window"
)

// naive is the window model done the slow way: it keeps every record with the moments at
// which everything happened, and works out what each trigger says from all of that.
type naive struct {
	lateness int64
	discard  bool
	trigger  window.Trigger
	gap      int64 // of sessions; 0: windows of size and slide
	size     int64
	slide    int64

	row     int // that comes
	windows []*naiveWindow
	fired   []string
	dropped []string
}

type naiveWindow struct {
	Span
	records []naiveRecord // in the order of their coming
	trigger naiveTrigger
	over    bool
	panes   int
	onTime  int
	fresh   int // records before it were given away
}

type naiveRecord struct {
	id     int
	at     int64
	hidden bool
}

// naiveTrigger is a trigger as a tree of its own, with everything it needs in it.
type naiveTrigger interface {
	record(end, mark, now int64)
	fires(end, mark, now int64) bool
	fire(end, mark, now int64) bool
	merge(naiveTrigger)
	fresh() naiveTrigger
}

type nDefault struct{ pending bool }

func (n *nDefault) record(_, _, _ int64)          { n.pending = true }
func (n *nDefault) fires(end, mark, _ int64) bool { return n.pending && mark >= end }
func (n *nDefault) fire(_, _, _ int64) bool       { n.pending = false; return false }
func (n *nDefault) merge(o naiveTrigger)          { n.pending = n.pending || o.(*nDefault).pending }
func (n *nDefault) fresh() naiveTrigger           { return &nDefault{} }

type nNever struct{}

func (nNever) record(_, _, _ int64)     {}
func (nNever) fires(_, _, _ int64) bool { return false }
func (nNever) fire(_, _, _ int64) bool  { return false }
func (nNever) merge(naiveTrigger)       {}
func (nNever) fresh() naiveTrigger      { return nNever{} }

type nCount struct{ n, seen int }

func (n *nCount) record(_, _, _ int64)     { n.seen++ }
func (n *nCount) fires(_, _, _ int64) bool { return n.seen >= n.n }
func (n *nCount) fire(_, _, _ int64) bool  { return true }
func (n *nCount) merge(o naiveTrigger)     { n.seen += o.(*nCount).seen }
func (n *nCount) fresh() naiveTrigger      { return &nCount{n: n.n} }

type nClock struct {
	every int64
	first *int64
}

func (n *nClock) record(_, _, now int64) {
	if n.first == nil {
		n.first = &now
	}
}
func (n *nClock) fires(_, _, now int64) bool { return n.first != nil && now >= *n.first+n.every }
func (n *nClock) fire(_, _, _ int64) bool    { return true }
func (n *nClock) merge(o naiveTrigger) {
	if f := o.(*nClock).first; f != nil && (n.first == nil || *f < *n.first) {
		n.first = f
	}
}
func (n *nClock) fresh() naiveTrigger { return &nClock{every: n.every} }

type nRepeat struct{ part naiveTrigger }

func (n *nRepeat) record(e, m, w int64)     { n.part.record(e, m, w) }
func (n *nRepeat) fires(e, m, w int64) bool { return n.part.fires(e, m, w) }
func (n *nRepeat) fire(e, m, w int64) bool {
	if n.part.fire(e, m, w) {
		n.part = n.part.fresh()
	}
	return false
}
func (n *nRepeat) merge(o naiveTrigger) { n.part.merge(o.(*nRepeat).part) }
func (n *nRepeat) fresh() naiveTrigger  { return &nRepeat{n.part.fresh()} }

type nEnd struct {
	early, late naiveTrigger
	hasLate     bool
	some        bool
	passed      bool
}

func (n *nEnd) record(e, m, w int64) {
	if n.passed {
		n.late.record(e, m, w)
	} else {
		n.some = true
		n.early.record(e, m, w)
	}
}
func (n *nEnd) fires(e, m, w int64) bool {
	if n.passed {
		return n.late.fires(e, m, w)
	}
	if m >= e {
		return n.some
	}
	return n.early.fires(e, m, w)
}
func (n *nEnd) fire(e, m, w int64) bool {
	switch {
	case n.passed:
		n.late.fire(e, m, w)
		return false
	case m >= e:
		n.passed = true
		return !n.hasLate
	}
	n.early.fire(e, m, w)
	return false
}
func (n *nEnd) merge(o naiveTrigger) {
	other := o.(*nEnd)
	n.passed = n.passed || other.passed
	n.some = n.some || other.some
	n.early.merge(other.early)
	n.late.merge(other.late)
}
func (n *nEnd) fresh() naiveTrigger {
	return &nEnd{early: n.early.fresh(), late: n.late.fresh(), hasLate: n.hasLate}
}

type nMany struct {
	parts []naiveTrigger
	all   bool
}

func (n *nMany) record(e, m, w int64) {
	for _, p := range n.parts {
		p.record(e, m, w)
	}
}
func (n *nMany) fires(e, m, w int64) bool {
	count := 0
	for _, p := range n.parts {
		if p.fires(e, m, w) {
			count++
		}
	}
	return count == len(n.parts) || !n.all && count > 0
}
func (n *nMany) fire(e, m, w int64) bool {
	over, count := 0, 0
	for _, p := range n.parts {
		if p.fires(e, m, w) {
			count++
			if p.fire(e, m, w) {
				over++
			}
		}
	}
	if n.all {
		return over == count
	}
	return over > 0
}
func (n *nMany) merge(o naiveTrigger) {
	for i, p := range n.parts {
		p.merge(o.(*nMany).parts[i])
	}
}
func (n *nMany) fresh() naiveTrigger {
	f := &nMany{all: n.all}
	for _, p := range n.parts {
		f.parts = append(f.parts, p.fresh())
	}
	return f
}

type nEach struct {
	parts []naiveTrigger
	at    int
}

func (n *nEach) record(e, m, w int64) {
	if n.at < len(n.parts) {
		n.parts[n.at].record(e, m, w)
	}
}
func (n *nEach) fires(e, m, w int64) bool { return n.at < len(n.parts) && n.parts[n.at].fires(e, m, w) }
func (n *nEach) fire(e, m, w int64) bool {
	if n.parts[n.at].fire(e, m, w) {
		n.at++
	}
	return n.at == len(n.parts)
}
func (n *nEach) merge(o naiveTrigger) {
	other := o.(*nEach)
	n.at = max(n.at, other.at)
	for i, p := range n.parts {
		p.merge(other.parts[i])
	}
}
func (n *nEach) fresh() naiveTrigger {
	f := &nEach{}
	for _, p := range n.parts {
		f.parts = append(f.parts, p.fresh())
	}
	return f
}

// nTime fires at the multiples of event time that come behind a record.
type nTime struct {
	every int64
	at    *int64
}

func (n *nTime) record(_, mark, _ int64) {
	if n.at == nil {
		at := max(mark, math.MinInt64/2) + 1 // it is not known yet: any
		for mark != math.MinInt64 && floorMod(at, n.every) != 0 {
			at++
		}
		n.at = &at
	}
}
func (n *nTime) fires(_, mark, _ int64) bool { return n.at != nil && mark >= *n.at }
func (n *nTime) fire(_, _, _ int64) bool     { n.at = nil; return false }
func (n *nTime) merge(o naiveTrigger) {
	if at := o.(*nTime).at; at != nil && (n.at == nil || *at < *n.at) {
		n.at = at
	}
}
func (n *nTime) fresh() naiveTrigger { return &nTime{every: n.every} }

// nRecord fires when a record has come whose number is a multiple.
type nRecord struct {
	row *int // the record that comes
	of  int
	hit bool
}

func (n *nRecord) record(_, _, _ int64)     { n.hit = n.hit || *n.row%n.of == 0 }
func (n *nRecord) fires(_, _, _ int64) bool { return n.hit }
func (n *nRecord) fire(_, _, _ int64) bool  { return true }
func (n *nRecord) merge(o naiveTrigger)     { n.hit = n.hit || o.(*nRecord).hit }
func (n *nRecord) fresh() naiveTrigger      { return &nRecord{row: n.row, of: n.of} }

// multiple is a trigger that nRecord stands for.
func multiple(of int) window.Trigger {
	t := window.AfterRecord(func(row int) bool { return row%of == 0 })
	t.N = of
	return t
}

// triggerOf makes the naive form of a trigger. row is the record that comes.
func triggerOf(t window.Trigger, row *int) naiveTrigger {
	var parts []naiveTrigger
	for _, p := range t.Parts {
		parts = append(parts, triggerOf(p, row))
	}
	switch t.Kind {
	case window.TimeTrigger:
		return &nTime{every: int64(t.Every)}
	case window.RecordTrigger:
		return &nRecord{row: row, of: t.N}
	case window.DefaultTrigger:
		return &nDefault{}
	case window.CountTrigger:
		return &nCount{n: t.N}
	case window.ClockTrigger:
		return &nClock{every: int64(t.Every)}
	case window.RepeatTrigger:
		return &nRepeat{parts[0]}
	case window.EndTrigger:
		return &nEnd{early: &nRepeat{parts[0]}, late: &nRepeat{parts[1]}, hasLate: t.Parts[1].Kind != window.NeverTrigger}
	case window.AllTrigger, window.AnyTrigger:
		return &nMany{parts: parts, all: t.Kind == window.AllTrigger}
	case window.EachTrigger:
		return &nEach{parts: parts}
	}
	return nNever{}
}

func (n *naive) assign(at int64) (spans []Span) {
	if n.gap > 0 {
		return []Span{{at, at + n.gap}}
	}
	for start := int64(-200); start <= at; start++ {
		if floorMod(start, n.slide) == 0 && start+n.size > at {
			spans = append(spans, Span{start, start + n.size})
		}
	}
	return spans
}

func floorMod(a, b int64) int64 { return ((a % b) + b) % b }

func (n *naive) add(id int, at, mark, now int64) {
	n.row = id
	taken := false
	for _, span := range n.assign(at) {
		w := n.window(span, mark)
		if w == nil || w.over {
			continue
		}
		taken = true
		w.records = append(w.records, naiveRecord{id: id, at: at})
		w.trigger.record(w.End, mark, now)
	}
	if !taken {
		n.dropped = append(n.dropped, fmt.Sprint(id))
	}
	n.fire(mark, now, false)
}

// window finds or makes the window of a span; nil if it is too late for it.
func (n *naive) window(span Span, mark int64) *naiveWindow {
	var mine []*naiveWindow
	var others []*naiveWindow
	if n.gap > 0 {
		for changed := true; changed; {
			changed = false
			for _, w := range n.windows {
				if w.Start < span.End && span.Start < w.End && (w.Start < span.Start || w.End > span.End) {
					span = Span{min(w.Start, span.Start), max(w.End, span.End)}
					changed = true
				}
			}
		}
	}
	if span.End+n.lateness <= mark {
		return nil
	}
	for _, w := range n.windows {
		if n.gap > 0 && w.Start >= span.Start && w.End <= span.End || w.Span == span {
			mine = append(mine, w)
		} else {
			others = append(others, w)
		}
	}
	if len(mine) == 0 {
		w := &naiveWindow{Span: span, trigger: triggerOf(n.trigger, &n.row)}
		n.windows = append(n.windows, w)
		return w
	}
	into := mine[0]
	for _, w := range mine[1:] {
		into.records = append(into.records, w.records...)
		into.trigger.merge(w.trigger)
		into.over = into.over && w.over
	}
	if into.Span != span {
		into.Span, into.panes, into.onTime = span, 0, 0
	}
	n.windows = append(others, into)
	return into
}

func (n *naive) fire(mark, now int64, byTime bool) {
	slices.SortFunc(n.windows, func(a, b *naiveWindow) int {
		if a.End != b.End {
			return int(a.End - b.End)
		}
		return int(a.Start - b.Start)
	})
	for _, w := range n.windows {
		if w.over || !w.trigger.fires(w.End, mark, now) {
			continue
		}
		w.over = w.trigger.fire(w.End, mark, now)
		timing := window.Early
		if mark >= w.End {
			timing = window.Late
			if byTime && w.onTime == 0 {
				timing = window.OnTime
			}
			w.onTime++
		}
		var ids []int
		for i := range w.records {
			if !w.records[i].hidden {
				ids = append(ids, w.records[i].id)
			}
			w.records[i].hidden = w.records[i].hidden || n.discard || w.over
		}
		slices.Sort(ids)
		n.fired = append(n.fired, fmt.Sprint(w.Span, w.panes, timing, w.over, ids))
		w.panes++
	}
}

func (n *naive) advance(mark, now int64) {
	n.fire(mark, now, true)
	n.windows = slices.DeleteFunc(n.windows, func(w *naiveWindow) bool { return w.End+n.lateness <= mark })
}

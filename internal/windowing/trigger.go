package windowing

import (
	"fmt"
	"math"

	"github.com/thalweg/thalweg/window"
)

// A trigger is compiled into nodes, each with slots of its own in the numbers that a
// window keeps for its trigger. The semantics are those of the triggers of Apache Beam.
type node struct {
	window.Trigger
	slot  int // what it keeps, see the methods
	rule  int // of a RecordTrigger: its number
	parts []node
}

// compile numbers the slots and the rules of a trigger from where they are on.
func (m *Machine[T, A]) compile(t window.Trigger) node {
	n := node{Trigger: t, slot: m.slots, rule: len(m.rules)}
	if hasSlot(t.Kind) {
		m.slots++
	}
	if t.Kind == window.RecordTrigger {
		m.rules = append(m.rules, t.Rule.(window.RecordRule[T]))
	}
	for _, part := range t.Parts {
		if t.Kind == window.EndTrigger && part.Kind != window.NeverTrigger {
			part = window.Repeat(part)
		}
		n.parts = append(n.parts, m.compile(part))
	}
	return n
}

func hasSlot(k window.TriggerKind) bool {
	return k <= window.RecordTrigger || k == window.EachTrigger
}

// maxRules is how many triggers by records a window may have.
const maxRules = 64

// CheckTrigger returns what is wrong with a trigger for records T.
func CheckTrigger[T any](t window.Trigger) error {
	if err := t.Validate(); err != nil {
		return err
	}
	rules := 0
	return checkRules[T](t, &rules)
}

func checkRules[T any](t window.Trigger, rules *int) error {
	if t.Kind == window.RecordTrigger {
		if _, ok := t.Rule.(window.RecordRule[T]); !ok {
			var none T
			return fmt.Errorf("window: the trigger %s is for other records than %T", t, none)
		}
		if *rules++; *rules > maxRules {
			return fmt.Errorf("window: more than %d triggers by records", maxRules)
		}
	}
	for _, part := range t.Parts {
		if err := checkRules[T](part, rules); err != nil {
			return err
		}
	}
	return nil
}

// moment is how far event time and the clock have come, and of a record which rules hold.
type moment struct {
	mark, now int64
	holds     uint64
}

// view is a window as its trigger sees it.
type view struct {
	end   int64
	slots []int64
}

// What an EndTrigger keeps.
const (
	waiting = 1 // a record has come
	passed  = 2 // it has fired when the window was complete
)

// isLate reports whether an EndTrigger has fired when the window was complete.
func (n *node) isLate(v view) bool { return v.slots[n.slot] == passed }

// add notes a record.
func (n *node) add(v view, m moment) {
	switch n.Kind {
	case window.EndTrigger:
		if n.isLate(v) {
			n.parts[1].add(v, m)
		} else {
			v.slots[n.slot] = waiting
			n.parts[0].add(v, m)
		}
	case window.DefaultTrigger:
		v.slots[n.slot] = 1
	case window.CountTrigger:
		v.slots[n.slot]++
	case window.ClockTrigger:
		if v.slots[n.slot] == 0 {
			v.slots[n.slot] = m.now + int64(n.Every)
		}
	case window.TimeTrigger:
		if v.slots[n.slot] == 0 {
			v.slots[n.slot] = slotOfTime(n.nextTime(m.mark))
		}
	case window.RecordTrigger:
		v.slots[n.slot] |= int64(m.holds >> n.rule & 1)
	case window.EachTrigger:
		if at := v.slots[n.slot]; int(at) < len(n.parts) {
			n.parts[at].add(v, m)
		}
	default:
		for i := range n.parts {
			n.parts[i].add(v, m)
		}
	}
}

// A slot of 0 has no time: slots have times counted from the earliest one, as unsigned
// numbers. The clock is always behind 0.
func slotOfTime(at int64) int64   { return at ^ math.MinInt64 }
func timeOfSlot(slot int64) int64 { return slot ^ math.MinInt64 }

// nextTime is the first multiple behind a time; of a time that is not known it is the
// first one there is.
func (n *node) nextTime(mark int64) int64 {
	every := int64(n.Every)
	if mark <= math.MinInt64+every {
		return math.MinInt64 + 1
	}
	r := mark % every
	if r < 0 {
		r += every
	}
	if mark-r > math.MaxInt64-every {
		return math.MaxInt64
	}
	return mark - r + every
}

// fires reports whether it would fire now.
func (n *node) fires(v view, m moment) bool {
	switch n.Kind {
	case window.DefaultTrigger:
		return v.slots[n.slot] == 1 && m.mark >= v.end
	case window.EndTrigger:
		switch {
		case n.isLate(v):
			return n.parts[1].fires(v, m)
		case m.mark >= v.end:
			return v.slots[n.slot] == waiting
		}
		return n.parts[0].fires(v, m)
	case window.CountTrigger:
		return v.slots[n.slot] >= int64(n.N)
	case window.ClockTrigger:
		return v.slots[n.slot] != 0 && m.now >= v.slots[n.slot]
	case window.TimeTrigger:
		return v.slots[n.slot] != 0 && m.mark >= timeOfSlot(v.slots[n.slot])
	case window.RecordTrigger:
		return v.slots[n.slot] == 1
	case window.EachTrigger:
		at := v.slots[n.slot]
		return int(at) < len(n.parts) && n.parts[at].fires(v, m)
	case window.RepeatTrigger:
		return n.parts[0].fires(v, m)
	case window.AllTrigger:
		for i := range n.parts {
			if !n.parts[i].fires(v, m) {
				return false
			}
		}
		return true
	case window.AnyTrigger:
		for i := range n.parts {
			if n.parts[i].fires(v, m) {
				return true
			}
		}
	}
	return false
}

// fire notes that the window fires, and reports whether the trigger is over.
func (n *node) fire(v view, m moment) (over bool) {
	switch n.Kind {
	case window.EndTrigger:
		switch {
		case n.isLate(v):
			return n.parts[1].fire(v, m)
		case m.mark >= v.end:
			v.slots[n.slot] = passed
			return n.parts[1].Kind == window.NeverTrigger
		}
		n.parts[0].fire(v, m)
		return false
	case window.CountTrigger, window.ClockTrigger, window.RecordTrigger:
		return true
	case window.DefaultTrigger, window.TimeTrigger:
		v.slots[n.slot] = 0
		return false
	case window.EachTrigger:
		at := v.slots[n.slot]
		if int(at) < len(n.parts) && n.parts[at].fire(v, m) {
			at++
			v.slots[n.slot] = at
		}
		return int(at) == len(n.parts)
	case window.RepeatTrigger:
		if n.parts[0].fire(v, m) {
			n.parts[0].reset(v)
		}
		return false
	case window.AllTrigger, window.AnyTrigger:
		all, some := true, false
		for i := range n.parts {
			if n.parts[i].fires(v, m) {
				over := n.parts[i].fire(v, m)
				all, some = all && over, some || over
			}
		}
		if n.Kind == window.AllTrigger {
			return all
		}
		return some
	}
	return false
}

func (n *node) reset(v view) {
	if hasSlot(n.Kind) {
		v.slots[n.slot] = 0
	}
	for i := range n.parts {
		n.parts[i].reset(v)
	}
}

// merge takes what another window's trigger knows into this one's.
func (n *node) merge(v, from view) {
	a, b := &v.slots, &from.slots
	switch n.Kind {
	case window.DefaultTrigger, window.EndTrigger, window.EachTrigger, window.RecordTrigger:
		(*a)[n.slot] = max((*a)[n.slot], (*b)[n.slot])
	case window.CountTrigger:
		(*a)[n.slot] += (*b)[n.slot]
	case window.ClockTrigger, window.TimeTrigger:
		if x := (*b)[n.slot]; x != 0 && ((*a)[n.slot] == 0 || uint64(x) < uint64((*a)[n.slot])) {
			(*a)[n.slot] = x
		}
	}
	for i := range n.parts {
		n.parts[i].merge(v, from)
	}
}

// waits returns the earliest event time and clock time, after a moment, at which the
// trigger may fire without a record; the end of time is never.
func (n *node) waits(v view, m moment) (mark, now int64) {
	mark, now = math.MaxInt64, math.MaxInt64
	switch n.Kind {
	case window.DefaultTrigger:
		if v.slots[n.slot] == 1 {
			mark = v.end
		}
	case window.EndTrigger:
		switch v.slots[n.slot] {
		case passed:
			return n.parts[1].waits(v, m)
		case waiting:
			mark, now = n.parts[0].waits(v, m)
			return min(mark, v.end), now
		}
	case window.ClockTrigger:
		if v.slots[n.slot] != 0 {
			now = v.slots[n.slot]
		}
	case window.TimeTrigger:
		if v.slots[n.slot] != 0 {
			mark = timeOfSlot(v.slots[n.slot])
		}
	case window.EachTrigger:
		if at := v.slots[n.slot]; int(at) < len(n.parts) {
			return n.parts[at].waits(v, m)
		}
	default:
		for i := range n.parts {
			a, b := n.parts[i].waits(v, m)
			mark, now = min(mark, a), min(now, b)
		}
	}
	return mark, now
}

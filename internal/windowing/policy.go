package windowing

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// PolicyKind is what a policy goes by.
type PolicyKind uint8

// The kinds of policies.
const (
	ByTime        PolicyKind = iota + 1 // the records' times: N is a length
	ByCount                             // the number of records: N is that number
	ByDelta                             // how far a record is from an earlier one: Threshold
	ByPunctuation                       // records that end a window: Ends
	ByFiring                            // evictions only: all that was fired goes
)

// Policy is a trigger or an eviction of records T: an immutable plain value.
type Policy[T any] struct {
	Kind PolicyKind
	N    int64
	// Start is the number from which a policy by count counts: a negative one delays the
	// first firing, or eviction. It is the time from which the boundaries of a trigger by
	// time are counted if Started is set.
	Start   int64
	Started bool
	// Delete is how many records an eviction by count lets go at once; 0 is one.
	Delete int64

	Distance  func(a, b *T) float64
	Threshold float64
	Initial   T // what the first record's distance is taken to

	Ends func(*T) bool
}

// Policies is when windows of records in their order of arrival fire, and what is in them:
// the model of Flink 0.9, whose order of events Add keeps to. Several triggers fire when
// any does; of several evictions the one counts that lets most go. No eviction keeps all.
type Policies[T any] struct {
	Triggers, Evictions []Policy[T]
	Empty               bool  // windows without records fire, too, from the first record on
	Start               int64 // the time from which boundaries are counted if a trigger has none

	// Added is told of each record that a window takes, and Dropped how many of its oldest
	// ones it lets go, before it does; nil: nobody is.
	Added   func(row *T)
	Dropped func(s *PolicyState[T], n int)

	// Unkept has records not be kept, where none is let go but all that were fired: only
	// Added sees them.
	Unkept bool
}

// Keeps reports whether windows need their records, so that Unkept makes no sense: some are
// let go, others stay.
func (p *Policies[T]) Keeps() bool {
	for i := range p.Evictions {
		if p.Evictions[i].Kind != ByFiring {
			return true
		}
	}
	return false
}

// PolicyState is what Policies remember of one key, or of a whole stream. Begin makes one.
// Times[i] is the time of Records[i]; of records that are not kept it is that of the last.
type PolicyState[T any] struct {
	Records []T
	Times   []int64
	Trigger []policyMemory[T] // by trigger
	Evict   []policyMemory[T] // by eviction
	Begun   bool              // there has been a record
	Told    bool              // no record has come since the last firing
}

// policyMemory is what one policy remembers: the last boundary by time, the count, or the
// record that fired last.
type policyMemory[T any] struct {
	Number int64
	Point  T
}

// Validate returns what is wrong with the policies, or nil.
func (p *Policies[T]) Validate() error {
	if len(p.Triggers) == 0 {
		return errors.New("windows by policies need a trigger")
	}
	if len(p.Triggers) > 64 {
		return fmt.Errorf("%d triggers: windows have at most 64", len(p.Triggers))
	}
	for _, t := range p.Triggers {
		if t.Kind == ByFiring {
			return errors.New("a window cannot be fired by its own firing: the trigger must be by time, count, delta or punctuation")
		}
		if err := t.validate(); err != nil {
			return fmt.Errorf("trigger: %w", err)
		}
	}
	for _, e := range p.Evictions {
		if err := e.validate(); err != nil {
			return fmt.Errorf("eviction: %w", err)
		}
	}
	return nil
}

func (p *Policy[T]) validate() error {
	switch {
	case p.Kind < ByTime || p.Kind > ByFiring:
		return fmt.Errorf("a policy of kind %d: there is none", p.Kind)
	case p.Kind <= ByCount && p.N <= 0:
		return fmt.Errorf("a length of %d: it must be positive", p.N)
	case p.Delete < 0:
		return fmt.Errorf("%d records to let go at once: it must be positive", p.Delete)
	case p.Kind == ByDelta && (p.Distance == nil || p.Threshold < 0 || math.IsNaN(p.Threshold)):
		return fmt.Errorf("a delta of %v: it needs a distance and a threshold that is not negative", p.Threshold)
	case p.Kind == ByPunctuation && p.Ends == nil:
		return errors.New("a punctuation needs a function that knows it")
	}
	return nil
}

// Begin returns the state before the first record. The policies must be valid.
func (p *Policies[T]) Begin() PolicyState[T] {
	begin := func(list []Policy[T]) []policyMemory[T] {
		all := make([]policyMemory[T], len(list))
		for i := range list {
			all[i] = policyMemory[T]{list[i].Start, list[i].Initial}
			if list[i].Kind == ByTime && !list[i].Started {
				all[i].Number = p.Start
			}
		}
		return all
	}
	return PolicyState[T]{Trigger: begin(p.Triggers), Evict: begin(p.Evictions)}
}

// Fits returns an error unless a state that was stored is one of these policies.
func (p *Policies[T]) Fits(s *PolicyState[T]) error {
	if len(s.Trigger) != len(p.Triggers) || len(s.Evict) != len(p.Evictions) || !p.Unkept && len(s.Times) != len(s.Records) || p.Unkept && len(s.Records) > 0 {
		return errors.New("the windows were stored with other policies")
	}
	return nil
}

// Forgettable reports whether a state without records is as good as a new one.
func (p *Policies[T]) Forgettable(s *PolicyState[T]) bool {
	if len(s.Times) > 0 || p.Empty {
		return false
	}
	for _, list := range [][]Policy[T]{p.Triggers, p.Evictions} {
		for i := range list {
			if k := list[i].Kind; k == ByCount || k == ByDelta {
				return false
			}
		}
	}
	return true
}

// Fire is called with a firing: its moment, and the records in the order of their arrival,
// which are valid until it returns.
type Fire[T any] func(at int64, records []T)

// Add takes a record with its time: boundaries that it passes fire windows as of the moment
// before each, oldest first; then it may fire one itself, of the moment of the record and
// without it; then it makes room, and is appended. A record that is older than a boundary
// that was passed is in the window that is open.
//
// If a function of a policy panics, the boundaries have been passed, and the record is
// nowhere.
//
// Times must lie within ±2^62.
func (p *Policies[T]) Add(s *PolicyState[T], row *T, at int64, fire Fire[T]) {
	if !s.Begun {
		s.Begun = true
		p.skip(s, at)
	}
	p.Advance(s, at, fire)
	fired := uint64(0)
	for i := range p.Triggers {
		if p.Triggers[i].fires(&s.Trigger[i], row) {
			fired |= 1 << i
		}
	}
	n := 0
	for i := range p.Evictions {
		n = max(n, p.Evictions[i].evicts(&s.Evict[i], s, row, at, fired != 0))
	}
	for i := range p.Triggers {
		p.Triggers[i].note(&s.Trigger[i], row, fired&(1<<i) != 0)
	}
	for i := range p.Evictions {
		p.Evictions[i].admit(&s.Evict[i])
	}
	if fired != 0 {
		p.fire(s, at, fire)
	}
	p.drop(s, n)
	if p.Unkept {
		s.Times = append(s.Times[:0], at)
	} else {
		s.Records, s.Times = append(s.Records, *row), append(s.Times, at)
	}
	s.Told = false
	if p.Added != nil {
		p.Added(row)
	}
}

// Advance tells that time has come to a moment, by a record, by one of another key, or by
// the clock: boundaries up to it fire as of the moment before each. Evictions by time make
// room before a firing, and all that was fired goes behind it, if that is how it is evicted.
func (p *Policies[T]) Advance(s *PolicyState[T], now int64, fire Fire[T]) {
	for {
		next, which := int64(math.MaxInt64), -1
		for i := range p.Triggers {
			if t := &p.Triggers[i]; t.Kind == ByTime && now-s.Trigger[i].Number >= t.N {
				if end := s.Trigger[i].Number + t.N; end < next {
					next, which = end, i
				}
			}
		}
		if which < 0 {
			return
		}
		if len(s.Times) == 0 && !p.Empty {
			p.skip(s, now) // nothing is left to fire however many boundaries follow
			return
		}
		s.Trigger[which].Number = next
		n := 0
		for i := range p.Evictions {
			if p.Evictions[i].Kind == ByTime {
				n = max(n, s.older(next-1-p.Evictions[i].N))
			}
		}
		p.drop(s, n)
		p.fire(s, next-1, fire)
		for i := range p.Evictions {
			if p.Evictions[i].Kind == ByFiring {
				p.drop(s, len(s.Times))
			}
		}
	}
}

// skip passes boundaries without a word.
func (p *Policies[T]) skip(s *PolicyState[T], now int64) {
	for i := range p.Triggers {
		if t := &p.Triggers[i]; t.Kind == ByTime {
			s.Trigger[i].Number += max(0, now-s.Trigger[i].Number) / t.N * t.N
		}
	}
}

// Next returns the boundary that time comes to next, and whether there is one.
func (p *Policies[T]) Next(s *PolicyState[T]) (at int64, ok bool) {
	for i := range p.Triggers {
		if t := &p.Triggers[i]; t.Kind == ByTime {
			if end := s.Trigger[i].Number + t.N; !ok || end < at {
				at, ok = end, true
			}
		}
	}
	return at, ok
}

// End fires the window as it is at that moment, as at the end of input, if any of it is new.
func (p *Policies[T]) End(s *PolicyState[T], at int64, fire Fire[T]) {
	if !s.Told {
		p.fire(s, at, fire)
	}
}

// Complete tells that time has ended: the window fires at the next boundary, if any of it is
// new. Where there are no boundaries it is as End at that moment.
func (p *Policies[T]) Complete(s *PolicyState[T], at int64, fire Fire[T]) {
	next, ok := p.Next(s)
	switch {
	case s.Told:
	case ok:
		p.Advance(s, next, fire)
	default:
		p.fire(s, at, fire)
	}
}

func (p *Policies[T]) fire(s *PolicyState[T], at int64, fire Fire[T]) {
	s.Told = true
	if len(s.Times) > 0 || p.Empty {
		fire(at, s.Records)
	}
}

// fires reports whether a record fires the window before it. Boundaries of time have been
// passed before.
func (p *Policy[T]) fires(m *policyMemory[T], row *T) bool {
	switch p.Kind {
	case ByCount:
		return m.Number >= p.N
	case ByDelta:
		return p.Distance(&m.Point, row) > p.Threshold
	case ByPunctuation:
		return p.Ends(row)
	}
	return false
}

// note has a trigger remember a record, and whether that has fired.
func (p *Policy[T]) note(m *policyMemory[T], row *T, fired bool) {
	switch {
	case p.Kind == ByCount && fired:
		m.Number = 1
	case p.Kind == ByCount:
		m.Number++
	case p.Kind == ByDelta && fired:
		m.Point = *row
	}
}

// evicts returns how many of the oldest records make room for one.
func (p *Policy[T]) evicts(m *policyMemory[T], s *PolicyState[T], row *T, at int64, fired bool) (n int) {
	switch p.Kind {
	case ByTime:
		return s.older(at - p.N)
	case ByCount:
		if m.Number >= p.N {
			n = int(max(1, p.Delete))
		}
		return n
	case ByDelta:
		for n < len(s.Records) && p.Distance(&s.Records[n], row) >= p.Threshold {
			n++
		}
		return n
	case ByPunctuation:
		if p.Ends(row) {
			return len(s.Times)
		}
	case ByFiring:
		if fired {
			return len(s.Times)
		}
	}
	return 0
}

// admit has an eviction count a record, and those that made room for it.
func (p *Policy[T]) admit(m *policyMemory[T]) {
	if p.Kind != ByCount {
		return
	}
	if m.Number >= p.N {
		m.Number -= max(1, p.Delete)
	}
	m.Number++
}

// older returns how many of the oldest records are of a time or before it. The first that
// is younger ends that: a late record behind it stays until it is the oldest.
func (s *PolicyState[T]) older(than int64) (n int) {
	for n < len(s.Times) && s.Times[n] <= than {
		n++
	}
	return n
}

// drop lets the n oldest records go. Many are made room for by moving the others; behind few
// the lists begin later, and get new memory when theirs has ended: moving would cost as much
// for each record as the window has.
func (p *Policies[T]) drop(s *PolicyState[T], n int) {
	n = min(n, len(s.Times))
	if n == 0 {
		return
	}
	if p.Dropped != nil {
		p.Dropped(s, n)
	}
	if !p.Unkept {
		s.Records = without(s.Records, n)
	}
	s.Times = without(s.Times, n)
}

// without returns a list without its first n values.
func without[V any](list []V, n int) []V {
	if n < len(list)/4 {
		clear(list[:n])
		return list[n:]
	}
	left := copy(list, list[n:])
	clear(list[left:])
	return list[:left]
}

// Evict lets records of a window go, all at once, and returns those that stay: of ByCount,
// the latest N; of ByTime, those less than N older than the newest; of ByDelta, those whose
// distance from the last is less than the threshold. Order stays. The lists may overlap
// those given.
func Evict[T any](evictions []Policy[T], rows []T, times []int64) ([]T, []int64) {
	for i := range evictions {
		e := &evictions[i]
		if e.Kind == ByCount {
			if n := len(rows) - int(e.N); n > 0 {
				rows = rows[:copy(rows, rows[n:])]
				times = times[:copy(times, times[n:])]
			}
			continue
		}
		if len(rows) == 0 {
			break
		}
		newest, last, kept := slices.Max(times), rows[len(rows)-1], 0
		for j := range rows {
			if e.Kind == ByTime && times[j] <= newest-e.N || e.Kind == ByDelta && e.Distance(&rows[j], &last) >= e.Threshold {
				continue
			}
			rows[kept], times[kept] = rows[j], times[j]
			kept++
		}
		rows, times = rows[:kept], times[:kept]
	}
	return rows, times
}

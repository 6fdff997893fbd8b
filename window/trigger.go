package window

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Trigger says when a window fires: gives its contents away, possibly before it is
// complete, and possibly more than once. It is an immutable value; the zero Trigger is
// [AtEnd]. After Akidau et al., "The Dataflow Model", VLDB 2015.
//
// A trigger that has fired is over, unless it repeats: the window then fires no more, and
// drops what still comes for it.
type Trigger struct {
	Kind  TriggerKind
	N     int           // of CountTrigger
	Every time.Duration // of ClockTrigger and TimeTrigger
	Parts []Trigger     // of the others
	Rule  any           // of RecordTrigger: a RecordRule
}

// RecordRule says of which records a RecordTrigger fires. last is the record for which the
// rule has held before in the window, or First.
type RecordRule[T any] struct {
	First T
	Holds func(last, record *T) bool
	Lasts bool // it looks at last
	text  string
}

// TriggerKind is the kind of a trigger.
type TriggerKind uint8

// The kinds of triggers.
const (
	DefaultTrigger TriggerKind = iota // when the window is complete, and for each late record
	EndTrigger                        // once when the window is complete; Parts are an early and a late trigger, or NeverTrigger
	CountTrigger                      // when N records have come
	ClockTrigger                      // when the clock has gone on by Every since the first record
	TimeTrigger                       // when event time has come to the next multiple of Every, again and again
	RecordTrigger                     // when a record has come for which the rule holds
	NeverTrigger                      // not at all
	RepeatTrigger                     // as its part, again and again
	AllTrigger                        // when all parts do
	AnyTrigger                        // when one of its parts does
	EachTrigger                       // as its first part until that is over, then as the next one
)

// AtEnd fires when the window is complete, and again for each record that is late but
// not too late.
func AtEnd() Trigger { return Trigger{} }

// AfterEnd fires once, when the window is complete. Early and Late add to it.
//
//	window.AfterEnd().Early(window.AfterClock(time.Minute)).Late(window.AfterCount(1))
func AfterEnd() Trigger {
	return Trigger{Kind: EndTrigger, Parts: []Trigger{Never(), Never()}}
}

// Early returns an AfterEnd that also fires before the window is complete, whenever t
// does.
func (t Trigger) Early(early Trigger) Trigger { return t.with(0, early) }

// Late returns an AfterEnd that also fires after the window was complete, whenever t
// does.
func (t Trigger) Late(late Trigger) Trigger { return t.with(1, late) }

func (t Trigger) with(i int, part Trigger) Trigger {
	if t.Kind != EndTrigger {
		return Trigger{Kind: EndTrigger} // Validate reports it
	}
	parts := [2]Trigger{t.Parts[0], t.Parts[1]}
	parts[i] = part
	return Trigger{Kind: EndTrigger, Parts: parts[:]}
}

// AfterCount fires once n records have come.
func AfterCount(n int) Trigger { return Trigger{Kind: CountTrigger, N: n} }

// AfterClock fires when the engine's clock has gone on by d since the first record.
func AfterClock(d time.Duration) Trigger { return Trigger{Kind: ClockTrigger, Every: d} }

// EveryTime fires whenever event time has come to a multiple of d, if records have come
// since it did so before.
func EveryTime(d time.Duration) Trigger { return Trigger{Kind: TimeTrigger, Every: d} }

// AfterRecord fires when a record has come of which is is true.
func AfterRecord[T any](is func(T) bool) Trigger {
	if is == nil {
		return Trigger{Kind: RecordTrigger} // Validate reports it
	}
	return Trigger{Kind: RecordTrigger, Rule: RecordRule[T]{Holds: func(_, r *T) bool { return is(*r) }, text: "a record that is asked for"}}
}

// AfterDelta fires when a record has come that is farther than the threshold from the one
// for which that was so before, or from first.
func AfterDelta[T any](threshold float64, distance func(a, b T) float64, first T) Trigger {
	if distance == nil {
		return Trigger{Kind: RecordTrigger} // Validate reports it
	}
	return Trigger{Kind: RecordTrigger, Rule: RecordRule[T]{
		First: first, Lasts: true, text: fmt.Sprintf("a delta of more than %v", threshold),
		Holds: func(last, r *T) bool { return distance(*last, *r) > threshold },
	}}
}

// String describes the rule.
func (r RecordRule[T]) String() string { return r.text }

// Never does not fire.
func Never() Trigger { return Trigger{Kind: NeverTrigger} }

// Repeat fires as t does, again and again.
func Repeat(t Trigger) Trigger { return Trigger{Kind: RepeatTrigger, Parts: []Trigger{t}} }

// All fires when all parts would.
func All(parts ...Trigger) Trigger { return Trigger{Kind: AllTrigger, Parts: parts} }

// Any fires when one of the parts does, and is over when one of them is.
func Any(parts ...Trigger) Trigger { return Trigger{Kind: AnyTrigger, Parts: parts} }

// InOrder fires as the first part until that is over, then as the second, and so on.
func InOrder(parts ...Trigger) Trigger { return Trigger{Kind: EachTrigger, Parts: parts} }

// Validate returns what is wrong with the trigger, or nil.
func (t Trigger) Validate() error {
	switch t.Kind {
	case EndTrigger:
		if len(t.Parts) != 2 {
			return errors.New("window: Early and Late belong to AfterEnd")
		}
	case CountTrigger:
		if t.N < 1 {
			return fmt.Errorf("window: %s: the number must be positive", t)
		}
	case ClockTrigger, TimeTrigger:
		if t.Every <= 0 {
			return fmt.Errorf("window: %s: the duration must be positive", t)
		}
	case RecordTrigger:
		if t.Rule == nil {
			return errors.New("window: the function of a trigger by records is nil")
		}
	case AllTrigger, AnyTrigger, EachTrigger:
		if len(t.Parts) == 0 {
			return fmt.Errorf("window: %s: a trigger without parts", t)
		}
	}
	for _, p := range t.Parts {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// String describes the trigger.
func (t Trigger) String() string {
	parts := make([]string, len(t.Parts))
	for i, p := range t.Parts {
		parts[i] = p.String()
	}
	list := strings.Join(parts, ", ")
	switch t.Kind {
	case DefaultTrigger:
		return "at the end"
	case EndTrigger:
		text := "after the end"
		for i, when := range []string{", early ", ", late "} {
			if i < len(t.Parts) && t.Parts[i].Kind != NeverTrigger {
				text += when + parts[i]
			}
		}
		return text
	case CountTrigger:
		return fmt.Sprintf("after %d records", t.N)
	case ClockTrigger:
		return fmt.Sprintf("after %s", t.Every)
	case TimeTrigger:
		return fmt.Sprintf("every %s of event time", t.Every)
	case RecordTrigger:
		return fmt.Sprintf("after %v", t.Rule)
	case RepeatTrigger:
		return "repeat(" + list + ")"
	case AllTrigger:
		return "all(" + list + ")"
	case AnyTrigger:
		return "any(" + list + ")"
	case EachTrigger:
		return "in order(" + list + ")"
	}
	return "never"
}

// Timing is when a window fired: before, when or after it was complete.
type Timing uint8

// The timings.
const (
	Early Timing = iota
	OnTime
	Late
)

func (t Timing) String() string { return [...]string{"early", "on time", "late"}[t] }

// Pane is one firing of a window.
type Pane struct {
	Index  int64 // from 0, of this window
	Timing Timing
	Last   bool // the trigger is over: nothing comes after it
}

// Package eventtime says when records happened, and how far time has come: strategies
// as plain values. Floor 1.
//
//	stream.AssignTime(orders, eventtime.Millis(placed).Disorder(5*time.Second).Idle(time.Minute))
//
// Event time is what the records say, in nanoseconds since 1970 in UTC, so it lies
// between the years 1678 and 2262. A watermark w promises that no record with a time
// before w will come. What waits for the records before w, a window that ends at w say,
// is complete then; a record that breaks the promise is late. Each split of a source
// has a watermark of its own, and the least one counts (Akidau et al., "The Dataflow
// Model", VLDB 2015).
package eventtime

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// NoTime is the time of a record that has none, in nanoseconds.
const NoTime = math.MinInt64

// Strategy says where the times of records T are, and what is known of their order. It
// is an immutable value; its methods return changed copies. The zero Strategy is a
// mistake that Validate reports.
type Strategy[T any] struct {
	at    func(*T) int64 // nanoseconds, or NoTime
	unit  string
	kind  kind
	marks func(*T) (int64, bool) // of punctuated
	own   func() Watermarks[T]   // of custom

	disorder, idle, ahead time.Duration
	never, ordered        bool

	aligned bool
	group   string
	drift   time.Duration
}

type kind uint8

const (
	bounded kind = iota
	punctuated
	custom
)

// Of returns a strategy for records with a field of type time.Time. The zero time is
// none.
func Of[T any](field func(*T) *time.Time) Strategy[T] {
	return Strategy[T]{unit: "time", at: func(r *T) int64 { return nanos(*field(r)) }}
}

// OfFunc is Of for a computed time.
func OfFunc[T any](f func(T) time.Time) Strategy[T] {
	return Strategy[T]{unit: "time", at: func(r *T) int64 { return nanos(f(*r)) }}
}

// nanos counts a time, if it can be counted.
func nanos(t time.Time) int64 {
	const last = math.MaxInt64 / 1_000_000_000
	if s := t.Unix(); s <= -last || s >= last {
		return NoTime
	}
	return t.UnixNano()
}

// Seconds returns a strategy for records with a field that counts seconds since 1970.
func Seconds[T any](field func(*T) *int64) Strategy[T] { return counted(field, "seconds", 1e9) }

// Millis is Seconds for milliseconds.
func Millis[T any](field func(*T) *int64) Strategy[T] { return counted(field, "milliseconds", 1e6) }

// Micros is Seconds for microseconds.
func Micros[T any](field func(*T) *int64) Strategy[T] { return counted(field, "microseconds", 1e3) }

// Nanos is Seconds for nanoseconds.
func Nanos[T any](field func(*T) *int64) Strategy[T] { return counted(field, "nanoseconds", 1) }

func counted[T any](field func(*T) *int64, unit string, ns int64) Strategy[T] {
	least, most := math.MinInt64/ns, math.MaxInt64/ns // once: it is a division
	return Strategy[T]{unit: unit, at: func(r *T) int64 {
		n := *field(r)
		if n > most || n < least {
			return NoTime
		}
		return n * ns
	}}
}

// Disorder says that a record comes at most d behind, in event time, any other of its
// split: the watermark is the latest time so far, less d. Without it, times do not go
// back within a split.
func (s Strategy[T]) Disorder(d time.Duration) Strategy[T] {
	s.kind, s.disorder = bounded, d
	return s
}

// Punctuated says that some records carry the watermark: mark returns it, or false.
func (s Strategy[T]) Punctuated(mark func(*T) (time.Time, bool)) Strategy[T] {
	s.kind, s.marks = punctuated, nil
	if mark != nil {
		s.marks = func(r *T) (int64, bool) {
			t, ok := mark(r)
			return nanos(t), ok
		}
	}
	return s
}

// Watermarks makes the watermarks of one split. It belongs to one goroutine.
type Watermarks[T any] interface {
	// Record is told of every record and its time.
	Record(record *T, at time.Time)

	// Watermark returns how far time has come; the zero time is unknown. It is asked
	// after records have come. To go back is to stand still.
	Watermark() time.Time
}

// Custom has the watermarks of each split made by what open returns.
func (s Strategy[T]) Custom(open func() Watermarks[T]) Strategy[T] {
	s.kind, s.own = custom, open
	return s
}

// Idle says that a split that has sent nothing for d is not waited for. Time in which
// its subtask could not read, because of back-pressure, does not count.
func (s Strategy[T]) Idle(d time.Duration) Strategy[T] {
	s.idle, s.never = d, false
	return s
}

// NeverIdle says that silence of a split holds time back, for ever if it lasts: late
// answers are better than incomplete ones.
func (s Strategy[T]) NeverIdle() Strategy[T] {
	s.idle, s.never = 0, true
	return s
}

// Ahead refuses records whose time is more than d ahead of the clock: one of them
// would make all that follow late.
func (s Strategy[T]) Ahead(d time.Duration) Strategy[T] {
	s.ahead = d
	return s
}

// OrderedSplits says that the splits of the source are listed in the order of time, as
// the pieces of a sorted file are. Without it, a subtask that reads one split after the
// other can promise nothing before it has come to its last one.
func (s Strategy[T]) OrderedSplits() Strategy[T] {
	s.ordered = true
	return s
}

// Align has splits wait for each other: one whose watermark is more than drift ahead of
// the least of its group is not read until the others have come up, but for the batch that
// took it there. The group are all splits of all sources of the job whose strategy names
// it. Splits that are idle, have ended, or have not begun are not waited for, and a split
// that waits does not become idle. So what joins streams, or merges splits, has to keep
// about as much as comes in the drift. It is for a strategy right behind its source.
func (s Strategy[T]) Align(group string, drift time.Duration) Strategy[T] {
	s.aligned, s.group, s.drift = true, group, drift
	return s
}

// Validate returns what is wrong with the strategy, or nil.
func (s Strategy[T]) Validate() error {
	switch {
	case s.at == nil:
		return errors.New("eventtime: the zero Strategy knows no times")
	case s.disorder < 0 || s.idle < 0 || s.ahead < 0:
		return fmt.Errorf("eventtime: %s: a duration is negative", s)
	case s.aligned && (s.group == "" || s.drift <= 0):
		return fmt.Errorf("eventtime: %s: a group needs a name, and a drift that is positive", s)
	case s.kind == punctuated && s.marks == nil || s.kind == custom && s.own == nil:
		return errors.New("eventtime: nil is no function")
	}
	return nil
}

// String describes the strategy: "milliseconds, disorder 5s, idle after 1m0s".
func (s Strategy[T]) String() string {
	text := s.unit
	switch {
	case s.kind == punctuated:
		text += ", punctuated"
	case s.kind == custom:
		text += ", own watermarks"
	case s.disorder == 0:
		text += ", in order"
	default:
		text += fmt.Sprintf(", disorder %s", s.disorder)
	}
	if s.ordered {
		text += ", splits in order"
	}
	if s.idle != 0 {
		text += fmt.Sprintf(", idle after %s", s.idle)
	}
	if s.never {
		text += ", never idle"
	}
	if s.ahead != 0 {
		text += fmt.Sprintf(", at most %s ahead", s.ahead)
	}
	if s.aligned {
		text += fmt.Sprintf(", within %s of %q", s.drift, s.group)
	}
	return text
}

// Package policy has the policies of windows: when windows fire, and which records they let
// go. Floor 2.
//
//	latest := orders.Window(policy.Count(100)).Every(policy.Time(time.Minute))
//
// The same policy can be a trigger or an eviction. A trigger is asked before a record joins
// the window: when it fires, the record is not in the window that fires. An eviction is
// asked next, and lets the oldest records go to make room. Neither knows of the other, so a
// window of any kind can fire at any occasion. This is the model of Flink 0.9 (Tzoumas,
// Ewen, Unified Batch and Stream Processing, 2015); see [window.Assigner] of package window
// for the model of Dataflow, in which each record is assigned to windows by its time.
package policy

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/thalweg/thalweg/internal/windowing"
)

// Policy is a trigger or an eviction: an immutable plain value, which package stream
// checks.
type Policy struct {
	plain windowing.Policy[struct{}]
	typed any // windowing.Policy[T] of records T; nil: it is of any records
	name  string
	err   error
}

// Time is about the times of records: event time if the stream has it, else that of the
// engine's clock.
//
// A trigger fires at each boundary of a length d that time comes to, as of the moment
// before it. Boundaries are counted from the Unix epoch, by the clock from the opening of
// the operator, if From does not say otherwise. An eviction lets go what is d or more older
// than the new record or the boundary. So windows of a Time that fire every Time are half
// open: at a boundary b they hold what is of b-d or later, and before b.
func Time(d time.Duration) Policy {
	return Policy{plain: windowing.Policy[struct{}]{Kind: windowing.ByTime, N: int64(d)}, name: "time " + d.String()}
}

// From returns a policy of Time whose boundaries are counted from t.
func (p Policy) From(t time.Time) Policy {
	p.only(windowing.ByTime, "From is for policies of Time")
	p.plain.Start, p.plain.Started = t.UnixNano(), true
	p.name += " from " + t.UTC().Format(time.RFC3339Nano)
	return p
}

// Count is about the number of records. A trigger fires when n records have come and one
// more does, which is the first of the next n. An eviction keeps n: the new record and the
// latest before it.
func Count(n int) Policy {
	return Policy{plain: windowing.Policy[struct{}]{Kind: windowing.ByCount, N: int64(n)}, name: fmt.Sprintf("count %d", n)}
}

// CountingFrom returns a policy of Count that begins with another number than 0. The first
// windows of Count(4) every Count(2) are short; of Count(4) every Count(2).CountingFrom(-2)
// none is.
func (p Policy) CountingFrom(n int) Policy {
	p.only(windowing.ByCount, "CountingFrom is for policies of Count")
	p.plain.Start = int64(n)
	p.name += fmt.Sprintf(" from %d", n)
	return p
}

// LettingGo returns an eviction by Count that lets go n records at a time, not one.
func (p Policy) LettingGo(n int) Policy {
	p.only(windowing.ByCount, "LettingGo is for policies of Count")
	if n <= 0 {
		p.err = errors.Join(p.err, fmt.Errorf("LettingGo(%d): it must be positive", n))
	}
	p.plain.Delete = int64(n)
	p.name += fmt.Sprintf(" letting go %d", n)
	return p
}

// Delta is about how far a record is from an earlier one. A trigger fires when that is more
// than the threshold from the record that has fired last, or from initial if none has. An
// eviction lets records go as long as the oldest is as far from the new one as the
// threshold, or farther.
func Delta[T any](threshold float64, distance func(a, b T) float64, initial T) Policy {
	p := Policy{name: fmt.Sprintf("delta %v", threshold)}
	if distance == nil {
		p.err = errors.New("the distance of a Delta is nil")
		return p
	}
	p.typed = windowing.Policy[T]{
		Kind: windowing.ByDelta, Threshold: threshold, Initial: initial,
		Distance: func(a, b *T) float64 { return distance(*a, *b) },
	}
	return p
}

// Punctuation is about records that say that something ends. A trigger fires when ends is
// true of a record, which is the first of the next window. An eviction lets go all before
// it.
func Punctuation[T any](ends func(T) bool) Policy {
	p := Policy{name: "punctuation"}
	if ends == nil {
		p.err = errors.New("the function of a Punctuation is nil")
		return p
	}
	p.typed = windowing.Policy[T]{Kind: windowing.ByPunctuation, Ends: func(row *T) bool { return ends(*row) }}
	return p
}

// FullStream is an eviction that lets nothing go: windows hold all records so far, and so
// does memory.
func FullStream() Policy { return Policy{name: "full stream"} }

// Tumbling is an eviction that lets go all that has been fired.
func Tumbling() Policy {
	return Policy{plain: windowing.Policy[struct{}]{Kind: windowing.ByFiring}, name: "tumbling"}
}

// String describes the policy, e.g. "time 5s".
func (p Policy) String() string { return p.name }

// IsTime reports whether the policy is one of Time.
func (p Policy) IsTime() bool { return p.typed == nil && p.plain.Kind == windowing.ByTime }

// IsFullStream reports whether it is FullStream.
func (p Policy) IsFullStream() bool { return p.typed == nil && p.plain.Kind == 0 }

func (p *Policy) only(kind windowing.PolicyKind, otherwise string) {
	if p.typed != nil || p.plain.Kind != kind {
		p.err = errors.Join(p.err, fmt.Errorf("%s, this is one of %s", otherwise, p.name))
	}
}

// For returns the policy for records T. It is for the engine. A policy that was made for
// records of another type is an error, as is one that makes no sense.
func For[T any](p Policy) (windowing.Policy[T], error) {
	of := windowing.Policy[T]{
		Kind: p.plain.Kind, N: p.plain.N, Start: p.plain.Start, Started: p.plain.Started, Delete: p.plain.Delete,
	}
	if p.err != nil {
		return of, p.err
	}
	if p.typed == nil {
		return of, nil
	}
	typed, ok := p.typed.(windowing.Policy[T])
	if !ok {
		var none T
		return of, fmt.Errorf("the policy %s is for other records than %T", p.name, none)
	}
	return typed, nil
}

// Euclidean returns the distance of [Delta] that is the length of the difference between
// the vectors of two records, for which coordinates that one of them lacks are 0.
func Euclidean[T any](vector func(T) []float64) func(a, b T) float64 {
	return func(a, b T) float64 {
		x, y := vector(a), vector(b)
		if len(x) < len(y) {
			x, y = y, x
		}
		sum := 0.0
		for i, v := range x {
			if i < len(y) {
				v -= y[i]
			}
			sum += v * v
		}
		return math.Sqrt(sum)
	}
}

// Cosine returns the distance of [Delta] that is one less the cosine of the angle between
// the vectors of two records: 0 for those of one direction, 2 for opposite ones. A vector
// without a length has distance 1 from any.
func Cosine[T any](vector func(T) []float64) func(a, b T) float64 {
	return func(a, b T) float64 {
		x, y := vector(a), vector(b)
		var dot, xx, yy float64
		for i := range min(len(x), len(y)) {
			dot += x[i] * y[i]
		}
		for _, v := range x {
			xx += v * v
		}
		for _, v := range y {
			yy += v * v
		}
		if xx == 0 || yy == 0 {
			return 1
		}
		return 1 - dot/(math.Sqrt(xx)*math.Sqrt(yy))
	}
}

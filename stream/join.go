package stream

import (
	"fmt"
	"time"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Pairs are two keyed streams with event times, of which records with equal keys are to
// be joined.
type Pairs[A, B any, K comparable] struct {
	first         *Keyed[A, K]
	second        *Keyed[B, K]
	late1         *Side[A]
	late2         *Side[B]
	lower, upper  time.Duration
	exclusiveLow  bool
	exclusiveHigh bool
}

// Between pairs each record of first, of time t, with the records of second that have
// the same key and a time from t+lower to t+upper, both inclusive. Both streams must
// have event times.
func Between[A, B any, K comparable](first *Keyed[A, K], second *Keyed[B, K], lower, upper time.Duration) *Pairs[A, B, K] {
	g := first.keyed.Graph
	if lower > upper {
		skin.Mistake(g, fmt.Errorf("an interval from %s to %s: it ends before it begins", lower, upper))
	}
	needTimes(first.keyed.Flow, "joining within an interval")
	needTimes(second.keyed.Flow, "joining within an interval")
	return &Pairs[A, B, K]{first: first, second: second, lower: lower, upper: upper}
}

// needTimes notes a mistake if the records have no event times.
func needTimes[T any](f skin.Flow[T], what string) {
	if !f.Input.Timed() {
		skin.Mistake(f.Graph, fmt.Errorf("%s needs event times, and these records have none: use AssignTime before", what))
	}
}

// ExclusiveLower leaves out records exactly at the lower end of the interval.
func (p *Pairs[A, B, K]) ExclusiveLower() *Pairs[A, B, K] {
	other := *p
	other.exclusiveLow = true
	return &other
}

// ExclusiveUpper leaves out records exactly at the upper end of the interval.
func (p *Pairs[A, B, K]) ExclusiveUpper() *Pairs[A, B, K] {
	other := *p
	other.exclusiveHigh = true
	return &other
}

// LateTo has side outputs for records that come after the watermark has passed their
// times; each may be nil. Without them late records are counted and dropped.
func (p *Pairs[A, B, K]) LateTo(first *Side[A], second *Side[B]) *Pairs[A, B, K] {
	other := *p
	other.late1, other.late2 = first, second
	return &other
}

// JoinInterval makes a record of each pair, when the later one of the two arrives. It
// has the later one's time.
func JoinInterval[A, B any, K comparable, O any](p *Pairs[A, B, K], f func(A, B) O) *DataStream[O] {
	g := p.first.keyed.Graph
	skin.CheckFunctions(g, f)
	within := step.Interval{Lower: int64(p.lower), Upper: int64(p.upper)}
	if p.exclusiveLow {
		within.Lower++
	}
	if p.exclusiveHigh {
		within.Upper--
	}
	out := skin.Add[O](g, skin.Node{
		Kind: "interval join", Detail: p.first.keyed.Detail(within.String()), Time: plan.PassTimes, Memory: skin.LargeMemory,
		Factory: step.IntervalJoin(p.first.keyed.Key, p.second.keyed.Key, within, step.Plain(f)),
		Outputs: []operator.Element{skin.ElementOf[A](g), skin.ElementOf[B](g)},
	}, hashed(p.first), hashed(p.second))
	if p.late1 != nil {
		p.late1.attach(g, out.Node, 1)
	}
	if p.late2 != nil {
		p.late2.attach(g, out.Node, 2)
	}
	return of(out)
}

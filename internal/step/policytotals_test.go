package step

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/windowing"
)

// randomPolicies draws triggers and evictions of all kinds.
func randomPolicies(pick func(int) int) (p windowing.Policies[rec]) {
	delta := func() windowing.Policy[rec] {
		return windowing.Policy[rec]{Kind: windowing.ByDelta, Threshold: float64(20 + pick(60)), Distance: func(a, b *rec) float64 {
			return math.Abs(float64(a.Units - b.Units))
		}}
	}
	of := func(kinds int) windowing.Policy[rec] {
		switch pick(kinds) {
		case 0:
			return windowing.Policy[rec]{Kind: windowing.ByTime, N: int64(1 + pick(20))}
		case 1:
			return windowing.Policy[rec]{Kind: windowing.ByCount, N: int64(1 + pick(15)), Start: -int64(pick(4)), Delete: int64(pick(4))}
		case 2:
			return delta()
		case 3:
			n := int32(3 + pick(9))
			return windowing.Policy[rec]{Kind: windowing.ByPunctuation, Ends: func(r *rec) bool { return r.Units%n == 0 }}
		}
		return windowing.Policy[rec]{Kind: windowing.ByFiring}
	}
	for range 1 + pick(2) {
		p.Triggers = append(p.Triggers, of(4))
	}
	for range pick(3) {
		p.Evictions = append(p.Evictions, of(5))
	}
	if pick(3) == 0 {
		p.Evictions = []windowing.Policy[rec]{{Kind: windowing.ByFiring}}
	}
	p.Empty = pick(4) == 0
	return p
}

// TestFiringsThatAreAddedUpAreThoseOfAllRecords compares aggregates that are kept as records
// come and go with those computed of all records of each firing.
func TestFiringsThatAreAddedUpAreThoseOfAllRecords(t *testing.T) {
	random := seeded(t)
	for round := range 300 {
		p, event := randomPolicies(random.IntN), round%2 == 0
		key, rows, program := keyOf(t, keyField[int]), typeOf[rec](t), everything[int](t)
		c := restoreCase{clock: !event, inputs: 1, outputs: []outputOf{textOf[rec]("out")}}
		all := randomHappenings(random, &c, false)
		naive := AggregateRows(program)
		c.factory = func(testing.TB) operator.Factory {
			return Flatten(Through(Policies(key, p, event, rows), Plain(func(f PolicyFiring[rec], emit func(rec)) { naive(f.Rows, emit) })))
		}
		want := c.run(t, all, nil, []int{1}, false)
		c.factory = func(testing.TB) operator.Factory {
			return Flatten(AggregateCut(CutPolicies(key, p, event, rows), program))
		}
		got := c.run(t, all, nil, []int{1}, false)
		same(t, fmt.Sprintf("round %d: %+v", round, p), got, want, true)
	}
}

// BenchmarkPolicyAggregates has windows of the latest records, or seconds, that fire often.
func BenchmarkPolicyAggregates(b *testing.B) {
	const second = int64(time.Second)
	key := computedKey(b, func(visits64) struct{} { return struct{}{} })
	program, rows := countOf64(b), typeOf[visits64](b)
	for _, c := range []struct {
		name            string
		trigger, evicts windowing.Policy[visits64]
	}{
		{"60s every 100ms", windowing.Policy[visits64]{Kind: windowing.ByTime, N: second / 10}, windowing.Policy[visits64]{Kind: windowing.ByTime, N: 60 * second}},
		{"10000 every 100", windowing.Policy[visits64]{Kind: windowing.ByCount, N: 100}, windowing.Policy[visits64]{Kind: windowing.ByCount, N: 10_000}},
		{"tumbling 1000", windowing.Policy[visits64]{Kind: windowing.ByCount, N: 1000}, windowing.Policy[visits64]{Kind: windowing.ByFiring}},
	} {
		p := windowing.Policies[visits64]{Triggers: []windowing.Policy[visits64]{c.trigger}, Evictions: []windowing.Policy[visits64]{c.evicts}}
		each := AggregateRows(program)
		all := Through(Policies(key, p, true, rows), Plain(func(f PolicyFiring[visits64], emit func(visits64)) { each(f.Rows, emit) }))
		added := AggregateCut(CutPolicies(key, p, true, rows), program)
		for _, how := range []struct {
			name string
			PolicyWindows[visits64]
		}{{"all records", all}, {"added up", added}} {
			b.Run(c.name+"/"+how.name, func(b *testing.B) {
				r := newTimedRig[visits64, visits64](b, Flatten(how.PolicyWindows))
				batch, times, at := make([]visits64, 500), make([]int64, 500), int64(0)
				b.ReportAllocs()
				for b.Loop() { // 500 records a second
					for i := range times {
						batch[i].Page, times[i] = at, at
						at += second / 500
					}
					r.send(batch, times)
					r.watermark(at)
					r.out.rows, r.out.times = r.out.rows[:0], r.out.times[:0]
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/record")
			})
		}
	}
}

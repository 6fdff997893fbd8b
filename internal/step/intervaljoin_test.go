package step

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
)

// TestAnIntervalJoinMakesAllPairs sends records of two inputs in any order between
// watermarks, and compares with all pairs of those that were not late.
func TestAnIntervalJoinMakesAllPairs(t *testing.T) {
	random := seeded(t)
	type record struct {
		visit
		at int64
	}
	for range 200 {
		lower := int64(random.IntN(30) - 20)
		upper := lower + int64(random.IntN(25))
		out := &timedCatch[string]{sent: &operator.Stamps{}}
		late := [2]*timedCatch[visit]{{sent: &operator.Stamps{}}, {sent: &operator.Stamps{}}}
		received := [2]*operator.Stamps{{}, {}}
		f := IntervalJoin(keyOf(t, page), keyOf(t, page), Interval{lower, upper}, Plain(func(a, b visit) string { return a.Trail + b.Trail }))
		inst, err := f(operator.Wiring{
			Context:  operator.NewContext(operator.Spec{Job: context.Background(), Name: "under test", Parallelism: 1, Meter: &metrics.Operator{}}),
			Outputs:  []any{out, late[0], late[1]},
			Received: received[:], Sent: []*operator.Stamps{out.sent, late[0].sent, late[1].sent},
		})
		if err != nil {
			t.Fatal(err)
		}
		step := inst.Body.(*intervalJoinStep[visit, visit, string, string])
		if err := step.Open(); err != nil {
			t.Fatal(err)
		}
		var sides [2][]record
		var wantLate [2][]string
		mark, now := int64(math.MinInt64), int64(0)
		for n := range 60 {
			side := random.IntN(2)
			var rows []visit
			received[side].Times = nil
			for i := range 1 + random.IntN(5) {
				r := record{visit{Page: fmt.Sprint("p", random.IntN(3)), Trail: fmt.Sprintf(" %d.%d", n, i)}, now + int64(random.IntN(20))}
				rows = append(rows, r.visit)
				received[side].Times = append(received[side].Times, r.at)
				if r.at < mark {
					wantLate[side] = append(wantLate[side], r.Trail)
				} else {
					sides[side] = append(sides[side], r)
				}
			}
			if err := inst.Inputs[side].(operator.Collector[visit]).Collect(rows); err != nil {
				t.Fatal(err)
			}
			now += int64(random.IntN(8))
			if random.IntN(2) == 0 {
				if n > 20 {
					mark = max(mark, now+int64(random.IntN(20)-5))
				}
				if _, err := step.Advance(operator.Watermark{Time: mark}); err != nil {
					t.Fatal(err)
				}
			}
		}
		var want []string
		for _, a := range sides[0] {
			for _, b := range sides[1] {
				if d := b.at - a.at; a.Page == b.Page && d >= lower && d <= upper {
					want = append(want, fmt.Sprint(a.Trail, b.Trail, " ", max(a.at, b.at)))
				}
			}
		}
		var got []string
		for i, row := range out.rows {
			got = append(got, fmt.Sprint(row, " ", out.times[i]))
		}
		same(t, fmt.Sprintf("from %d to %d", lower, upper), got, want, false)
		for side := range late {
			var got []string
			for _, row := range late[side].rows {
				got = append(got, row.Trail)
			}
			same(t, "late", got, wantLate[side], false)
		}
		if _, err := step.Advance(operator.Watermark{Time: operator.EndOfTime}); err != nil {
			t.Fatal(err)
		}
		if n := step.keys.Len(); n != 0 {
			t.Fatalf("%d keys are kept after the end of time", n)
		}
	}
}

package step

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// TestSlidingAggregatesAgainstNaiveOnes has keys come and go, records in any order, and
// late ones for panes of windows that have fired.
func TestSlidingAggregatesAgainstNaiveOnes(t *testing.T) {
	random := seeded(t)
	for round := range 10 {
		slide := int64(1 + random.IntN(5))
		size := slide * int64(2+random.IntN(12))
		if random.IntN(3) == 0 {
			size += int64(random.IntN(int(slide)))
		}
		a := window.Sliding(time.Duration(size), time.Duration(slide))
		r := newTimedRig[sample[int], window.Result[sample[int]]](t, WindowAggregate(keyOf(t, keyField[int]), a, true, everything[int](t)))
		keys := 3 + round%2*200
		want := map[string][]sample[int]{}
		mark, now := int64(math.MinInt64), int64(100)
		for step := range 60 {
			shift := step / 10 * keys
			rows := samples(random, 1+random.IntN(400), func(n int) int { return shift + n%keys })
			times := make([]int64, len(rows))
			for i := range rows {
				rows[i].Seq += int64(step) << 32
				times[i] = now - int64(random.IntN(3))
				if random.IntN(20) == 0 {
					times[i] = now - int64(random.IntN(int(size)+3)) // perhaps late
				}
				for start := floorOf(times[i], slide) * slide; start+size > times[i]; start -= slide {
					if start+size > mark {
						id := fmt.Sprintf("%d-%d %d", start, start+size, rows[i].Key)
						want[id] = append(want[id], rows[i])
					}
				}
			}
			r.send(rows, times)
			now += int64(random.IntN(4))
			if random.IntN(2) == 0 {
				mark = max(mark, now-2)
				r.watermark(mark)
			}
		}
		r.watermark(operator.EndOfTime)

		show := func(id string, s sample[int]) string {
			return fmt.Sprintf("%s: %d %v %v %s %d %.9g", id, s.Seq, s.Units, s.Low, s.High, s.N, s.Mean)
		}
		var got, wanted []string
		for _, w := range r.out.rows {
			got = append(got, show(fmt.Sprintf("%d-%d %d", w.Start.UnixNano(), w.End.UnixNano(), w.Value.Key), w.Value))
		}
		for id, rows := range want {
			wanted = append(wanted, show(id, naive(rows)))
		}
		same(t, a.String(), got, wanted, false)
		panes := r.body.(*eventWindowStep[sample[int], sample[int]]).panes
		if used := panes.slider.(*slides[sample[int], int, sample[int]]).used; len(panes.open) > 0 || used > 0 {
			t.Errorf("%v: %d panes and %d keys are left", a, len(panes.open), used)
		}
	}
}

// TestKeysWithoutRecordsAreForgotten has a thousand other keys in every pane, each with
// one record, and one that is there in every second pane.
func TestKeysWithoutRecordsAreForgotten(t *testing.T) {
	r := newTimedRig[visit, window.Result[visit]](t, WindowAggregate(keyOf(t, page), window.Sliding(40, 10), true, sumOfVisits(t)))
	const rounds, each = 40, 1000
	most := 0
	for round := range int64(rounds) {
		rows, times := make([]visit, each), make([]int64, each)
		for i := range rows {
			rows[i] = visit{Page: fmt.Sprint(round, " ", i), Count: 1}
			times[i] = 10 * round
		}
		if round%2 == 0 {
			rows[each/2].Page = "always"
		}
		r.send(rows, times)
		r.watermark(10 * round)
		most = max(most, len(r.body.(*eventWindowStep[visit, visit]).panes.slider.(*slides[visit, string, visit]).keys))
	}
	r.watermark(operator.EndOfTime)
	counts := map[int64]int64{}
	for _, w := range r.out.rows {
		if w.Value.Page == "always" {
			counts[w.End.UnixNano()] = w.Value.Count
		} else if w.Value.Count != 1 {
			t.Fatalf("the result %v, want 1", w)
		}
	}
	for end := int64(10); end <= 10*(rounds+2); end += 10 {
		want := int64(2)
		if end <= 20 || end > 10*rounds {
			want = 1
		}
		if counts[end] != want {
			t.Errorf("%d records in the window that ends at %d, want %d", counts[end], end, want)
		}
	}
	want := 4*(rounds*each-rounds/2) + rounds + 2 // each key in four windows; the one in all of them
	if len(r.out.rows) != want || most > 10*each {
		t.Errorf("%d results, want %d; at most %d keys were remembered", len(r.out.rows), want, most)
	}
}

package step

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// timedRig drives an operator whose records have event times.
type timedRig[I, O any] struct {
	t        testing.TB
	in       operator.Collector[I]
	received *operator.Stamps
	body     any
	out      *timedCatch[O]
	late     *timedCatch[I]
}

// timedCatch keeps what is emitted, with its times.
type timedCatch[T any] struct {
	sent  *operator.Stamps
	rows  []T
	times []int64
}

func (c *timedCatch[T]) Collect(rows []T) error {
	c.rows = append(c.rows, rows...)
	c.times = append(c.times, c.sent.Times[:len(rows)]...)
	return nil
}

func newTimedRig[I, O any](t testing.TB, f operator.Factory) *timedRig[I, O] {
	t.Helper()
	r := &timedRig[I, O]{
		t: t, received: &operator.Stamps{},
		out: &timedCatch[O]{sent: &operator.Stamps{}}, late: &timedCatch[I]{sent: &operator.Stamps{}},
	}
	inst, err := f(operator.Wiring{
		Context:  operator.NewContext(operator.Spec{Job: context.Background(), Name: "under test", Parallelism: 1, Meter: &metrics.Operator{}}),
		Outputs:  []any{r.out, r.late},
		Received: []*operator.Stamps{r.received}, Sent: []*operator.Stamps{r.out.sent, r.late.sent},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.in, r.body = inst.Inputs[0].(operator.Collector[I]), inst.Body
	if o, ok := r.body.(operator.Opener); ok {
		if err := o.Open(); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *timedRig[I, O]) send(rows []I, times []int64) {
	r.t.Helper()
	r.received.Times = times
	if err := r.in.Collect(rows); err != nil {
		r.t.Fatal(err)
	}
}

func (r *timedRig[I, O]) watermark(w int64) {
	r.t.Helper()
	if _, err := r.body.(operator.Marker).Advance(operator.Watermark{Time: w}); err != nil {
		r.t.Fatal(err)
	}
}

// TestWindowsOfEventTimeAgainstNaiveOnes sends records with times in any order between
// watermarks, and compares with what each window should have had: the records that
// came before the watermark passed its end.
func TestWindowsOfEventTimeAgainstNaiveOnes(t *testing.T) {
	random := seeded(t)
	for range 100 {
		slide := int64(1 + random.IntN(6))
		size := slide + int64(random.IntN(9))
		offset := int64(random.IntN(5))
		a := window.Sliding(time.Duration(size), time.Duration(slide)).Offset(time.Duration(offset))
		sums := newTimedRig[visit, window.Result[visit]](t, WindowAggregate(keyOf(t, page), a, true, sumOfVisits(t)))
		reduced := newTimedRig[visit, window.Result[visit]](t, WindowReduce(keyOf(t, page), typeOf[visit](t), a, true, Plain(concatenated)))

		want, order := map[string]int64{}, int64(0)
		var late []string
		mark := int64(math.MinInt64)
		now := int64(random.IntN(100))
		for range 40 {
			n := 1 + random.IntN(2000)
			rows, times := make([]visit, n), make([]int64, n)
			spread := 1 + random.IntN(40)
			for i := range rows {
				rows[i] = visit{Page: fmt.Sprint("p", random.IntN(5)), Count: 1 + order}
				order++
				times[i] = now - int64(random.IntN(spread))
				first := floorOf(times[i]-offset, slide)*slide + offset // start of the last window with it
				open := false
				for start := first; start+size > times[i]; start -= slide {
					if start+size > mark {
						open = true
						want[fmt.Sprintf("%d-%d %s", start, start+size, rows[i].Page)] += rows[i].Count
					}
				}
				if !open {
					late = append(late, fmt.Sprint(times[i], rows[i]))
				}
			}
			sums.send(rows, times)
			reduced.send(rows, times)
			now += int64(random.IntN(12))
			if random.IntN(2) == 0 {
				mark = max(mark, now-int64(random.IntN(30)))
				sums.watermark(mark)
				reduced.watermark(mark)
			}
		}
		sums.watermark(operator.EndOfTime)
		reduced.watermark(operator.EndOfTime)

		var wanted []string
		for id, n := range want {
			wanted = append(wanted, fmt.Sprint(id, " ", n))
		}
		for name, r := range map[string]*timedRig[visit, window.Result[visit]]{"aggregate": sums, "reduce": reduced} {
			var got, gotLate []string
			for i, w := range r.out.rows {
				start, end := w.Start.UnixNano(), w.End.UnixNano()
				got = append(got, fmt.Sprintf("%d-%d %s %d", start, end, w.Value.Page, w.Value.Count))
				if r.out.times[i] != end-1 {
					t.Fatalf("%s: the result of a window that ends at %d has time %d", name, end, r.out.times[i])
				}
			}
			for i, row := range r.late.rows {
				gotLate = append(gotLate, fmt.Sprint(r.late.times[i], row))
			}
			same(t, name+" "+a.String(), got, wanted, false)
			same(t, name+" "+a.String()+": late", gotLate, late, false)
			if !slices.IsSorted(r.out.times) {
				t.Errorf("%s: windows do not fire in the order of their ends", name)
			}
		}
		if n := len(sums.body.(*eventWindowStep[visit, visit]).panes.open); n != 0 {
			t.Errorf("%v: %d panes are left", a, n)
		}
	}
}

func floorOf(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func TestAWindowOfEventTimeNamesTheRecordItPanickedOn(t *testing.T) {
	bad := func(a, b visit) visit {
		if b.Count == 13 {
			panic("thirteen")
		}
		return concatenated(a, b)
	}
	r := newTimedRig[visit, window.Result[visit]](t, WindowReduce(keyOf(t, page), typeOf[visit](t), window.Tumbling(10), true, Plain(bad)))
	r.send([]visit{{"a", 1, ""}}, []int64{15})
	r.received.Times = []int64{3, 17, 4, 18}
	err := r.in.Collect([]visit{{"a", 2, ""}, {"a", 13, ""}, {"a", 3, ""}, {"a", 4, ""}})
	if err == nil || !strings.Contains(err.Error(), "record 2 ") || !strings.Contains(err.Error(), "thirteen") {
		t.Errorf("got %v, want an error that names record 2", err)
	}
}

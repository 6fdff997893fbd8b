package step

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// counted adds up what comes out of HotKeys, and looks at its times.
type counted[T any] struct {
	add    func(row *T, at int64)
	stamps *operator.Stamps
}

func (c *counted[T]) Collect(rows []T) error {
	for i := range rows {
		c.add(&rows[i], c.stamps.Times[i])
	}
	return nil
}

// hotRig is a HotKeys with a sum for each page and second of what has come out of it.
type hotRig struct {
	step  *hotStep[visit, string, visit]
	in    *operator.Stamps
	meter *metrics.Operator
	sums  map[string]int64
	mark  int64 // nothing may come with an earlier time
}

func newHotRig(t testing.TB, parallelism int) *hotRig {
	t.Helper()
	key, err := types.KeyOf(page)
	if err != nil {
		t.Fatal(err)
	}
	r := &hotRig{in: &operator.Stamps{}, meter: &metrics.Operator{}, sums: map[string]int64{}, mark: operator.NoTime}
	add := func(page string, at, n int64) {
		second := at - at%1e9
		if second+1e9 <= r.mark {
			t.Errorf("%d visits of %s at %d come behind %d", n, page, at, r.mark)
		}
		r.sums[fmt.Sprint(page, " ", second)] += n
	}
	rest, parts := &operator.Stamps{}, &operator.Stamps{}
	instance, err := HotKeys(key, window.Tumbling(time.Second), sumOfVisits(t))(operator.Wiring{
		Context: operator.NewContext(operator.Spec{Parallelism: parallelism, Meter: r.meter}),
		Outputs: []any{
			&counted[visit]{func(v *visit, at int64) { add(v.Page, at, v.Count) }, rest},
			&counted[Group[string, agg.Partial[visit]]]{func(g *Group[string, agg.Partial[visit]], at int64) { add(g.Key, at, g.Value.Row.Count) }, parts},
		},
		Received: []*operator.Stamps{r.in}, Sent: []*operator.Stamps{rest, parts},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.step = instance.Body.(*hotStep[visit, string, visit])
	return r
}

func TestWhatHotKeysHaveIsSentTogetherAndNothingIsLost(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range 30 {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		rig := newHotRig(t, 2)
		want, now := map[string]int64{}, int64(1e12)
		zipf := rand.NewZipf(r, 1.5, 1, 1000)
		for range 200 {
			n := 1 + r.IntN(300)
			rows, times := make([]visit, n), make([]int64, n)
			for j := range rows {
				now += r.Int64N(2e7)
				rows[j], times[j] = visit{Page: fmt.Sprint("p", zipf.Uint64()), Count: 1 + r.Int64N(5)}, now-r.Int64N(3e9)
				if times[j] < rig.mark { // late, and not so late that its window is over
					times[j] = rig.mark
				}
				want[fmt.Sprint(rows[j].Page, " ", times[j]-times[j]%1e9)] += rows[j].Count
			}
			rig.in.Times = times
			if err := rig.step.Collect(rows); err != nil {
				t.Fatal(err)
			}
			switch r.IntN(4) {
			case 0:
				mark := max(now-3e9, rig.step.mark)
				if _, err := rig.step.Advance(operator.Watermark{Time: mark}); err != nil {
					t.Fatal(err)
				}
				rig.mark = mark
			case 1:
				if err := rig.step.Flush(); err != nil {
					t.Fatal(err)
				}
			case 2:
				if parts, err := rig.step.Snapshot(); err != nil || len(parts) > 0 || slices.Contains(rig.step.used, true) {
					t.Fatalf("something is kept back behind a snapshot: %v, %v", parts, err)
				}
			}
		}
		if _, err := rig.step.Advance(operator.Watermark{Time: operator.EndOfTime}); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(rig.sums, want) {
			t.Fatalf("seed %d, case %d: %d sums, want %d", seed, i, len(rig.sums), len(want))
		}
		if rig.meter.Combined.Load() == 0 {
			t.Errorf("seed %d, case %d: no key was hot", seed, i)
		}
	}
}

func TestOneSubtaskHasNoHotKeys(t *testing.T) {
	rig := newHotRig(t, 1)
	rows := make([]visit, 100)
	rig.in.Times = make([]int64, len(rows))
	for range 1000 {
		if err := rig.step.Collect(rows); err != nil {
			t.Fatal(err)
		}
	}
	if n := rig.meter.Combined.Load(); n > 0 {
		t.Errorf("%d records were taken together", n)
	}
}

// BenchmarkHotKeys is what looking for hot keys costs, and what taking theirs together does.
func BenchmarkHotKeys(b *testing.B) {
	for _, c := range []struct {
		name        string
		parallelism int
		skew        float64
	}{{"off", 1, 0}, {"uniform", 2, 0}, {"zipf", 2, 1.5}} {
		b.Run(c.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			key := func() uint64 { return r.Uint64N(100_000) }
			if c.skew > 0 {
				key = rand.NewZipf(r, c.skew, 1, 100_000).Uint64
			}
			rows := make([]visit, 1<<14)
			for i := range rows {
				rows[i] = visit{Page: fmt.Sprint("p", key()), Count: 1}
			}
			rig := newHotRig(b, c.parallelism)
			rig.step.rest = discard[visit]{}
			rig.in.Times = make([]int64, 256)
			b.ReportAllocs()
			at := 0
			for b.Loop() {
				if err := rig.step.Collect(rows[at : at+256]); err != nil {
					b.Fatal(err)
				}
				at = (at + 256) % len(rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/record")
		})
	}
}

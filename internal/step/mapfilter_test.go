package step

import (
	"errors"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// fusedRig is a map and a filter behind it, as a chain links them.
type fusedRig struct {
	in       operator.Collector[int]
	open     []operator.Opener
	got      collected
	m, f, to metrics.Operator
	watch    *metrics.Stopwatch
}

type collected struct{ rows []string }

func (c *collected) Collect(rows []string) error {
	c.rows = append(c.rows, rows...)
	return nil
}

func newFusedRig(t *testing.T, double func(int) string, keep func(string) bool) *fusedRig {
	t.Helper()
	typ, err := types.Of[string]()
	if err != nil {
		t.Fatal(err)
	}
	r := &fusedRig{watch: metrics.NewStopwatch(nil)}
	element := NewElement(typ)
	out := element.Link(&r.got, &r.f, &r.to, r.watch)
	filter, err := Filter(Plain(keep))(operator.Wiring{
		Context: operator.NewContext(operator.Spec{Name: "filter"}), Outputs: []any{out},
	})
	if err != nil {
		t.Fatal(err)
	}
	link := element.Link(filter.Inputs[0], &r.m, &r.f, r.watch)
	m, err := Map(Plain(double))(operator.Wiring{
		Context: operator.NewContext(operator.Spec{Name: "map"}), Outputs: []any{link},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.in = m.Inputs[0].(operator.Collector[int])
	if _, fused := r.in.(*mapFilter[int, string]); !fused {
		t.Fatal("the map and the filter are not fused")
	}
	for _, body := range []any{filter.Body, m.Body} {
		if err := body.(operator.Opener).Open(); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestFusedMapAndFilterCountLikeTwoSteps(t *testing.T) {
	r := newFusedRig(t, func(i int) string { return string(rune('a' + i%26)) }, func(s string) bool { return s < "c" })
	var want []string
	for i := range 5000 {
		if i%26 < 2 {
			want = append(want, string(rune('a'+i%26)))
		}
		if i%1000 == 999 {
			rows := make([]int, 1000)
			for j := range rows {
				rows[j] = i - 999 + j
			}
			if err := r.in.Collect(rows); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(r.got.rows, want) {
		t.Errorf("got %d rows, want %d", len(r.got.rows), len(want))
	}
	r.m.Publish()
	r.f.Publish()
	if out, in := r.m.RecordsOut.Load(), r.f.RecordsIn.Load(); out != 5000 || in != 5000 {
		t.Errorf("between map and filter %d and %d records were counted, want 5000", out, in)
	}
	if out := r.f.RecordsOut.Load(); out != int64(len(want)) {
		t.Errorf("behind the filter %d records were counted, want %d", out, len(want))
	}
}

func TestFusedStepsNameTheFunctionThatPanicked(t *testing.T) {
	for _, at := range []string{"map", "filter"} {
		r := newFusedRig(t,
			func(i int) string {
				if at == "map" && i == 7 {
					panic("boom")
				}
				return string(rune('a' + i))
			},
			func(s string) bool {
				if at == "filter" && s == "h" {
					panic("boom")
				}
				return s != "b"
			})
		err := r.in.Collect([]int{0, 1, 2})
		if err == nil {
			err = r.in.Collect([]int{3, 4, 5, 6, 7, 8})
		}
		var failure *operator.Failure
		if !errors.As(err, &failure) {
			t.Fatalf("%s: %v is no failure", at, err)
		}
		want := map[string]string{"map": "7", "filter": "h"}[at]
		if failure.Operator != at || failure.Record != 7 || failure.Value != want {
			t.Errorf("got operator %q, record %d, value %q; want %q, 7, %q", failure.Operator, failure.Record, failure.Value, at, want)
		}
	}
}

package step

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/internal/operator"
)

func TestDistinct(t *testing.T) {
	r := seeded(t)
	key := keyOf(t, keyField[string])
	for _, n := range []int{0, 1, 3000} {
		rows := samples(r, n, wordKey)
		var want []sample[string]
		for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
			want = append(want, group[0])
		}
		for _, batch := range []int{1, 10, 4000} {
			same(t, "final", printed(runStep[sample[string], sample[string]](t, Distinct(key), rows, batch)), printed(want), true)
		}
		keys := func(rows []sample[string]) []string {
			out := []string{}
			for _, row := range rows {
				out = append(out, row.Key)
			}
			return out
		}
		for _, bound := range []int{1, 5, combineBound} {
			got := combined[sample[string], sample[string], sample[string]](t, r, combineDistinct(key, newGroups[string], bound), Distinct(key), rows)
			same(t, fmt.Sprint("bound ", bound), keys(got), keys(want), false)
		}
	}
}

func TestDistinctLetsNewRecordsThroughAtOnce(t *testing.T) {
	r := newRig[sample[int64], sample[int64]](t, Distinct(keyOf(t, keyField[int64])))
	for i, want := range []int{1, 1, 2, 2, 3} {
		if err := r.in.Collect([]sample[int64]{{Key: []int64{5, 5, 6, 5, 7}[i]}}); err != nil {
			t.Fatal(err)
		}
		if len(r.out.rows) != want {
			t.Fatalf("after record %d: %d records, want %d", i, len(r.out.rows), want)
		}
	}
}

// shape is a record that == cannot compare.
type shape struct {
	Points []float64
	Name   string
}

func TestDistinctRecordsComparesByValue(t *testing.T) {
	key := keyOf(t, func(s *shape) *shape { return s })
	rows := []shape{{[]float64{1, 2}, "a"}, {[]float64{1, 2}, "a"}, {nil, "a"}, {[]float64{}, "a"}, {[]float64{1}, "b"}, {[]float64{1, 2}, "a"}}
	for _, f := range []operator.Factory{DistinctRecords(key), CombineDistinctRecords(key)} {
		got := printed(runStep[shape, shape](t, f, rows, 2))
		same(t, "shapes", got, []string{"{[1 2] a}", "{[] a}", "{[1] b}"}, true)
	}
}

func TestFirst(t *testing.T) {
	rows := make([]int64, 5000)
	for i := range rows {
		rows[i] = int64(i)
	}
	for _, n := range []int64{0, 1, 999, 5000, 9999} {
		for _, batch := range []int{1, 100, 5000} {
			r := newRig[int64, int64](t, First[int64](n))
			err := r.feed(rows, batch)
			if done := errors.Is(err, operator.ErrDone); done != (n <= 5000) {
				t.Errorf("first %d of 5000 in batches of %d: %v", n, batch, err)
			}
			if want := rows[:min(n, 5000)]; !slices.Equal(r.out.rows, want) {
				t.Errorf("first %d of 5000 in batches of %d: %d records", n, batch, len(r.out.rows))
			}
		}
	}
}

func TestFirstOfEachKey(t *testing.T) {
	r := seeded(t)
	rows := samples(r, 2000, wordKey)
	key := keyOf(t, keyField[string])
	for _, n := range []int64{1, 2, 50} {
		count := map[string]int64{}
		var want []string
		for _, row := range rows {
			if count[row.Key]++; count[row.Key] <= n {
				want = append(want, fmt.Sprint(row))
			}
		}
		for _, batch := range []int{1, 30, 3000} {
			same(t, fmt.Sprint(n), printed(runStep[sample[string], sample[string]](t, FirstOf(key, n), rows, batch)), want, true)
		}
	}
	if err := newRig[sample[string], sample[string]](t, FirstOf(key, 0)).feed(rows, 10); !errors.Is(err, operator.ErrDone) {
		t.Errorf("first 0 of each key: %v", err)
	}
}

func TestTop(t *testing.T) {
	r := seeded(t)
	typ := typeOf[sample[string]](t)
	byUnits := func(a, b sample[string]) int { return cmp.Compare(a.Units, b.Units) }
	for _, size := range []int{0, 1, 10, 3000} {
		rows := samples(r, size, wordKey)
		want := slices.Clone(rows)
		slices.SortStableFunc(want, byUnits)
		for _, n := range []int{0, 1, 2, 100, 5000} {
			for _, batch := range []int{1, 64, 3000} {
				got := runStep[sample[string], sample[string]](t, Top(n, typ, byUnits), rows, batch)
				same(t, fmt.Sprintf("%d of %d", n, size), printed(got), printed(want[:min(n, size)]), true)
			}
			exact := func(a, b sample[string]) int { return cmp.Or(byUnits(a, b), cmp.Compare(a.Seq, b.Seq)) }
			total := slices.Clone(rows)
			slices.SortFunc(total, exact)
			got := combined[sample[string], sample[string], sample[string]](t, r, Top(n, typ, exact), Top(n, typ, exact), rows)
			same(t, fmt.Sprintf("%d of %d, twice", n, size), printed(got), printed(total[:min(n, size)]), true)
		}
	}
}

package step

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

func sortedCopy(s []string) []string { return slices.Sorted(slices.Values(s)) }

// everything uses one aggregate of each kind. With MaxBy(Seq) the record that is
// kept does not depend on the order of arrival.
func everything[K any](t testing.TB) *agg.Program[sample[K], sample[K]] {
	t.Helper()
	p, err := agg.Compile(agg.Sum(unitsOf[K]), agg.Min(lowOf[K]), agg.MaxBy(seqOf[K]), agg.Max(highOf[K]), agg.Count(nOf[K]), agg.Average(meanOf[K]))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// naive is what everything computes of one group.
func naive[K any](rows []sample[K]) sample[K] {
	a := slices.MaxFunc(rows, func(a, b sample[K]) int { return int(a.Seq - b.Seq) })
	a.Units, a.Low, a.High, a.N, a.Mean = 0, math.NaN(), "", 0, 0
	for _, r := range rows {
		a.Units += r.Units
		if !(a.Low < r.Low) && r.Low == r.Low {
			a.Low = r.Low
		}
		a.High = max(a.High, r.High)
		a.N++
		a.Mean += r.Mean
	}
	a.Mean /= float64(a.N)
	return a
}

// checkAggregate compares all ways to aggregate with the naive one. id names equal
// keys alike.
func checkAggregate[K comparable](t *testing.T, key func(int) K, id func(K) string) {
	t.Helper()
	r := seeded(t)
	fields := keyOf(t, keyField[K])
	for _, n := range []int{0, 1, 50, 3000} {
		rows := samples(r, n, key)
		var want []string
		for _, group := range grouped(rows, func(s sample[K]) string { return id(s.Key) }) {
			s := naive(group)
			want = append(want, id(s.Key)+fmt.Sprint(s.Seq, s.Units, s.Low, s.High, s.N, s.Mean))
		}
		show := func(got []sample[K]) []string {
			out := make([]string, len(got))
			for i, s := range got {
				out[i] = id(s.Key) + fmt.Sprint(s.Seq, s.Units, s.Low, s.High, s.N, s.Mean)
			}
			return out
		}
		p := everything[K](t)
		for _, batch := range []int{1, 3, 64, 5000} {
			got := runStep[sample[K], sample[K]](t, Aggregate(fields, p), rows, batch)
			same(t, fmt.Sprintf("%d records in batches of %d", n, batch), show(got), want, true)
		}
		computed := computedKey(t, func(s sample[K]) K { return s.Key })
		same(t, "by a computed key", show(runStep[sample[K], sample[K]](t, Aggregate(computed, p), rows, 100)), want, true)
		for _, bound := range []int{1, 3, 40, combineBound} {
			got := combined[sample[K], Group[K, agg.Partial[sample[K]]], sample[K]](t, r,
				combineAggregate(fields, p, bound), FinalAggregate(fields, p), rows)
			same(t, fmt.Sprintf("%d records, combiners of %d groups", n, bound), show(got), want, false)
		}
	}
}

func TestAggregateByKeysOfManyTypes(t *testing.T) {
	t.Run("int64", func(t *testing.T) { checkAggregate(t, intKey, func(k int64) string { return fmt.Sprint(k) }) })
	t.Run("string", func(t *testing.T) { checkAggregate(t, wordKey, func(k string) string { return k }) })
	type pair struct {
		A string
		B int8
	}
	t.Run("struct", func(t *testing.T) {
		checkAggregate(t, func(i int) pair { return pair{wordKey(i / 100), int8(i % 100)} }, func(k pair) string { return fmt.Sprint(k) })
	})
	t.Run("float64", func(t *testing.T) {
		checkAggregate(t, func(i int) float64 {
			switch i % 5 {
			case 0:
				return math.NaN()
			case 1:
				return 0
			case 2:
				return math.Copysign(0, -1)
			}
			return float64(i)
		}, func(k float64) string {
			if k == 0 {
				return "0"
			}
			return fmt.Sprint(k)
		})
	})
	t.Run("time", func(t *testing.T) {
		checkAggregate(t, func(i int) time.Time {
			return time.Unix(int64(i/2), 5).In(time.FixedZone("", 3600*(i%2)))
		}, func(k time.Time) string { return fmt.Sprint(k.UnixNano()) })
	})
}

// total is a result of another type than the records.
type total struct {
	Word  string
	Sum   int64
	Least float64
	Most  string
	N     int64
	Mean  float64
}

func totals(t testing.TB) *agg.Program[sample[string], total] {
	t.Helper()
	p, err := agg.Compile(
		agg.FirstInto(keyField[string], func(r *total) *string { return &r.Word }),
		agg.SumInto(unitsOf[string], func(r *total) *int64 { return &r.Sum }),
		agg.MinInto(lowOf[string], func(r *total) *float64 { return &r.Least }),
		agg.MaxInto(highOf[string], func(r *total) *string { return &r.Most }),
		agg.CountInto[sample[string]](func(r *total) *int64 { return &r.N }),
		agg.AverageInto(unitsOf[string], func(r *total) *float64 { return &r.Mean }))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func naiveTotal(rows []sample[string]) total {
	s := naive(rows)
	out := total{Word: s.Key, Least: s.Low, Most: s.High, N: int64(len(rows))}
	for _, r := range rows {
		out.Sum += int64(r.Units)
	}
	out.Mean = float64(out.Sum) / float64(out.N)
	return out
}

func TestAggregateIntoAnotherType(t *testing.T) {
	r := seeded(t)
	rows := samples(r, 2000, wordKey)
	key, p := keyOf(t, keyField[string]), totals(t)
	var want []total
	for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
		want = append(want, naiveTotal(group))
	}
	same(t, "direct", printed(runStep[sample[string], total](t, Aggregate(key, p), rows, 77)), printed(want), true)
	got := combined[sample[string], Group[string, agg.Partial[total]], total](t, r, combineAggregate(key, p, 9), FinalAggregate(key, p), rows)
	same(t, "combined", printed(got), printed(want), false)
}

func TestAggregateAll(t *testing.T) {
	r := seeded(t)
	for _, n := range []int{0, 1, 2500} {
		rows := samples(r, n, wordKey)
		for i := range rows {
			rows[i].Key = "one"
		}
		var same1, same2 []string
		if n > 0 {
			same1, same2 = printed([]sample[string]{naive(rows)}), printed([]total{naiveTotal(rows)})
		}
		p, q := everything[string](t), totals(t)
		same(t, "same type", printed(combined[sample[string], agg.Partial[sample[string]], sample[string]](t, r,
			CombineAggregateAll(p), FinalAggregateAll(p), rows)), same1, true)
		same(t, "other type", printed(combined[sample[string], agg.Partial[total], total](t, r,
			CombineAggregateAll(q), FinalAggregateAll(q), rows)), same2, true)
	}
}

func TestCombinerLetsThroughWhatDoesNotCombine(t *testing.T) {
	key, p := keyOf(t, keyField[int64]), everything[int64](t)
	const bound = 100
	rows := make([]sample[int64], 50*bound)
	for i := range rows {
		rows[i].Key = int64(i)
	}
	r := newRig[sample[int64], Group[int64, agg.Partial[sample[int64]]]](t, combineAggregate(key, p, bound))
	if err := r.feed(rows[:bound], 10); err != nil {
		t.Fatal(err)
	}
	if len(r.out.rows) != bound {
		t.Fatalf("a full table emitted %d groups", len(r.out.rows))
	}
	for i := bound; i < (1+passFactor)*bound; i++ {
		if err := r.feed(rows[i:i+1], 1); err != nil {
			t.Fatal(err)
		}
		if len(r.out.rows) != i+1 {
			t.Fatalf("record %d was kept back", i)
		}
	}
	before := len(r.out.rows)
	for range 1000 { // it looks again, and what repeats is combined
		if err := r.feed(rows[:1], 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	if got := r.out.rows[before:]; len(got) != 1 || got[0].Value.N != 1000 {
		t.Errorf("combined %v", got)
	}
}

func TestAggregateNamesTheRecordWhoseKeyPanics(t *testing.T) {
	key := computedKey(t, func(s sample[int64]) int64 {
		if s.Seq == 70 {
			panic("no key")
		}
		return s.Seq
	})
	r := newRig[sample[int64], sample[int64]](t, Aggregate(key, everything[int64](t)))
	rows := make([]sample[int64], 100)
	for i := range rows {
		rows[i].Seq = int64(i)
	}
	err := r.feed(rows, 50)
	want := `operator "under test", subtask 0 of 1, record 70 {Key:0 Seq:70 Units:0 Low:0 High: N:0 Mean:0}: panic: no key` + " (--quarantine DIR puts such records aside, and the job goes on)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// fussy is a key that cannot always be hashed.
type fussy struct{ N int }

func (f fussy) MarshalBinary() ([]byte, error) {
	if f.N == 13 {
		return nil, errors.New("unlucky")
	}
	return []byte{byte(f.N)}, nil
}

func (f *fussy) UnmarshalBinary(b []byte) error {
	f.N = int(b[0])
	return nil
}

func TestAggregateNamesTheRecordWhoseKeyCannotBeHashed(t *testing.T) {
	r := newRig[sample[fussy], sample[fussy]](t, Aggregate(keyOf(t, keyField[fussy]), everything[fussy](t)))
	rows := make([]sample[fussy], 20)
	for i := range rows {
		rows[i].Key.N = i % 15
	}
	err := r.feed(rows, 10)
	if err == nil || !strings.Contains(err.Error(), ", record 13 {Key:{N:13} ") || !strings.HasSuffix(err.Error(), "unlucky") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsShippedCanBeCarried(t *testing.T) {
	carried(t, Group[string, agg.Partial[total]]{"k", agg.Partial[total]{Row: total{Word: "w", Mean: 2}, N: 3}})
	carried(t, Group[int64, sample[int64]]{5, sample[int64]{High: "h"}})
	carried(t, window.Tumbling(5).EndingAt(10))
	carried(t, window.Result[total]{Window: window.Tumbling(5).EndingAt(10), Value: total{Word: "w"}})

	shipped, err := GroupKey[string, int]()
	if err != nil {
		t.Fatal(err)
	}
	before, after := make([]uint64, 1), make([]uint64, 1)
	keyOf(t, keyField[string]).Hash([]sample[string]{{Key: "k"}}, before)
	shipped.Hash([]Group[string, int]{{Key: "k"}}, after)
	if before[0] != after[0] {
		t.Error("a group hashes otherwise than its records")
	}
}

// carried encodes and decodes a row.
func carried[T any](t *testing.T, row T) {
	t.Helper()
	typ := typeOf[T](t)
	got := make([]T, 1)
	if _, err := typ.DecodeRows(typ.AppendRows(nil, []T{row}), got); err != nil || !typ.Equal(&row, &got[0]) {
		t.Errorf("%+v became %+v (%v)", row, got[0], err)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	rows := samples(r, 1024, wordKey)
	key, p := keyOf(t, keyField[string]), everything[string](t)
	typ := typeOf[sample[string]](t)
	first := Plain(func(a, b sample[string]) sample[string] { a.Units += b.Units; return a })
	type row = sample[string]
	for name, in := range map[string]operator.Collector[row]{
		"aggregate":         silent[row, row](t, Aggregate(key, p)),
		"combine":           silent[row, Group[string, agg.Partial[row]]](t, CombineAggregate(key, p)),
		"aggregate all":     silent[row, agg.Partial[row]](t, CombineAggregateAll(p)),
		"reduce":            silent[row, row](t, Reduce(key, typ, first)),
		"combine reduce":    silent[row, Group[string, row]](t, CombineReduce(key, typ, first)),
		"distinct":          silent[row, row](t, Distinct(key)),
		"first of":          silent[row, row](t, FirstOf(key, 3)),
		"rolling aggregate": silent[row, row](t, RollingAggregate(key, p)),
		"rolling reduce":    silent[row, row](t, RollingReduce(key, typ, first)),
		"window aggregate":  silent[row, window.Result[row]](t, WindowAggregate(key, window.Sliding(3, 2), false, p)),
		"window reduce":     silent[row, window.Result[row]](t, WindowReduce(key, typ, window.Tumbling(3), false, first)),
	} {
		t.Run(name, func(t *testing.T) {
			collect := func() {
				if err := in.Collect(rows); err != nil {
					t.Fatal(err)
				}
			}
			collect()
			if allocs := testing.AllocsPerRun(20, collect); allocs != 0 {
				t.Errorf("%v allocations for %d records", allocs, len(rows))
			}
		})
	}
}

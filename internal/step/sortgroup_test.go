package step

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
)

// pieces has a combiner's factory make combiners that sort few rows at a time.
func pieces[S any](f operator.Factory, bytes int64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		i, err := f(w)
		if err == nil {
			i.Body.(*sortGroupStep[S]).most = bytes
		}
		return i, err
	}
}

// onDisk has an operator run on a host with a disk, which the one of the rig is not.
func onDisk(f operator.Factory) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		spec := *w.Context.Spec()
		spec.Host = newMemoryDisk()
		w.Context = operator.NewContext(spec)
		return f(w)
	}
}

// checkSorted compares aggregation by sorting, and all ways to combine for it, with
// the naive one. id names equal keys alike.
func checkSorted[K comparable](t *testing.T, key func(int) K, id func(K) string) {
	t.Helper()
	r := seeded(t)
	type partial = Group[K, agg.Partial[sample[K]]]
	fields := keyOf(t, keyField[K])
	p := everything[K](t)
	for _, n := range []int{0, 1, 50, 3000} {
		rows := samples(r, n, key)
		show := func(s sample[K]) string { return id(s.Key) + fmt.Sprint(s.Seq, s.Units, s.Low, s.High, s.N, s.Mean) }
		var want, got []string
		for _, group := range grouped(rows, func(s sample[K]) string { return id(s.Key) }) {
			want = append(want, show(naive(group)))
		}
		for what, combine := range map[string]operator.Factory{
			"sorted": CombineAggregateArranged(fields, p, Sorted), "in pieces": pieces[sample[K]](CombineAggregateArranged(fields, p, InPieces), 2000),
			"by hash": CombineAggregate(fields, p), "not at all": CombineAggregateNone(fields, p),
		} {
			for final, factory := range map[string]operator.Factory{"sorting": FinalAggregateArranged[sample[K], K](p, Sorted), "a table": FinalAggregate(fields, p)} {
				got = got[:0]
				for _, s := range combined[sample[K], partial, sample[K]](t, r, onDisk(combine), onDisk(factory), rows) {
					got = append(got, show(s))
				}
				same(t, fmt.Sprintf("%d records, combined %s, for %s", n, what, final), got, want, false)
			}
		}
	}
}

func TestAggregationBySortingEqualsTheNaiveOne(t *testing.T) {
	t.Run("int64", func(t *testing.T) { checkSorted(t, intKey, func(k int64) string { return fmt.Sprint(k) }) })
	t.Run("string", func(t *testing.T) { checkSorted(t, wordKey, func(k string) string { return k }) })
	t.Run("float64", func(t *testing.T) {
		checkSorted(t, func(i int) float64 {
			return []float64{math.NaN(), 0, math.Copysign(0, -1), float64(i)}[i%4]
		}, func(k float64) string {
			if k == 0 {
				return "0"
			}
			return fmt.Sprint(k)
		})
	})
	type pair struct {
		A string
		B int8
	}
	t.Run("struct", func(t *testing.T) {
		checkSorted(t, func(i int) pair { return pair{strings.Repeat("\x00", i%7), int8(i % 100)} }, func(k pair) string { return fmt.Sprint([]byte(k.A), k.B) })
	})
}

func TestReducingBySortingEqualsTheNaiveWay(t *testing.T) {
	r := seeded(t)
	key, typ := keyOf(t, keyField[string]), typeOf[sample[string]](t)
	rows := samples(r, 3000, wordKey)
	for i := range rows {
		rows[i].Low, rows[i].Mean = 0, 0
	}
	var want []sample[string]
	for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
		value := group[0]
		for _, row := range group[1:] {
			value = joined(value, row)
		}
		want = append(want, value)
	}
	open := Plain(joined)
	for what, combine := range map[string]operator.Factory{
		"sorted": CombineReduceArranged(key, open, InPieces), "in pieces": pieces[sample[string]](CombineReduceArranged(key, open, InPieces), 2000),
		"by hash": CombineReduce(key, typ, open), "not at all": CombineReduceNone(key, typ, open),
	} {
		for final, factory := range map[string]operator.Factory{"sorting": FinalReduceArranged[sample[string], string](open, Sorted), "a table": FinalReduce(key, typ, open)} {
			got := combined[sample[string], Group[string, sample[string]], sample[string]](t, r, onDisk(combine), onDisk(factory), rows)
			same(t, what+" for "+final, printed(got), printed(want), false)
		}
	}
}

func TestDistinctBySortingKeepsEveryKeyOnce(t *testing.T) {
	r := seeded(t)
	key := keyOf(t, keyField[string])
	rows := samples(r, 3000, wordKey)
	var want []string
	for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
		want = append(want, group[0].Key)
	}
	slices.Sort(want)
	for _, combine := range []operator.Factory{DistinctArranged(key, InPieces), pieces[sample[string]](DistinctArranged(key, InPieces), 2000), Pass[sample[string]]()} {
		var got []string
		for _, s := range combined[sample[string], sample[string], sample[string]](t, r, onDisk(combine), onDisk(DistinctArranged(key, Sorted)), rows) {
			got = append(got, s.Key)
		}
		same(t, "keys", got, want, true)
	}
	shapes := []shape{{[]float64{1, 2}, "a"}, {[]float64{1, 2}, "a"}, {nil, "a"}, {[]float64{}, "a"}, {[]float64{1}, "b"}}
	whole := keyOf(t, func(s *shape) *shape { return s })
	got := runStep[shape, shape](t, onDisk(DistinctArranged(whole, Sorted)), shapes, 2)
	same(t, "shapes", printed(got), []string{"{[] a}", "{[1 2] a}", "{[1] b}"}, false)
}

func TestResultsOfSortingAreInTheOrderOfTheirKeys(t *testing.T) {
	rows := samples(seeded(t), 2000, intKey)
	key := keyOf(t, keyField[int64])
	got := runStep[sample[int64], sample[int64]](t, onDisk(DistinctArranged(key, Sorted)), rows, 100)
	if !slices.IsSortedFunc(got, func(a, b sample[int64]) int { return cmp.Compare(a.Key, b.Key) }) {
		t.Error("they are not")
	}
}

func TestAPanicWhileSortingIsToldWithItsRecord(t *testing.T) {
	rows := []sample[string]{{Key: "a", Seq: 1}, {Key: "b", Seq: 2}, {Key: "b", Seq: 3}, {Key: "c", Seq: 4}}
	bad := func(a, b sample[string]) sample[string] { panic("bad reduction") }
	computed := computedKey(t, func(s sample[string]) string {
		if s.Seq == 3 {
			panic("bad key")
		}
		return s.Key
	})
	for what, c := range map[string]struct {
		f      operator.Factory
		record int64
	}{
		"bad reduction": {CombineReduceArranged(keyOf(t, keyField[string]), Plain(bad), InPieces), -1},
		"bad key":       {DistinctArranged(computed, InPieces), 2},
	} {
		var err error
		if what == "bad key" {
			r := newRig[sample[string], sample[string]](t, onDisk(c.f))
			err = r.feed(rows, 4)
		} else {
			r := newRig[sample[string], Group[string, sample[string]]](t, onDisk(c.f))
			if err = r.feed(rows, 4); err == nil {
				err = r.finish()
			}
		}
		var f *operator.Failure
		if !errors.As(err, &f) || f.Record != c.record || !strings.Contains(f.Value, "Seq:3") || !strings.Contains(f.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestSortingByKeyGoesOnOnDiskAndLeavesNothingBehind(t *testing.T) {
	rows := samples(seeded(t), 20_000, wordKey)
	var want []string
	for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
		want = append(want, group[0].Key)
	}
	slices.Sort(want)
	for what, f := range map[string]operator.Factory{
		"whole": DistinctArranged(keyOf(t, keyField[string]), Sorted), "combined": DistinctArranged(keyOf(t, keyField[string]), InPieces),
	} {
		c := confine[sample[string], sample[string]](t, f, 512<<10, newMemoryDisk())
		if err := c.run(rows, 300); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var got []string
		for _, s := range c.out.rows {
			got = append(got, s.Key)
		}
		slices.Sort(got)
		if what == "combined" {
			got = slices.Compact(got)
		} else if c.disk.made.Load() == 0 {
			t.Errorf("%s: nothing was written", what)
		}
		same(t, what, got, want, true)
		c.end(true)
		early := confine[sample[string], sample[string]](t, f, 512<<10, newMemoryDisk())
		if err := early.in.Collect(rows[:1000]); err != nil {
			t.Fatal(err)
		}
		early.end(false)
	}
}

// BenchmarkGrouping compares a table with sorting where each key comes four times.
func BenchmarkGrouping(b *testing.B) {
	rows := make([]Group[int64, agg.Partial[sample[int64]]], 1<<16)
	for i := range rows {
		rows[i].Key = int64(i*7919) % (1 << 14)
		rows[i].Value.Row = sample[int64]{Key: rows[i].Key, Units: 1}
	}
	p := everything[int64](b)
	for name, f := range map[string]operator.Factory{
		"table": FinalAggregate(keyOf(b, keyField[int64]), p), "sorting": FinalAggregateArranged[sample[int64], int64](p, Sorted),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				runStep[Group[int64, agg.Partial[sample[int64]]], sample[int64]](b, onDisk(f), rows, 200)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
		})
	}
}

// Rows of a key that stand side by side are taken together whatever batches they come
// in, and those of another key in between make two groups of them.
func TestRowsSideBySideAreOneGroup(t *testing.T) {
	r := seeded(t)
	p := everything[string](t)
	key := keyOf(t, keyField[string])
	for _, n := range []int{0, 1, 30, 5000} {
		rows := samples(r, n, func(i int) string { return fmt.Sprint("key", i/7%50) })
		slices.SortStableFunc(rows, func(a, b sample[string]) int { return cmp.Compare(a.Key, b.Key) })
		show := func(s sample[string]) string { return fmt.Sprint(s.Key, s.Units, s.Low, s.High, s.N, s.Mean) }
		var want, got []string
		for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
			want = append(want, show(naive(group)))
		}
		partials := runStep[sample[string], Group[string, agg.Partial[sample[string]]]](t, CombineAggregateArranged(key, p, AsTheyAre), rows, 1+r.IntN(100))
		if len(partials) != len(want) {
			t.Errorf("%d rows of %d keys make %d groups", n, len(want), len(partials))
		}
		for _, s := range runStep[Group[string, agg.Partial[sample[string]]], sample[string]](t, FinalAggregateArranged[sample[string], string](p, AsTheyAre), partials, 1+r.IntN(100)) {
			got = append(got, show(s))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%d rows: got %v, want %v", n, got, want)
		}
	}
	apart := runStep[sample[string], sample[string]](t, DistinctArranged(key, AsTheyAre), []sample[string]{{Key: "a"}, {Key: "a"}, {Key: "b"}, {Key: "a"}}, 2)
	if len(apart) != 3 {
		t.Errorf("a, a, b and a are %d runs", len(apart))
	}
}

package step

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
)

// The seeds of these tests are fixed, and so is what is drawn: a test that passes
// always passes. Bounds are those of five standard deviations or more, which a sound
// generator exceeds for one seed in a million.

// asSubtask has an operator believe to be one of several subtasks.
func asSubtask(f operator.Factory, subtask, of int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		spec := *w.Context.Spec()
		spec.Subtask, spec.Parallelism = subtask, of
		w.Context = operator.NewContext(spec)
		return f(w)
	}
}

func upTo(n int) []int64 {
	rows := make([]int64, n)
	for i := range rows {
		rows[i] = int64(i)
	}
	return rows
}

// near checks a count against the number that is expected and its variance.
func near(t *testing.T, what string, got, want, variance float64) {
	t.Helper()
	if math.Abs(got-want) > 5*math.Sqrt(variance)+1e-9 {
		t.Errorf("%s: %v, want %v ± %.1f", what, got, want, 5*math.Sqrt(variance))
	}
}

// even checks that counts are those of equal chances: chi squared with k degrees of
// freedom has the mean k and the variance 2k.
func even(t *testing.T, what string, counts []int, perCell float64) {
	t.Helper()
	chi := 0.0
	for _, n := range counts {
		chi += (float64(n) - perCell) * (float64(n) - perCell) / perCell
	}
	near(t, what+": chi squared", chi, float64(len(counts)), 2*float64(len(counts)))
}

func TestASampleHasEachRecordWithItsProbability(t *testing.T) {
	const n = 200_000
	rows := upTo(n)
	for _, p := range []float64{0, 1e-4, 0.01, 0.3, 0.5, 0.9, 1} {
		for seed := range uint64(3) {
			got := runStep[int64, int64](t, Sample[int64](p, seed), rows, 700)
			near(t, fmt.Sprint("fraction ", p), float64(len(got)), n*p, n*p*(1-p))
			for i := 1; i < len(got); i++ {
				if got[i] <= got[i-1] {
					t.Fatalf("fraction %v: %d comes behind %d", p, got[i], got[i-1])
				}
			}
			if p != 0.3 {
				continue
			}
			parts, pairs := make([]int, 100), 0
			for i, x := range got {
				parts[x*100/n]++
				if i > 0 && got[i-1] == x-1 {
					pairs++
				}
			}
			even(t, "parts of the input", parts, float64(len(got))/100)
			near(t, "neighbours", float64(pairs), n*p*p, n*p*p*(1-p*p)*2)
		}
	}
}

func TestSamplesDependOnSeedAndSubtaskAndNothingElse(t *testing.T) {
	rows := upTo(10_000)
	in := map[string][]int64{}
	for seed := range uint64(3) {
		for subtask := range 3 {
			f := asSubtask(Sample[int64](0.5, seed), subtask, 3)
			got := runStep[int64, int64](t, f, rows, 999)
			same(t, "in other batches", printed(runStep[int64, int64](t, f, rows, 10)), printed(got), true)
			in[fmt.Sprint(seed, subtask)] = got
		}
	}
	for a, rowsA := range in {
		has := map[int64]bool{}
		for _, x := range rowsA {
			has[x] = true
		}
		for b, rowsB := range in {
			both := 0
			for _, x := range rowsB {
				if has[x] {
					both++
				}
			}
			if a != b {
				near(t, "common records of "+a+" and "+b, float64(both), 2500, 1875)
			}
		}
	}
}

func TestASampleWithReplacementIsPoissonDistributed(t *testing.T) {
	const n = 100_000
	rows := upTo(n)
	for _, mean := range []float64{0, 0.01, 0.5, 1, 3, 16, 40.5} {
		got := runStep[int64, int64](t, SampleWithReplacement[int64](mean, 7), rows, 700)
		near(t, fmt.Sprint("mean ", mean), float64(len(got)), n*mean, n*mean)
		times := make([]int, n)
		for _, x := range got {
			times[x]++
		}
		often := map[int]int{}
		for _, k := range times {
			often[k]++
		}
		for k := range 60 {
			log, _ := math.Lgamma(float64(k) + 1)
			p := math.Exp(float64(k)*math.Log(mean) - mean - log)
			if mean == 0 {
				p = map[int]float64{0: 1}[k]
			}
			if n*p > 20 {
				near(t, fmt.Sprintf("mean %v: records drawn %d times", mean, k), float64(often[k]), n*p, n*p)
			}
		}
	}
}

// sampleParts deals numbers to subtasks, the first of which has most, and samples
// them in two phases.
func sampleParts[P, O any](t *testing.T, n, subtasks int, local, final operator.Factory) []O {
	var partials []P
	rows := upTo(n)
	for s := range subtasks {
		part := rows
		if s < subtasks-1 {
			part = rows[:len(rows)/2]
		}
		rows = rows[len(part):]
		partials = append(partials, runStep[int64, P](t, asSubtask(local, s, subtasks), part, 7)...)
	}
	return runStep[P, O](t, final, partials, 5)
}

func TestASampleOfNRecordsHasAnyRecordAsLikely(t *testing.T) {
	const records, size, rounds = 50, 7, 3000
	typ := typeOf[Drawn[int64]](t)
	first := func(a, b Drawn[int64]) int {
		if a.Lot < b.Lot {
			return -1
		}
		return 1
	}
	counts, pairs := make([]int, records), make([]int, records)
	for seed := range uint64(rounds) {
		drawAndKeep := func(w operator.Wiring) (operator.Instance, error) {
			top, err := Top(size, typ, first)(w)
			if err != nil {
				return top, err
			}
			i, err := Draw[int64](seed)(operator.Wiring{Context: w.Context, Outputs: top.Inputs})
			i.Body = top.Body
			return i, err
		}
		got := sampleParts[Drawn[int64], Drawn[int64]](t, records, 3, drawAndKeep, Top(size, typ, first))
		has := map[int64]bool{}
		for _, d := range got {
			has[d.Record] = true
			counts[d.Record]++
		}
		if len(has) != size {
			t.Fatalf("%d different records of %d", len(has), size)
		}
		for x := range has {
			if has[(x+1)%records] {
				pairs[x]++
			}
		}
	}
	even(t, "records", counts, float64(rounds*size)/records)
	even(t, "pairs", pairs, float64(rounds*size*(size-1))/(records*(records-1)))
}

func TestASampleOfNRecordsWithReplacementHasAnyRecordAsLikelyInEverySlot(t *testing.T) {
	const records, size, rounds = 50, 7, 3000
	typ := typeOf[int64](t)
	counts, again := make([]int, records), 0
	first := make([]int, records)
	for seed := range uint64(rounds) {
		got := sampleParts[Slot[int64], int64](t, records, 3, DrawSlots(typ, size, seed), ChooseSlots(typ, size))
		if len(got) != size {
			t.Fatalf("%d records, want %d", len(got), size)
		}
		first[got[0]]++
		for i, x := range got {
			counts[x]++
			for _, y := range got[:i] {
				if x == y {
					again++
				}
			}
		}
	}
	even(t, "records", counts, float64(rounds*size)/records)
	even(t, "records of the first slot", first, float64(rounds)/records)
	pairs := float64(rounds * size * (size - 1) / 2)
	near(t, "pairs of equal records", float64(again), pairs/records, pairs/records)
}

func TestSamplesOfAFixedSizeOfLittleAndOfNothing(t *testing.T) {
	typ := typeOf[sample[string]](t)
	rows := samples(seeded(t), 3, wordKey)
	for _, n := range []int{0, 1, 100} {
		drawn := DrawSlots(typ, n, 3)
		if got := runStep[sample[string], Slot[sample[string]]](t, drawn, nil, 1); len(got) != 0 {
			t.Errorf("%d of nothing: %d records", n, len(got))
		}
		slots := runStep[sample[string], Slot[sample[string]]](t, drawn, rows, 2)
		got := runStep[Slot[sample[string]], sample[string]](t, ChooseSlots(typ, n), slots, 2)
		if len(got) != n {
			t.Errorf("%d of three: %d records", n, len(got))
		}
	}
	if got := runStep[Slot[sample[string]], sample[string]](t, ChooseSlots(typ, 5), nil, 2); len(got) != 0 {
		t.Errorf("five of nothing: %d records", len(got))
	}
}

func TestASampleThatDoesNotFitIsRefusedAndOneThatDoesIsGivenBack(t *testing.T) {
	for n, fits := range map[int]bool{100: true, 100_000: false, math.MaxInt: false} {
		share, err := memory.NewBudget(1 << 20).Share(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		ctx := operator.NewContext(operator.Spec{Job: context.Background(), Host: host.New(), Parallelism: 1, Memory: share})
		inst, err := DrawSlots(typeOf[int64](t), n, 1)(operator.Wiring{Context: ctx, Outputs: []any{&catch[Slot[int64]]{}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := inst.Inputs[0].(operator.Collector[int64]).Collect(upTo(10)); (err == nil) != fits {
			t.Errorf("%d records: %v", n, err)
		}
		if err := inst.Body.(operator.Closer).Close(false); err != nil {
			t.Error(err)
		}
		if used, _ := share.Used(); used != 0 {
			t.Errorf("%d records: %d bytes are still accounted for", n, used)
		}
	}
}

func BenchmarkSampling(b *testing.B) {
	rows := upTo(1000)
	for name, f := range map[string]operator.Factory{
		"a tenth": Sample[int64](0.1, 1), "a tenth with replacement": SampleWithReplacement[int64](0.1, 1),
	} {
		b.Run(name, func(b *testing.B) {
			in := silent[int64, int64](b, f)
			b.ReportAllocs()
			for b.Loop() {
				if err := in.Collect(rows); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

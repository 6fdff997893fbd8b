package plan_test

import (
	"reflect"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/plan"
)

// hinted gives hints to operators of every shape; they are read by the operators' names.
func hinted(env *thalweg.Environment) {
	source := batch.FromSlice(env, []word{{"a", 1}}).Named("source").Hint(batch.Rows(100), batch.Size(4000))
	batch.HintDistinct(source, text, 7)
	batch.HintDistinct(source.Rebalance(), count, 3)
	rare := source.Filter(frequent).Named("rare").Hint(batch.Selectivity(0.5)).Hint(batch.Selectivity(0.25))
	batch.Discard(rare).Named("sink")
	sized := batch.Map(rare, same).Named("sized").Hint(batch.Size(1 << 20))
	sums := batch.GroupBy(sized, text).Aggregate(agg.Sum(count)).Hint(batch.Rows(9))
	batch.Discard(sums).Named("sink")
	numbers := batch.Map(source, func(w word) int64 { return w.Count }).Named("numbers").Hint(batch.Size(800))
	batch.Discard(numbers).Named("sink")
	replaced := batch.Map(numbers, func(n int64) int64 { return n }).Named("replaced").Hint(batch.Size(800)).Hint(batch.Rows(5))
	batch.Discard(replaced).Named("sink")
}

func TestHintsComeToTheOperatorThatMakesTheRecords(t *testing.T) {
	g := graphOf(t, "hinted", hinted)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	got := map[string]plan.Hints{}
	for _, n := range g.Nodes {
		got[n.Name] = n.Known.Hints
	}
	for name, want := range map[string]plan.Hints{
		"source":    {Rows: 100, Width: 40, Distinct: map[string]float64{"Text": 7, "Count": 3}},
		"rare":      {Selectivity: 0.25},
		"sized":     {Size: 1 << 20}, // strings are of any length
		"combine":   {},
		"aggregate": {Rows: 9},
		"numbers":   {Rows: 100, Size: 800},
		"replaced":  {Rows: 5},
		"sink":      {},
	} {
		if h := got[name]; !reflect.DeepEqual(h, want) {
			t.Errorf("%s has the hints %+v, want %+v", name, h, want)
		}
	}
}

func TestHintsAreNoPartOfTheFingerprint(t *testing.T) {
	build := func(rows int64) plan.Fingerprint {
		return graphOf(t, "fingerprint", func(env *thalweg.Environment) {
			batch.Discard(batch.Sequence(env, 0, 10).Hint(batch.Rows(rows)))
		}).Fingerprint()
	}
	if err := build(1).Diff(build(2), "there"); err != nil {
		t.Error(err)
	}
}

func TestDeclaredFactsArePartOfTheFingerprint(t *testing.T) {
	build := func(declare bool) plan.Fingerprint {
		return graphOf(t, "fingerprint", func(env *thalweg.Environment) {
			d := batch.Map(batch.FromSlice(env, []word{{"a", 1}}), same)
			if declare {
				batch.Forward(d, text, text)
			}
			batch.Discard(d)
		}).Fingerprint()
	}
	if build(true).Diff(build(false), "there") == nil {
		t.Error("a program that declares a fact looks like one that does not")
	}
}

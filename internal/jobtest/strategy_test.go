package jobtest_test

import (
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// addMeasures keeps what does not depend on the order of records.
func addMeasures(a, b measure) measure {
	if a.ID > b.ID {
		a, b = b, a
	}
	a.Small += b.Small
	return a
}

var combineHints = map[string][]batch.CombineHint{"hash": {batch.CombineHash}, "sort": {batch.CombineSort}, "none": {batch.CombineNone}}

// largeKeyed is grouped data of several times the smallest memory.
var largeKeyed = jobtest.Register(&jobtest.Program{
	Name: "large keyed",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		d := batch.FromSlice(env, bigGroups(out.Seed)).Rebalance()
		names := batch.GroupBy(d, measureName)
		jobtest.Keep(out, "reduced", batch.Map(batch.ReduceBy(names, addMeasures, combineHints[env.Arg("hint", "")]...), line))
		jobtest.Keep(out, "summed", batch.Map(names.Aggregate(agg.Sum(measureSmall), agg.MinBy(measureID)), line))
		jobtest.Keep(out, "distinct", batch.Map(batch.DistinctBy(d, measureName), func(m measure) string { return m.Name }))
		twice := batch.Union(d, d.Filter(func(m measure) bool { return m.ID%3 == 0 }))
		jobtest.Keep(out, "records", batch.Map(batch.Distinct(twice), line))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		want := map[string][]string{}
		groups := map[string][]measure{}
		for _, m := range bigGroups(seed) {
			groups[m.Name] = append(groups[m.Name], m)
			want["records"] = append(want["records"], line(m))
		}
		for name, rows := range groups {
			sum := rows[0]
			for _, m := range rows[1:] {
				sum = addMeasures(sum, m)
			}
			want["reduced"] = append(want["reduced"], line(sum))
			want["summed"] = append(want["summed"], line(sum))
			want["distinct"] = append(want["distinct"], name)
		}
		return want
	},
})

func TestGroupsUnderEveryStrategyEqualAMap(t *testing.T) {
	for _, final := range []string{"hash", "sort"} {
		for _, combine := range []string{"hash", "sort", "none"} {
			t.Run(final+" after "+combine, func(t *testing.T) {
				forced := []thalweg.Option{
					thalweg.WithStrategy("aggregate", final), thalweg.WithStrategy("reduce", final),
					thalweg.WithStrategy("distinct", final), thalweg.WithStrategy("combine", combine),
				}
				for _, c := range jobtest.Some(t, jobtest.Configurations()) {
					keyed.Try(t, c, forced...)
				}
				for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
					largeKeyed.Try(t, c, forced...)
				}
			})
		}
	}
}

func TestHintsForCombiningDoNotChangeResults(t *testing.T) {
	for _, hint := range []string{"hash", "sort", "none"} {
		for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
			largeKeyed.Try(t, c, thalweg.WithArgument("hint", hint))
		}
	}
}

func TestAHintComesFirstAndAWrongStrategyIsRefused(t *testing.T) {
	_, _, err := largeKeyed.RunOn(jobtest.Deadline(t), jobtest.Alone, thalweg.WithArgument("hint", "none"), thalweg.WithStrategy("combine", "merge"))
	if want := `combine cannot be run by "merge", which is forced; there are "none", "hash", "sort"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

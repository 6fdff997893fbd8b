package jobtest_test

import (
	"fmt"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// summaryOf computes by hand what a summary says of a field of whole numbers, whose
// sums are exact in any order.
func summaryOf(name string, numbers []int64) string {
	n := int64(len(numbers))
	if n == 0 {
		return fmt.Sprint(name, " none")
	}
	least, most, sum, squares := numbers[0], numbers[0], int64(0), int64(0)
	for _, x := range numbers {
		least, most, sum, squares = min(least, x), max(most, x), sum+x, squares+x*x
	}
	variance := float64(n*squares-sum*sum) / float64(n) / float64(max(n-1, 1))
	return fmt.Sprintf("%s %d %d %d %d %.6f %.6f", name, n, least, most, sum, float64(sum)/float64(n), variance)
}

func describeNumbers(name string, n batch.NumberSummary) string {
	if n.Finite == 0 {
		return fmt.Sprint(name, " none")
	}
	return fmt.Sprintf("%s %d %.0f %.0f %.0f %.6f %.6f", name, n.Finite, n.Min, n.Max, n.Sum, n.Mean, n.Variance())
}

func describeSummary(s batch.Summary, emit func(string)) {
	emit(fmt.Sprint("records ", s.Records))
	for _, f := range s.Fields {
		if f.Count+f.Nulls != s.Records {
			emit(fmt.Sprint(f.Name, ": ", f.Count, " and ", f.Nulls))
		}
		switch f.Kind {
		case "string":
			emit(describeNumbers(f.Name, f.Lengths))
		case "int64":
			emit(describeNumbers(f.Name, f.Numbers))
		}
	}
}

var summaries = jobtest.Register(&jobtest.Program{
	Name: "summaries",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		sales := batch.FromSlice(env, randomSales(out.Seed)).Rebalance()
		jobtest.Keep(out, "all", batch.FlatMap(batch.Summarize(sales), describeSummary))
		jobtest.Keep(out, "none", batch.FlatMap(batch.Summarize(sales.Filter(func(sale) bool { return false })), describeSummary))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		var names, units, ids []int64
		for _, s := range randomSales(seed) {
			names, units, ids = append(names, int64(len(s.Shop))), append(units, s.Units), append(ids, s.ID)
		}
		return map[string][]string{
			"all":  {fmt.Sprint("records ", len(ids)), summaryOf("Shop", names), summaryOf("Units", units), summaryOf("ID", ids)},
			"none": {"records 0", "Shop none", "Units none", "ID none"},
		}
	},
})

func TestSummariesEqualThoseMadeByHand(t *testing.T) {
	for _, c := range jobtest.Some(t, jobtest.Configurations()) {
		summaries.Try(t, c)
	}
}

package jobtest_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// sale has no two equal amounts within a shop, so that least and greatest are
// defined; amounts are multiples of 1/4, so that sums do not depend on order.
type sale struct {
	Shop   string
	Amount float64
	Units  int64
	ID     int64
}

func shop(s *sale) *string    { return &s.Shop }
func amount(s *sale) *float64 { return &s.Amount }
func units(s *sale) *int64    { return &s.Units }

type shopSummary struct {
	Shop            string
	Sales           int64
	Units           int64
	Least, Greatest float64
	Mean            float64
}

func summaryShop(s *shopSummary) *string   { return &s.Shop }
func summarySales(s *shopSummary) *int64   { return &s.Sales }
func summaryUnits(s *shopSummary) *int64   { return &s.Units }
func summaryLeast(s *shopSummary) *float64 { return &s.Least }
func summaryMost(s *shopSummary) *float64  { return &s.Greatest }
func summaryMean(s *shopSummary) *float64  { return &s.Mean }

func randomSales(seed uint64) []sale {
	r := jobtest.Random(seed)
	sales := make([]sale, 2000+r.IntN(2000))
	for i, a := range r.Perm(len(sales)) {
		sales[i] = sale{Shop: fmt.Sprint("shop ", r.IntN(200)), Amount: float64(a) / 4, Units: r.Int64N(9) - 2, ID: int64(i)}
	}
	return sales
}

func byShop(sales []sale) map[string][]sale {
	groups := map[string][]sale{}
	for _, s := range sales {
		groups[s.Shop] = append(groups[s.Shop], s)
	}
	return groups
}

func addUnits(a, b sale) sale {
	return sale{Shop: min(a.Shop, b.Shop), Units: a.Units + b.Units, ID: max(a.ID, b.ID)}
}

func everything() []agg.Aggregate[sale, shopSummary] {
	return []agg.Aggregate[sale, shopSummary]{
		agg.FirstInto(shop, summaryShop), agg.CountInto[sale](summarySales), agg.SumInto(units, summaryUnits),
		agg.MinInto(amount, summaryLeast), agg.MaxInto(amount, summaryMost), agg.AverageInto(amount, summaryMean),
	}
}

func summarize(sales []sale) shopSummary {
	s := shopSummary{Shop: sales[0].Shop, Sales: int64(len(sales)), Least: sales[0].Amount, Greatest: sales[0].Amount}
	var sum float64
	for _, x := range sales {
		s.Units += x.Units
		s.Least, s.Greatest = min(s.Least, x.Amount), max(s.Greatest, x.Amount)
		sum += x.Amount
	}
	s.Mean = sum / float64(len(sales))
	return s
}

var keyed = jobtest.Register(&jobtest.Program{
	Name: "keyed",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		sales := batch.FromSlice(env, randomSales(out.Seed))
		shops := batch.GroupBy(sales, shop)
		jobtest.Keep(out, "reduce", shops.Reduce(addUnits))
		jobtest.Keep(out, "fold", batch.Fold(shops, func() [3]int64 { return [3]int64{1 << 40} }, func(v [3]int64, s sale) [3]int64 {
			return [3]int64{min(v[0], s.ID), v[1] + 1, v[2] + s.Units}
		}))
		jobtest.Keep(out, "into", batch.AggregateInto(shops, everything()...))
		jobtest.Keep(out, "least", shops.Aggregate(agg.MinBy(amount)))
		jobtest.Keep(out, "greatest", shops.Aggregate(agg.MaxBy(amount)))
		average := batch.GroupByFunc(sales, func(s sale) int64 { return s.ID % 10 }).Aggregate(agg.Average(amount))
		jobtest.Keep(out, "average", batch.Map(average, func(s sale) string { return fmt.Sprint(s.ID%10, " ", s.Amount) }))
		jobtest.Keep(out, "top", batch.Map(sales.Top(15, func(a, b sale) int { return cmp.Compare(b.Amount, a.Amount) }),
			func(s sale) int64 { return s.ID }))
		names := batch.Map(sales, func(s sale) string { return s.Shop })
		jobtest.Keep(out, "distinct", batch.Distinct(names))
		jobtest.Keep(out, "distinctBy", batch.Map(batch.DistinctBy(sales, shop), func(s sale) string { return s.Shop }))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		want := map[string][]string{}
		sales := randomSales(seed)
		keep := func(name string, row any) { want[name] = append(want[name], fmt.Sprintf("%+v", row)) }
		for name, group := range byShop(sales) {
			sum, first := group[0], group[0].ID
			for _, s := range group[1:] {
				sum, first = addUnits(sum, s), min(first, s.ID)
			}
			if len(group) == 1 {
				sum = group[0]
			}
			keep("reduce", sum)
			keep("fold", [3]int64{first, int64(len(group)), sum.Units})
			keep("into", summarize(group))
			order := func(a, b sale) int { return cmp.Compare(a.Amount, b.Amount) }
			keep("least", slices.MinFunc(group, order))
			keep("greatest", slices.MaxFunc(group, order))
			keep("distinct", name)
			keep("distinctBy", name)
		}
		for digit := range int64(10) {
			sum, n := 0.0, 0
			for _, s := range sales {
				if s.ID%10 == digit {
					sum, n = sum+s.Amount, n+1
				}
			}
			keep("average", fmt.Sprint(digit, " ", sum/float64(n)))
		}
		slices.SortFunc(sales, func(a, b sale) int { return cmp.Compare(b.Amount, a.Amount) })
		for _, s := range sales[:15] {
			keep("top", s.ID)
		}
		return want
	},
})

func TestKeyedOperators(t *testing.T) { jobtest.Check(t, keyed) }

var firstOfMany = jobtest.Register(&jobtest.Program{
	Name: "first",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		sales := batch.FromSlice(env, randomSales(out.Seed))
		for _, n := range []int{0, 1, 100, 1 << 20} {
			jobtest.Keep(out, fmt.Sprint(n), sales.First(n))
		}
		jobtest.Keep(out, "of each", batch.GroupBy(sales, shop).First(3))
		return nil
	},
	// Which records are first is not defined, so only their number and that each
	// is one of the input are.
	Judge: func(t testing.TB, seed uint64, got map[string][]string, _ *thalweg.Result) {
		sales := randomSales(seed)
		shopOf := map[string]string{}
		for _, s := range sales {
			shopOf[fmt.Sprintf("%+v", s)] = s.Shop
		}
		want := map[string]int{"0": 0, "1": 1, "100": 100, fmt.Sprint(1 << 20): len(sales)}
		for _, group := range byShop(sales) {
			want["of each"] += min(len(group), 3)
		}
		for name, n := range want {
			rows := got[name]
			if len(rows) != n {
				t.Errorf("first %s kept %d records, want %d", name, len(rows), n)
			}
			if len(slices.Compact(slices.Clone(rows))) != len(rows) {
				t.Errorf("first %s has a record twice", name)
			}
			for _, row := range rows {
				if shopOf[row] == "" {
					t.Fatalf("first %s made up a record: %s", name, row)
				}
			}
		}
		perShop := map[string]int{}
		for _, row := range got["of each"] {
			perShop[shopOf[row]]++
		}
		for name, n := range perShop {
			if n > 3 {
				t.Errorf("first 3 of each kept %d of %s", n, name)
			}
		}
	},
})

func TestFirstKeepsSoManyRecordsOfTheInput(t *testing.T) { jobtest.Check(t, firstOfMany) }

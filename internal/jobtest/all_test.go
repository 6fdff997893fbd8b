package jobtest_test

import (
	"fmt"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

var overAll = jobtest.Register(&jobtest.Program{
	Name: "over all records",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		sales := batch.FromSlice(env, randomSales(out.Seed))
		for name, d := range []*batch.DataSet[sale]{
			sales, sales.Filter(func(sale) bool { return false }), batch.FromSlice[sale](env, nil), sales.Filter(func(s sale) bool { return s.ID == 77 }),
		} {
			keep := func(what string) string { return fmt.Sprint(what, " ", name) }
			jobtest.Keep(out, keep("reduce"), d.Reduce(addUnits))
			jobtest.Keep(out, keep("aggregate"), batch.Map(d.Aggregate(agg.Sum(units), agg.Max(amount)),
				func(s sale) [2]float64 { return [2]float64{float64(s.Units), s.Amount} }))
			jobtest.Keep(out, keep("into"), batch.Map(batch.AggregateAllInto(d, everything()...), func(s shopSummary) shopSummary {
				s.Shop = "" // which record comes first is not defined
				return s
			}))
			jobtest.Keep(out, keep("fold"), batch.FoldAll(d, func() int64 { return 5 }, func(n int64, s sale) int64 { return n + s.Units }))
		}
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		want := map[string][]string{}
		sales := randomSales(seed)
		for name, rows := range [][]sale{sales, nil, nil, sales[77:78]} {
			for _, what := range []string{"reduce", "aggregate", "into", "fold"} {
				want[fmt.Sprint(what, " ", name)] = nil
			}
			if len(rows) == 0 {
				continue
			}
			s := summarize(rows)
			s.Shop = ""
			sum := rows[0]
			for _, x := range rows[1:] {
				sum = addUnits(sum, x)
			}
			want[fmt.Sprint("reduce ", name)] = []string{fmt.Sprintf("%+v", sum)}
			want[fmt.Sprint("aggregate ", name)] = []string{fmt.Sprint([2]float64{float64(s.Units), s.Greatest})}
			want[fmt.Sprint("into ", name)] = []string{fmt.Sprintf("%+v", s)}
			want[fmt.Sprint("fold ", name)] = []string{fmt.Sprint(5 + s.Units)}
		}
		return want
	},
})

func TestOperatorsOverAllRecords(t *testing.T) { jobtest.Check(t, overAll) }

var twoSinks = jobtest.Register(&jobtest.Program{
	Name: "two sinks",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		n := batch.Sequence(env, 0, 10000)
		squares := batch.Map(n, func(n int64) int64 { return n * n })
		batch.Discard(squares)
		jobtest.Keep(out, "even", squares.Filter(func(n int64) bool { return n%2 == 0 }))
		jobtest.Keep(out, "odd", squares.Filter(func(n int64) bool { return n%2 == 1 }))
		return nil
	},
	Want: func(uint64) map[string][]string {
		want := map[string][]string{}
		for n := range 10000 {
			name := []string{"even", "odd"}[n%2]
			want[name] = append(want[name], fmt.Sprint(n*n))
		}
		return want
	},
})

func TestAProgramWithSeveralSinks(t *testing.T) { jobtest.Check(t, twoSinks) }

package jobtest_test

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
)

// shopList is what a function has seen of a shop, in its order.
type shopList struct{ Shop, IDs string }

func listShop(l *shopList) *string { return &l.Shop }

func lengthenList(l shopList, s sale) shopList {
	return shopList{s.Shop, l.IDs + fmt.Sprint(" ", s.ID)}
}

// wholePartitions takes the sales of each shop together when all have come.
var wholePartitions = jobtest.Register(&jobtest.Program{
	Name: "whole partitions",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		sales := stream.FromSlice(env, randomSales(out.Seed))
		byShop := stream.KeyBy(sales.Filter(func(s sale) bool { return s.ID%3 > 0 }), shop)
		all := byShop.WholePartitions()
		jobtest.KeepStream(out, "summaries", stream.AggregatePartitionsInto(all, everything()...))
		jobtest.KeepStream(out, "reduced", all.Reduce(addUnits))
		list := func(records iter.Seq[sale], emit func(shopList)) {
			var l shopList
			for s := range records {
				l = lengthenList(l, s)
			}
			emit(l)
		}
		jobtest.KeepStream(out, "by amount", stream.MapPartitions(all, list, stream.Desc(amount)))
		jobtest.KeepStream(out, "numbers", stream.MapPartitions(all, func(records iter.Seq[sale], emit func(sale)) {
			var n int64
			var last sale
			for s := range records {
				n++
				last = s
			}
			emit(sale{Shop: last.Shop, Units: n})
		}))
		jobtest.KeepStream(out, "first three", stream.MapPartitions(all, func(records iter.Seq[sale], emit func(sale)) {
			n := 0
			for s := range records {
				if emit(s); n == 2 {
					return
				}
				n++
			}
		}, stream.Asc(units), stream.AscFunc(func(s sale) int64 { return -s.ID })))

		// What is sorted comes in its order to the next operator, where it rolls.
		sorted := stream.SortPartitions(all, stream.Asc(units), stream.By(func(a, b sale) int { return cmp.Compare(a.ID, b.ID) }))
		rolled := stream.Fold(stream.KeyBy(sorted, shop), func() shopList { return shopList{} }, lengthenList)
		last := stream.KeyBy(rolled, listShop).WholePartitions()
		jobtest.KeepStream(out, "by units", last.Reduce(func(a, b shopList) shopList {
			if len(b.IDs) > len(a.IDs) {
				return b
			}
			return a
		}))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		var sales, reduced, numbers, firsts []sale
		for _, s := range randomSales(seed) {
			if s.ID%3 > 0 {
				sales = append(sales, s)
			}
		}
		var summaries []shopSummary
		var byAmount, byUnits []shopList
		list := func(group []sale, order func(a, b sale) int) (l shopList) {
			slices.SortFunc(group, order)
			for _, s := range group {
				l = lengthenList(l, s)
			}
			return l
		}
		for name, group := range byShop(sales) {
			summaries = append(summaries, summarize(group))
			sum := group[0]
			for _, s := range group[1:] {
				sum = addUnits(sum, s)
			}
			reduced = append(reduced, sum)
			numbers = append(numbers, sale{Shop: name, Units: int64(len(group))})
			byAmount = append(byAmount, list(group, func(a, b sale) int { return cmp.Compare(b.Amount, a.Amount) }))
			byUnits = append(byUnits, list(group, func(a, b sale) int { return cmp.Or(cmp.Compare(a.Units, b.Units), cmp.Compare(a.ID, b.ID)) }))
			slices.SortFunc(group, func(a, b sale) int { return cmp.Or(cmp.Compare(a.Units, b.Units), cmp.Compare(b.ID, a.ID)) })
			firsts = append(firsts, group[:min(3, len(group))]...)
		}
		return map[string][]string{
			"summaries": jobtest.Lines(summaries), "reduced": jobtest.Lines(reduced), "numbers": jobtest.Lines(numbers),
			"by amount": jobtest.Lines(byAmount), "by units": jobtest.Lines(byUnits), "first three": jobtest.Lines(firsts),
		}
	},
})

func TestWholePartitionsHaveAllRecordsOfAKey(t *testing.T) {
	for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
		wholePartitions.Try(t, c)
	}
	for _, c := range []jobtest.Configuration{jobtest.Alone, {Processes: 1, Parallelism: 7, Memory: jobtest.Tiny}, jobtest.Apart} {
		wholePartitions.Try(t, c)
	}
}

func TestAPartitionWithoutRecordsIsNone(t *testing.T) {
	var rows []sale
	_, err := thalweg.Run(jobtest.Deadline(t), func(env *thalweg.Environment) error {
		none := stream.KeyBy(stream.FromSlice[sale](env, nil), shop).WholePartitions()
		stream.Collect(none.Aggregate(agg.Sum(units)), &rows)
		return nil
	})
	if err != nil || len(rows) > 0 {
		t.Errorf("it has made %v, and ended with %v", rows, err)
	}
}

package queries_test

import (
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/queries"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// few are tables of some rows, for queries that find nothing in small tables: only
// the two that these read are there.
type few struct {
	queries.Tables
	env   *thalweg.Environment
	parts []queries.Part
	lines []queries.LineItem
}

func (f few) Part() *batch.DataSet[queries.Part] {
	return batch.FromSlice(f.env, f.parts)
}

func (f few) LineItem() *batch.DataSet[queries.LineItem] {
	return batch.FromSlice(f.env, f.lines)
}

// answer returns the answer to a query, in three subtasks.
func answer[T any](t *testing.T, query func(queries.Tables) *batch.DataSet[T], parts []queries.Part, lines []queries.LineItem) (rows []T) {
	t.Helper()
	build := func(env *thalweg.Environment) error {
		batch.Collect(query(few{env: env, parts: parts, lines: lines}), &rows)
		return nil
	}
	if _, err := thalweg.Run(t.Context(), build, thalweg.WithParallelism(3)); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestSmallQuantitiesAreBelowAFifthOfTheAverage(t *testing.T) {
	parts := []queries.Part{
		{PartKey: 1, Brand: "Brand#23", Container: "MED BOX"}, {PartKey: 2, Brand: "Brand#23", Container: "MED BOX"},
		{PartKey: 3, Brand: "Brand#24", Container: "MED BOX"}, {PartKey: 4, Brand: "Brand#23", Container: "MED BAG"},
	}
	var lines []queries.LineItem
	add := func(part int64, quantities ...values.Decimal2) {
		for _, q := range quantities {
			lines = append(lines, queries.LineItem{PartKey: part, Quantity: 100 * q, ExtendedPrice: 7_00 * values.Decimal2(part) * q})
		}
	}
	add(1, 5, 25, 45)    // five is a fifth, not less
	add(2, 4, 3, 48, 45) // both small ones are less
	add(3, 1, 50, 50)
	add(4, 1, 50, 50)
	if got, want := answer(t, queries.Q17, parts, lines), []queries.SmallQuantityRevenue{{14}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := answer(t, queries.Q17, parts, lines[:3]); len(got) != 0 {
		t.Errorf("of no small quantity there is %v", got)
	}
}

func TestDiscountedRevenueIsThatOfThreeChoices(t *testing.T) {
	parts := []queries.Part{
		{PartKey: 1, Brand: "Brand#12", Container: "SM PKG", Size: 5}, {PartKey: 2, Brand: "Brand#23", Container: "MED BAG", Size: 10},
		{PartKey: 3, Brand: "Brand#34", Container: "LG CASE", Size: 15}, {PartKey: 4, Brand: "Brand#12", Container: "SM PKG", Size: 6},
		{PartKey: 5, Brand: "Brand#12", Container: "LG CASE", Size: 1}, {PartKey: 6, Brand: "Brand#34", Container: "LG BAG", Size: 1},
	}
	var lines []queries.LineItem
	price := values.Decimal2(1_00)
	for _, mode := range []string{"AIR", "AIR REG", "REG AIR"} {
		for _, instruct := range []string{"DELIVER IN PERSON", "NONE"} {
			for part := int64(1); part <= 6; part++ {
				for _, quantity := range []values.Decimal2{0, 1, 9, 10, 11, 12, 19, 20, 21, 30, 31} {
					lines = append(lines, queries.LineItem{
						PartKey: part, Quantity: 100 * quantity, ExtendedPrice: price, Discount: 10, ShipMode: mode, ShipInstruct: instruct,
					})
					price *= 2
					if price > 1<<40 {
						price = 1_01
					}
				}
			}
		}
	}
	var want values.Decimal4
	for _, l := range lines {
		q := l.Quantity / 100
		if l.ShipMode != "REG AIR" && l.ShipInstruct == "DELIVER IN PERSON" &&
			(l.PartKey == 1 && q >= 1 && q <= 11 || l.PartKey == 2 && q >= 10 && q <= 20 || l.PartKey == 3 && q >= 20 && q <= 30) {
			want += values.Decimal4(l.ExtendedPrice) * 90
		}
	}
	if got := answer(t, queries.Q19, parts, lines); want == 0 || !slices.Equal(got, []queries.Revenue{{want}}) {
		t.Errorf("got %v, want %v", got, want)
	}
}

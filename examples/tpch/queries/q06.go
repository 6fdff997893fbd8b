package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// Revenue is the answer to query 6.
type Revenue struct {
	Revenue values.Decimal4 `csv:"revenue"`
}

func revenue(r *Revenue) *values.Decimal4 { return &r.Revenue }

// Q6 is the forecasting revenue change query: what small discounts on small
// quantities have cost in a year. Of no line items it makes no row, where SQL makes
// one with a null.
func Q6(from Tables) *batch.DataSet[Revenue] {
	begin, end := values.Day(1994, 1, 1), values.Day(1995, 1, 1)

	lineItems := from.LineItem(Scan[LineItem]{
		Columns: []string{"l_quantity", "l_extendedprice", "l_discount", "l_shipdate"},
		Days:    days(shipDate, begin, end-1),
		Numbers: []Range[LineItem, values.Decimal2]{{discount, 5, 7}, {quantity, least, 24_00 - 1}},
	})
	small := lineItems.Filter(func(l LineItem) bool {
		return l.ShipDate >= begin && l.ShipDate < end && l.Discount >= 5 && l.Discount <= 7 && l.Quantity < 24_00
	})
	given := batch.Map(small, func(l LineItem) Revenue {
		return Revenue{values.Decimal4(l.ExtendedPrice) * values.Decimal4(l.Discount)}
	})
	return given.Aggregate(agg.Sum(revenue))
}

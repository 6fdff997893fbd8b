package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
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

	small := batch.Where(from.LineItem(), where.AtLeast(shipDate, begin), where.Below(shipDate, end),
		where.Between(discount, 5, 7), where.Below(quantity, 24_00))
	given := batch.MapFields(small, func(l priced) Revenue {
		return Revenue{values.Decimal4(l.ExtendedPrice) * values.Decimal4(l.Discount)}
	})
	return given.Aggregate(agg.Sum(revenue))
}

package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// SmallQuantityRevenue is the answer to query 17.
type SmallQuantityRevenue struct {
	AvgYearly float64 `csv:"avg_yearly"`
}

// partSale is what query 17 needs of a line item, and usual how much of a part was
// ordered, and how often.
type (
	partSale struct {
		PartKey       int64
		Quantity      values.Decimal2
		ExtendedPrice values.Decimal2
	}
	usual struct {
		PartKey  int64
		Quantity values.Decimal2
		Lines    int64
	}
)

func partSaleKey(s *partSale) *int64             { return &s.PartKey }
func soldQuantity(s *partSale) *values.Decimal2  { return &s.Quantity }
func partSalePrice(s *partSale) *values.Decimal2 { return &s.ExtendedPrice }
func usualPart(u *usual) *int64                  { return &u.PartKey }
func usualQuantity(u *usual) *values.Decimal2    { return &u.Quantity }
func usualLines(u *usual) *int64                 { return &u.Lines }

// Q17 is the small-quantity-order revenue query: what was paid in a year for less than
// a fifth of what is usual, of parts of a brand in a container. Of no line items it
// makes no row.
func Q17(from Tables) *batch.DataSet[SmallQuantityRevenue] {
	lineItems := from.LineItem()
	parts := from.Part()
	wanted := batch.Where(parts, where.Equal(brand, "Brand#23"), where.Equal(container, "MED BOX"))

	lines := batch.Pick[partSale](lineItems)
	sales := batch.SemiJoin(lines, batch.MapFields(wanted, keyOfPart), batch.On(partSaleKey, itself))
	usually := batch.AggregateInto(batch.GroupBy(sales, partSaleKey),
		agg.FirstInto(partSaleKey, usualPart), agg.SumInto(soldQuantity, usualQuantity), agg.CountInto[partSale](usualLines))
	small := batch.JoinFlat(usually, sales, batch.On(usualPart, partSaleKey), func(u usual, s partSale, emit func(partSale)) {
		if 5*s.Quantity*values.Decimal2(u.Lines) < u.Quantity {
			emit(s)
		}
	})
	sum := small.Aggregate(agg.Sum(partSalePrice))
	return batch.Map(sum, func(s partSale) SmallQuantityRevenue { return SmallQuantityRevenue{s.ExtendedPrice.Float() / 7} })
}

package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// SmallQuantityRevenue is the answer to query 17.
type SmallQuantityRevenue struct {
	AvgYearly float64 `csv:"avg_yearly"`
}

// partSale is what query 17 needs of a line item, and usual how much of a part was
// ordered, and how often.
type (
	partSale struct {
		PartKey  int64
		Quantity values.Decimal2
		Price    values.Decimal2
	}
	usual struct {
		PartKey  int64
		Quantity values.Decimal2
		Lines    int64
	}
)

func partSaleKey(s *partSale) *int64             { return &s.PartKey }
func soldQuantity(s *partSale) *values.Decimal2  { return &s.Quantity }
func partSalePrice(s *partSale) *values.Decimal2 { return &s.Price }
func usualPart(u *usual) *int64                  { return &u.PartKey }
func usualQuantity(u *usual) *values.Decimal2    { return &u.Quantity }
func usualLines(u *usual) *int64                 { return &u.Lines }

// Q17 is the small-quantity-order revenue query: what was paid in a year for less than
// a fifth of what is usual, of parts of a brand in a container. Of no line items it
// makes no row.
func Q17(from Tables) *batch.DataSet[SmallQuantityRevenue] {
	lineItems := from.LineItem(Scan[LineItem]{Columns: []string{"l_partkey", "l_quantity", "l_extendedprice"}})
	parts := from.Part(Scan[Part]{
		Columns: []string{"p_partkey", "p_brand", "p_container"},
		Texts:   append(texts(brand, "Brand#23"), texts(container, "MED BOX")...),
	})
	wanted := parts.Filter(func(p Part) bool { return p.Brand == "Brand#23" && p.Container == "MED BOX" })

	lines := batch.Project(lineItems, func(l LineItem) partSale { return partSale{l.PartKey, l.Quantity, l.ExtendedPrice} })
	sales := batch.SemiJoin(lines, batch.Project(wanted, keyOfPart), batch.On(partSaleKey, itself))
	usually := batch.AggregateInto(batch.GroupBy(sales, partSaleKey),
		agg.FirstInto(partSaleKey, usualPart), agg.SumInto(soldQuantity, usualQuantity), agg.CountInto[partSale](usualLines))
	small := batch.JoinFlat(usually, sales, batch.On(usualPart, partSaleKey), func(u usual, s partSale, emit func(partSale)) {
		if 5*s.Quantity*values.Decimal2(u.Lines) < u.Quantity {
			emit(s)
		}
	})
	sum := small.Aggregate(agg.Sum(partSalePrice))
	return batch.Map(sum, func(s partSale) SmallQuantityRevenue { return SmallQuantityRevenue{s.Price.Float() / 7} })
}

package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// PromotionSupplier is a row of the answer to query 20.
type PromotionSupplier struct {
	Name    string `csv:"s_name"`
	Address string `csv:"s_address"`
}

// stocked is what a supplier has of a part, sold what was sold of it, and turnover both.
type (
	stocked struct {
		offerKey
		AvailQty int64
	}
	sold struct {
		offerKey
		Quantity values.Decimal2
	}
	turnover struct {
		sold
		AvailQty int64
	}
)

func stockedKey(s *stocked) *offerKey               { return &s.offerKey }
func stockedPart(s *stocked) *int64                 { return &s.PartKey }
func soldKey(s *sold) *offerKey                     { return &s.offerKey }
func turnoverKey(t *turnover) *offerKey             { return &t.offerKey }
func turnoverQuantity(t *turnover) *values.Decimal2 { return &t.Quantity }
func supplierName(s *PromotionSupplier) *string     { return &s.Name }

// Q20 is the potential part promotion query: the suppliers of a nation who have more of
// a part of a color than half of what they have sold of it in a year, which must be
// some.
func Q20(from Tables) *batch.DataSet[PromotionSupplier] {
	begin, end := values.Day(1994, 1, 1), values.Day(1995, 1, 1)

	suppliers := from.Supplier()
	canada := theNation(from, "CANADA")
	partSupps := from.PartSupp()
	parts := from.Part()
	lineItems := from.LineItem()
	forest := batch.Where(parts, where.Prefix(partName, "forest"))
	shipped := batch.Where(lineItems, where.AtLeast(shipDate, begin), where.Below(shipDate, end))

	stocks := batch.Pick[stocked](partSupps)
	sales := batch.Pick[sold](shipped)
	colored := batch.SemiJoin(stocks, batch.MapFields(forest, keyOfPart), batch.On(stockedPart, itself))
	turnovers := batch.Join(colored, sales, batch.On(stockedKey, soldKey),
		func(s stocked, l sold) turnover { return turnover{l, s.AvailQty} })
	sums := batch.GroupBy(turnovers, turnoverKey).Aggregate(agg.Sum(turnoverQuantity))
	excess := sums.Filter(func(t turnover) bool { return 2*100*values.Decimal2(t.AvailQty) > t.Quantity })

	canadian := batch.SemiJoin(suppliers, canada, batch.On(supplierNationKey, nationKey))
	sellers := batch.SemiJoin(canadian, batch.Project(excess, func(t turnover) int64 { return t.SuppKey }), batch.On(supplierKey, itself))
	answer := batch.Pick[PromotionSupplier](sellers)
	return batch.Sort(answer, batch.Asc(supplierName))
}

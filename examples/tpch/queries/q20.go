package queries

import (
	"strings"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
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

	suppliers := from.Supplier(Scan[Supplier]{Columns: []string{"s_suppkey", "s_name", "s_address", "s_nationkey"}})
	canada := theNation(from, "CANADA")
	partSupps := from.PartSupp(Scan[PartSupp]{Columns: []string{"ps_partkey", "ps_suppkey", "ps_availqty"}})
	parts := from.Part(Scan[Part]{Columns: []string{"p_partkey", "p_name"}})
	lineItems := from.LineItem(Scan[LineItem]{
		Columns: []string{"l_partkey", "l_suppkey", "l_quantity", "l_shipdate"},
		Days:    days(shipDate, begin, end-1),
	})
	forest := parts.Filter(func(p Part) bool { return strings.HasPrefix(p.Name, "forest") })
	shipped := lineItems.Filter(func(l LineItem) bool { return l.ShipDate >= begin && l.ShipDate < end })

	stocks := batch.Project(partSupps, func(p PartSupp) stocked { return stocked{offerKey{p.PartKey, p.SuppKey}, p.AvailQty} })
	sales := batch.Project(shipped, func(l LineItem) sold { return sold{offerKey{l.PartKey, l.SuppKey}, l.Quantity} })
	colored := batch.SemiJoin(stocks, batch.Project(forest, keyOfPart), batch.On(stockedPart, itself))
	turnovers := batch.Join(colored, sales, batch.On(stockedKey, soldKey),
		func(s stocked, l sold) turnover { return turnover{l, s.AvailQty} })
	sums := batch.GroupBy(turnovers, turnoverKey).Aggregate(agg.Sum(turnoverQuantity))
	excess := sums.Filter(func(t turnover) bool { return 2*100*values.Decimal2(t.AvailQty) > t.Quantity })

	canadian := batch.SemiJoin(suppliers, canada, batch.On(supplierNationKey, nationKey))
	sellers := batch.SemiJoin(canadian, batch.Project(excess, func(t turnover) int64 { return t.SuppKey }), batch.On(supplierKey, itself))
	answer := batch.Project(sellers, func(s Supplier) PromotionSupplier { return PromotionSupplier{s.Name, s.Address} })
	return batch.Sort(answer, batch.Asc(supplierName))
}

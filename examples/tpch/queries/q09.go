package queries

import (
	"strings"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// ProductProfit is a row of the answer to query 9.
type ProductProfit struct {
	NationYear
	SumProfit values.Decimal4 `csv:"sum_profit"`
}

// NationYear is what query 9 groups by.
type NationYear struct {
	Nation string `csv:"nation"`
	Year   int64  `csv:"o_year"`
}

// pricedOffer is what a supplier wants for a part, and partLine what query 9 needs of a
// line item.
type (
	pricedOffer struct {
		offerKey
		SupplyCost values.Decimal2
	}
	partLine struct {
		offerKey
		OrderKey int64
		Quantity values.Decimal2
		Revenue  values.Decimal4
	}
)

// earning is what a supplier has earned by an order.
type earning struct {
	OrderKey int64
	SuppKey  int64
	Year     int64
	Profit   values.Decimal4
}

func pricedKey(p *pricedOffer) *offerKey          { return &p.offerKey }
func pricedPart(p *pricedOffer) *int64            { return &p.PartKey }
func partLineKey(p *partLine) *offerKey           { return &p.offerKey }
func earningOrder(e *earning) *int64              { return &e.OrderKey }
func earningSupplier(e *earning) *int64           { return &e.SuppKey }
func profitGroup(p *ProductProfit) *NationYear    { return &p.NationYear }
func profitNation(p *ProductProfit) *string       { return &p.Nation }
func profitYear(p *ProductProfit) *int64          { return &p.Year }
func profitSum(p *ProductProfit) *values.Decimal4 { return &p.SumProfit }

// Q9 is the product type profit measure query: what suppliers have earned with parts of
// a color, by nation and year.
func Q9(from Tables) *batch.DataSet[ProductProfit] {
	parts := from.Part()
	suppliers := from.Supplier()
	lineItems := from.LineItem()
	orders := from.Orders()
	nations := from.Nation()
	green := batch.FilterFields(parts, func(p struct{ Name string }) bool { return strings.Contains(p.Name, "green") })

	offers := batch.Pick[pricedOffer](from.PartSupp())
	lines := batch.MapFields(lineItems, func(l struct {
		offerKey
		OrderKey int64
		Quantity values.Decimal2
		priced
	}) partLine {
		return partLine{l.offerKey, l.OrderKey, l.Quantity, l.revenue()}
	})
	greenOffers := batch.SemiJoin(offers, batch.MapFields(green, keyOfPart), batch.On(pricedPart, itself))
	earnings := batch.Join(greenOffers, lines, batch.On(pricedKey, partLineKey), func(p pricedOffer, l partLine) earning {
		cost := values.Decimal4(p.SupplyCost) * values.Decimal4(l.Quantity)
		return earning{OrderKey: l.OrderKey, SuppKey: l.SuppKey, Profit: l.Revenue - cost}
	})
	yearly := batch.Join(earnings, batch.MapFields(orders, datedOf), batch.On(earningOrder, datedOrder),
		func(e earning, o dated) earning { e.Year = o.Year; return e })
	profits := batch.Join(named(nations, batch.MapFields(suppliers, residentSupplier)), yearly, batch.On(nationalKey, earningSupplier),
		func(s national, e earning) ProductProfit {
			return ProductProfit{NationYear{s.Nation, e.Year}, e.Profit}
		})

	sums := batch.GroupBy(profits, profitGroup).Aggregate(agg.Sum(profitSum))
	return batch.Sort(sums, batch.Asc(profitNation), batch.Desc(profitYear))
}

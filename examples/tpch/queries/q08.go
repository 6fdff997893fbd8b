package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// MarketShare is a row of the answer to query 8.
type MarketShare struct {
	Year  int64   `csv:"o_year"`
	Share float64 `csv:"mkt_share"`
}

// partDelivery is what query 8 needs of a line item.
type partDelivery struct {
	PartKey int64
	delivery
}

// marketSale is that with its order.
type marketSale struct {
	Year    int64
	CustKey int64
	SuppKey int64
	Revenue values.Decimal4
}

// market is what was sold in a year, by suppliers of the nation and by all.
type market struct {
	Year     int64
	National values.Decimal4
	All      values.Decimal4
}

func deliveredPart(d *partDelivery) *int64      { return &d.PartKey }
func deliveredOrder(d *partDelivery) *int64     { return &d.OrderKey }
func saleCustomer(s *marketSale) *int64         { return &s.CustKey }
func saleSupplier(s *marketSale) *int64         { return &s.SuppKey }
func marketYear(m *market) *int64               { return &m.Year }
func marketNational(m *market) *values.Decimal4 { return &m.National }
func marketAll(m *market) *values.Decimal4      { return &m.All }
func shareYear(s *MarketShare) *int64           { return &s.Year }

// Q8 is the national market share query: the share of a nation's suppliers in what the
// customers of a region have paid for a type of part, by year.
func Q8(from Tables) *batch.DataSet[MarketShare] {
	begin, end := values.Day(1995, 1, 1), values.Day(1996, 12, 31)
	const wanted = "ECONOMY ANODIZED STEEL"

	parts := from.Part()
	suppliers := from.Supplier()
	lineItems := from.LineItem()
	orders := from.Orders()
	customers := from.Customer()
	nations := from.Nation()
	brazil := batch.Where(nations, where.Equal(nationName, "BRAZIL"))
	america := inRegion(from, nations, "AMERICA")
	steel := batch.Where(parts, where.Equal(partType, wanted))
	placed := batch.Where(orders, where.Between(orderDate, begin, end))

	lines := batch.MapFields(lineItems, func(l struct {
		PartKey int64
		soldLine
	}) partDelivery {
		return partDelivery{l.PartKey, deliveryOf(l.soldLine)}
	})
	delivered := batch.SemiJoin(lines, batch.MapFields(steel, keyOfPart), batch.On(deliveredPart, itself))
	ordered := batch.Join(delivered, batch.MapFields(placed, datedOf), batch.On(deliveredOrder, datedOrder),
		func(d partDelivery, o dated) marketSale { return marketSale{o.Year, o.CustKey, d.SuppKey, d.Revenue} })
	americans := keysIn(america, batch.MapFields(customers, residentCustomer))
	brazilians := keysIn(brazil, batch.MapFields(suppliers, residentSupplier))
	sales := batch.SemiJoin(ordered, americans, batch.On(saleCustomer, itself))
	markets := batch.LeftJoin(sales, brazilians, batch.On(saleSupplier, itself),
		func(s marketSale, supplier batch.Optional[int64]) market {
			if supplier.Present {
				return market{s.Year, s.Revenue, s.Revenue}
			}
			return market{s.Year, 0, s.Revenue}
		})

	sums := batch.GroupBy(markets, marketYear).Aggregate(agg.Sum(marketNational), agg.Sum(marketAll))
	shares := batch.Map(sums, func(m market) MarketShare { return MarketShare{m.Year, m.National.Float() / m.All.Float()} })
	return batch.Sort(shares, batch.Asc(shareYear))
}

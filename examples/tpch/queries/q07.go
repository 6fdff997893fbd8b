package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// VolumeShipping is a row of the answer to query 7.
type VolumeShipping struct {
	Trade
	Revenue values.Decimal4 `csv:"revenue"`
}

// Trade is what query 7 groups by.
type Trade struct {
	SuppNation string `csv:"supp_nation"`
	CustNation string `csv:"cust_nation"`
	Year       int64  `csv:"l_year"`
}

// shipped is what query 7 needs of a line item, and export is that with a supplier.
type (
	shipped struct {
		delivery
		Year int64
	}
	export struct {
		OrderKey int64
		Nation   string
		Year     int64
		Revenue  values.Decimal4
	}
)

func shippedBy(s *shipped) *int64                        { return &s.SuppKey }
func exportOrder(e *export) *int64                       { return &e.OrderKey }
func shippingTrade(v *VolumeShipping) *Trade             { return &v.Trade }
func shippingRevenue(v *VolumeShipping) *values.Decimal4 { return &v.Revenue }

// Q7 is the volume shipping query: what suppliers of one of two nations have shipped
// to customers of the other one, by year.
func Q7(from Tables) *batch.DataSet[VolumeShipping] {
	begin, end := values.Day(1995, 1, 1), values.Day(1996, 12, 31)

	suppliers := from.Supplier()
	lineItems := from.LineItem()
	orders := from.Orders()
	customers := from.Customer()
	both := batch.Where(from.Nation(), where.OneOf(nationName, "FRANCE", "GERMANY"))
	inTime := batch.Where(lineItems, where.Between(shipDate, begin, end))
	lines := batch.MapFields(inTime, func(l struct {
		soldLine
		ShipDate values.Date
	}) shipped {
		return shipped{deliveryOf(l.soldLine), int64(l.ShipDate.Year())}
	})

	exports := batch.Join(named(both, batch.MapFields(suppliers, residentSupplier)), lines, batch.On(nationalKey, shippedBy),
		func(s national, l shipped) export { return export{l.OrderKey, s.Nation, l.Year, l.Revenue} })
	bought := batch.Join(named(both, batch.MapFields(customers, residentCustomer)), batch.Pick[purchase](orders),
		batch.On(nationalKey, purchaseCustomer),
		func(c national, p purchase) national { return national{p.OrderKey, c.Nation} })
	volumes := batch.JoinFlat(exports, bought, batch.On(exportOrder, nationalKey),
		func(e export, order national, emit func(VolumeShipping)) {
			if e.Nation != order.Nation {
				emit(VolumeShipping{Trade{e.Nation, order.Nation, e.Year}, e.Revenue})
			}
		})
	sums := batch.GroupBy(volumes, shippingTrade).Aggregate(agg.Sum(shippingRevenue))
	return batch.Sort(sums, batch.Asc(shippingTrade))
}

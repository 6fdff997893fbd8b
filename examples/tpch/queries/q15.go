package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// TopSupplier is a row of the answer to query 15.
type TopSupplier struct {
	SuppKey      int64           `csv:"s_suppkey"`
	Name         string          `csv:"s_name"`
	Address      string          `csv:"s_address"`
	Phone        string          `csv:"s_phone"`
	TotalRevenue values.Decimal4 `csv:"total_revenue"`
}

// supplied is what a supplier has sold.
type supplied struct {
	SuppKey int64
	Revenue values.Decimal4
}

func suppliedBy(s *supplied) *int64                { return &s.SuppKey }
func suppliedRevenue(s *supplied) *values.Decimal4 { return &s.Revenue }
func topSupplierKey(s *TopSupplier) *int64         { return &s.SuppKey }

// Q15 is the top supplier query: the suppliers who have sold most in a quarter.
func Q15(from Tables) *batch.DataSet[TopSupplier] {
	begin, end := values.Day(1996, 1, 1), values.Day(1996, 4, 1)

	lineItems := from.LineItem()
	suppliers := from.Supplier()
	shipped := batch.Where(lineItems, where.AtLeast(shipDate, begin), where.Below(shipDate, end))
	sales := batch.MapFields(shipped, func(l struct {
		SuppKey int64
		priced
	}) supplied {
		return supplied{l.SuppKey, l.revenue()}
	})

	revenues := batch.GroupBy(sales, suppliedBy).Aggregate(agg.Sum(suppliedRevenue))
	greatest := revenues.Aggregate(agg.Max(suppliedRevenue))
	best := batch.CrossFlat(revenues, greatest, func(one, most supplied, emit func(supplied)) {
		if one.Revenue == most.Revenue {
			emit(one)
		}
	})
	sellers := batch.MapFields(suppliers, func(s struct {
		SuppKey              int64
		Name, Address, Phone string
	}) TopSupplier {
		return TopSupplier{s.SuppKey, s.Name, s.Address, s.Phone, 0}
	})
	answer := batch.Join(best, sellers, batch.On(suppliedBy, topSupplierKey),
		func(b supplied, s TopSupplier) TopSupplier { s.TotalRevenue = b.Revenue; return s })
	return batch.Sort(answer, batch.Asc(topSupplierKey))
}

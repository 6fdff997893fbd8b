package queries

import (
	"cmp"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// LargeOrder is a row of the answer to query 18.
type LargeOrder struct {
	Name       string          `csv:"c_name"`
	CustKey    int64           `csv:"c_custkey"`
	OrderKey   int64           `csv:"o_orderkey"`
	OrderDate  values.Date     `csv:"o_orderdate"`
	TotalPrice values.Decimal2 `csv:"o_totalprice"`
	SumQty     values.Decimal2 `csv:"sum_qty"`
}

// orderQuantity is how much was ordered at once.
type orderQuantity struct {
	OrderKey int64
	Quantity values.Decimal2
}

// buyer is what query 18 needs of a customer.
type buyer struct {
	CustKey int64
	Name    string
}

func buyerKey(b *buyer) *int64                          { return &b.CustKey }
func largeOrderKey(o *LargeOrder) *int64                { return &o.OrderKey }
func quantityOrder(q *orderQuantity) *int64             { return &q.OrderKey }
func orderedQuantity(q *orderQuantity) *values.Decimal2 { return &q.Quantity }
func largeOrderCustomer(o *LargeOrder) *int64           { return &o.CustKey }

// Q18 is the large volume customer query: the hundred dearest orders of more than 300
// pieces, and who placed them.
func Q18(from Tables) *batch.DataSet[LargeOrder] {
	customers := from.Customer()
	orders := from.Orders()
	lineItems := from.LineItem()

	quantities := batch.Pick[orderQuantity](lineItems)
	sums := batch.GroupBy(quantities, quantityOrder).Aggregate(agg.Sum(orderedQuantity))
	large := sums.Filter(func(q orderQuantity) bool { return q.Quantity > 300_00 })
	every := batch.MapFields(orders, func(o struct {
		purchase
		OrderDate  values.Date
		TotalPrice values.Decimal2
	}) LargeOrder {
		return LargeOrder{CustKey: o.CustKey, OrderKey: o.OrderKey, OrderDate: o.OrderDate, TotalPrice: o.TotalPrice}
	})
	placed := batch.Join(large, every, batch.On(quantityOrder, largeOrderKey),
		func(q orderQuantity, o LargeOrder) LargeOrder { o.SumQty = q.Quantity; return o })
	names := batch.Pick[buyer](customers)
	answer := batch.Join(placed, names, batch.On(largeOrderCustomer, buyerKey),
		func(o LargeOrder, b buyer) LargeOrder { o.Name = b.Name; return o })
	return answer.Top(100, dearest)
}

// dearest puts higher prices first, then earlier orders.
func dearest(a, b LargeOrder) int {
	return cmp.Or(cmp.Compare(b.TotalPrice, a.TotalPrice), cmp.Compare(a.OrderDate, b.OrderDate), cmp.Compare(a.OrderKey, b.OrderKey))
}

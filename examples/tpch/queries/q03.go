package queries

import (
	"cmp"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// ShippingPriority is a row of the answer to query 3.
type ShippingPriority struct {
	OrderKey     int64           `csv:"l_orderkey"`
	Revenue      values.Decimal4 `csv:"revenue"`
	OrderDate    values.Date     `csv:"o_orderdate"`
	ShipPriority int64           `csv:"o_shippriority"`
}

// priorityOrdered is what query 3 needs of an order.
type priorityOrdered struct {
	CustKey int64
	ShippingPriority
}

func priorityCustomer(p *priorityOrdered) *int64           { return &p.CustKey }
func priorityOrderedKey(p *priorityOrdered) *int64         { return &p.OrderKey }
func priorityOrder(p *ShippingPriority) *int64             { return &p.OrderKey }
func priorityRevenue(p *ShippingPriority) *values.Decimal4 { return &p.Revenue }

// Q3 is the shipping priority query: the ten orders of a market segment, not yet
// shipped at a day, that are worth most.
func Q3(from Tables) *batch.DataSet[ShippingPriority] {
	day := values.Day(1995, 3, 15)

	customers := from.Customer(Scan[Customer]{
		Columns: []string{"c_custkey", "c_mktsegment"},
		Texts:   texts(segment, "BUILDING"),
	})
	allOrders := from.Orders(Scan[Order]{
		Columns: []string{"o_orderkey", "o_custkey", "o_orderdate", "o_shippriority"},
		Days:    days(orderDate, firstDay, day-1),
	})
	lineItems := from.LineItem(Scan[LineItem]{
		Columns: []string{"l_orderkey", "l_extendedprice", "l_discount", "l_shipdate"},
		Days:    days(shipDate, day+1, lastDay),
	})
	building := customers.Filter(func(c Customer) bool { return c.MktSegment == "BUILDING" })
	placed := allOrders.Filter(func(o Order) bool { return o.OrderDate < day })
	unshipped := lineItems.Filter(func(l LineItem) bool { return l.ShipDate > day })

	ordered := batch.Project(placed, func(o Order) priorityOrdered {
		return priorityOrdered{o.CustKey, ShippingPriority{o.OrderKey, 0, o.OrderDate, o.ShipPriority}}
	})
	orders := batch.SemiJoin(ordered, batch.Project(building, keyOfCustomer), batch.On(priorityCustomer, itself))
	lines := batch.Join(orders, batch.Project(unshipped, lineOf), batch.On(priorityOrderedKey, lineOrderKey),
		func(o priorityOrdered, l Line) ShippingPriority {
			o.Revenue = l.Revenue
			return o.ShippingPriority
		})
	return batch.GroupBy(lines, priorityOrder).Aggregate(agg.Sum(priorityRevenue)).Top(10, mostUrgent)
}

// mostUrgent puts higher revenues first, then earlier orders.
func mostUrgent(a, b ShippingPriority) int {
	return cmp.Or(cmp.Compare(b.Revenue, a.Revenue), cmp.Compare(a.OrderDate, b.OrderDate), cmp.Compare(a.OrderKey, b.OrderKey))
}

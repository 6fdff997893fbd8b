package queries

import (
	"cmp"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// ShippingPriority is a row of the answer to query 3.
type ShippingPriority struct {
	OrderKey     int64           `csv:"l_orderkey"`
	Revenue      values.Decimal4 `csv:"revenue"`
	OrderDate    values.Date     `csv:"o_orderdate"`
	ShipPriority int64           `csv:"o_shippriority"`
}

// placedOrder is what query 3 reads of an order.
type placedOrder struct {
	purchase
	OrderDate    values.Date
	ShipPriority int64
}

// priorityOrdered is that with room for the answer.
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

	building := batch.Where(from.Customer(), where.Equal(segment, "BUILDING"))
	placed := batch.Where(from.Orders(), where.Below(orderDate, day))
	unshipped := batch.Where(from.LineItem(), where.Above(shipDate, day))

	ordered := batch.MapFields(placed, func(o placedOrder) priorityOrdered {
		return priorityOrdered{o.CustKey, ShippingPriority{o.OrderKey, 0, o.OrderDate, o.ShipPriority}}
	})
	orders := batch.SemiJoin(ordered, batch.MapFields(building, keyOfCustomer), batch.On(priorityCustomer, itself))
	lines := batch.Join(orders, batch.MapFields(unshipped, lineOf), batch.On(priorityOrderedKey, lineOrderKey),
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

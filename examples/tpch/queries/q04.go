package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// PriorityCount is a row of the answer to query 4.
type PriorityCount struct {
	OrderPriority string `csv:"o_orderpriority"`
	OrderCount    int64  `csv:"order_count"`
}

// priorityOf is what query 4 needs of an order.
type priorityOf struct {
	OrderKey int64
	PriorityCount
}

func priorityOfOrder(p *priorityOf) *int64   { return &p.OrderKey }
func orderPriority(p *PriorityCount) *string { return &p.OrderPriority }
func orderCount(p *PriorityCount) *int64     { return &p.OrderCount }

// Q4 is the order priority checking query: how many orders of a quarter had a line
// item that came too late, by priority.
func Q4(from Tables) *batch.DataSet[PriorityCount] {
	begin, end := values.Day(1993, 7, 1), values.Day(1993, 10, 1)

	orders := from.Orders()
	lineItems := from.LineItem()
	placed := batch.Where(orders, where.AtLeast(orderDate, begin), where.Below(orderDate, end))
	late := batch.FilterFields(lineItems, func(l struct{ CommitDate, ReceiptDate values.Date }) bool { return l.CommitDate < l.ReceiptDate })

	ordered := batch.MapFields(placed, func(o struct {
		OrderKey      int64
		OrderPriority string
	}) priorityOf {
		return priorityOf{o.OrderKey, PriorityCount{o.OrderPriority, 1}}
	})
	lateOrders := batch.MapFields(late, keyOfOrder)
	disappointing := batch.SemiJoin(ordered, lateOrders, batch.On(priorityOfOrder, itself), batch.HashFirst)
	priorities := batch.Project(disappointing, func(p priorityOf) PriorityCount { return p.PriorityCount })
	counts := batch.GroupBy(priorities, orderPriority).Aggregate(agg.Count(orderCount))
	return batch.Sort(counts, batch.Asc(orderPriority))
}

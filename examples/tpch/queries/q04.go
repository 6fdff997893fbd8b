package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
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

	orders := from.Orders(Scan[Order]{
		Columns: []string{"o_orderkey", "o_orderdate", "o_orderpriority"},
		Days:    days(orderDate, begin, end-1),
	})
	lineItems := from.LineItem(Scan[LineItem]{Columns: []string{"l_orderkey", "l_commitdate", "l_receiptdate"}})
	placed := orders.Filter(func(o Order) bool { return o.OrderDate >= begin && o.OrderDate < end })
	late := lineItems.Filter(func(l LineItem) bool { return l.CommitDate < l.ReceiptDate })

	ordered := batch.Project(placed, func(o Order) priorityOf { return priorityOf{o.OrderKey, PriorityCount{o.OrderPriority, 1}} })
	lateOrders := batch.Project(late, func(l LineItem) int64 { return l.OrderKey })
	disappointing := batch.SemiJoin(ordered, lateOrders, batch.On(priorityOfOrder, itself), batch.HashFirst)
	priorities := batch.Project(disappointing, func(p priorityOf) PriorityCount { return p.PriorityCount })
	counts := batch.GroupBy(priorities, orderPriority).Aggregate(agg.Count(orderCount))
	return batch.Sort(counts, batch.Asc(orderPriority))
}

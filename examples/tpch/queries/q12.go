package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// LateShipments is a row of the answer to query 12.
type LateShipments struct {
	ShipMode  string `csv:"l_shipmode"`
	HighLines int64  `csv:"high_line_count"`
	LowLines  int64  `csv:"low_line_count"`
}

func shipMode(s *LateShipments) *string { return &s.ShipMode }
func highLines(s *LateShipments) *int64 { return &s.HighLines }
func lowLines(s *LateShipments) *int64  { return &s.LowLines }

// shipment is what query 12 needs of a line item.
type shipment struct {
	OrderKey int64
	ShipMode string
}

// prioritized is what it needs of an order.
type prioritized struct {
	OrderKey int64
	High     bool
}

func prioritizedOrder(p *prioritized) *int64 { return &p.OrderKey }
func shipmentOrder(s *shipment) *int64       { return &s.OrderKey }

// Q12 is the shipping modes and order priority query: how many line items of urgent
// and of other orders came too late in a year although they were shipped in time,
// by two shipping modes.
func Q12(from Tables) *batch.DataSet[LateShipments] {
	begin, end := values.Day(1994, 1, 1), values.Day(1995, 1, 1)

	lineItems := from.LineItem()
	orders := from.Orders()
	received := batch.Where(lineItems, where.OneOf(lineShipMode, "MAIL", "SHIP"), where.AtLeast(receiptDate, begin), where.Below(receiptDate, end))
	late := batch.FilterFields(received, func(l struct{ ShipDate, CommitDate, ReceiptDate values.Date }) bool {
		return l.ShipDate < l.CommitDate && l.CommitDate < l.ReceiptDate
	})
	shipments := batch.Pick[shipment](late)

	priorities := batch.MapFields(orders, func(o struct {
		OrderKey      int64
		OrderPriority string
	}) prioritized {
		return prioritized{o.OrderKey, o.OrderPriority == "1-URGENT" || o.OrderPriority == "2-HIGH"}
	})

	lines := batch.Join(shipments, priorities, batch.On(shipmentOrder, prioritizedOrder),
		func(s shipment, p prioritized) LateShipments {
			if p.High {
				return LateShipments{s.ShipMode, 1, 0}
			}
			return LateShipments{s.ShipMode, 0, 1}
		})
	counts := batch.GroupBy(lines, shipMode).Aggregate(agg.Sum(highLines), agg.Sum(lowLines))
	return batch.Sort(counts, batch.Asc(shipMode))
}

package tpchgen

import "github.com/thalweg/thalweg/examples/tpch/values"

// Orders are placed until 151 days before the last day, so that everything has
// arrived by then. What has arrived or was shipped by today is known.
var (
	firstDay = values.Day(1992, 1, 1)
	today    = values.Day(1995, 6, 17)
	lastDay  = values.Day(1998, 12, 31)
)

// Order returns the nth order, from 1. Its status and total are those of its line
// items.
func (g *Generator) Order(n int64) Order {
	var lines [7]LineItem
	o, items := g.order(n, &lines)
	var total int64 // in millionths
	shipped := 0
	for i := range items {
		l := &items[i]
		total += int64(l.ExtendedPrice) * int64(100-l.Discount) * int64(100+l.Tax)
		if l.LineStatus == "F" {
			shipped++
		}
	}
	o.TotalPrice = values.Decimal2((total + 5_000) / 10_000)
	switch shipped {
	case 0:
		o.Status = "O"
	case len(items):
		o.Status = "F"
	default:
		o.Status = "P"
	}
	s := g.row(ofOrder, n)
	o.Priority = pick(&s, priorities)
	o.Clerk = numbered("Clerk#", s.between(1, max(1, g.suppliers/10)))
	o.Comment = s.text(19, 78)
	return o
}

// LineItems returns the line items of the nth order, from 1. They are in dst,
// which must have room for seven.
func (g *Generator) LineItems(n int64, dst *[7]LineItem) []LineItem {
	_, items := g.order(n, dst)
	s := g.row(ofComment, n)
	for i := range items {
		items[i].Comment = s.text(10, 43)
	}
	return items
}

// order draws what an order and its line items have to do with each other.
func (g *Generator) order(n int64, dst *[7]LineItem) (Order, []LineItem) {
	s := g.row(ofLineItem, n)
	o := Order{Key: OrderKey(n), CustKey: g.customerOf(&s)}
	o.Date = firstDay + values.Date(s.between(0, int64(lastDay-firstDay)-151))
	items := dst[:s.between(1, 7)]
	for i := range items {
		items[i] = g.lineItem(&s, &o, int64(i)+1)
	}
	return o, items
}

func (g *Generator) lineItem(s *stream, o *Order, number int64) LineItem {
	part, quantity := s.between(1, g.parts), s.between(1, 50)
	l := LineItem{
		OrderKey: o.Key, PartKey: part, SuppKey: g.supplierOf(part, s.between(0, 3)), LineNumber: number,
		Quantity:      values.Decimal2(100 * quantity),
		ExtendedPrice: values.Decimal2(quantity * retailPrice(part)),
		Discount:      values.Decimal2(s.between(0, 10)),
		Tax:           values.Decimal2(s.between(0, 8)),
		ReturnFlag:    "N", LineStatus: "F",
		ShipDate:     o.Date + values.Date(s.between(1, 121)),
		CommitDate:   o.Date + values.Date(s.between(30, 90)),
		ShipInstruct: pick(s, instructions), ShipMode: pick(s, modes),
	}
	l.ReceiptDate = l.ShipDate + values.Date(s.between(1, 30))
	if l.ReceiptDate <= today {
		l.ReturnFlag = pick(s, []string{"R", "A"})
	}
	if l.ShipDate > today {
		l.LineStatus = "O"
	}
	return l
}

package queries

import "github.com/thalweg/thalweg/examples/tpch/values"

// A join ships whole records, so they are made small before: these are what several
// queries need of an order or a line item.
type (
	// Line is what most queries need of a line item.
	Line struct {
		OrderKey int64
		Revenue  values.Decimal4
	}

	// delivery is a line item with who delivered it.
	delivery struct {
		OrderKey int64
		SuppKey  int64
		Revenue  values.Decimal4
	}

	// purchase is an order with who placed it.
	purchase struct {
		OrderKey int64
		CustKey  int64
	}

	// dated is that with the year.
	dated struct {
		purchase
		Year int64
	}

	// offerKey is the key of PARTSUPP.
	offerKey struct {
		PartKey int64
		SuppKey int64
	}
)

// priced is what line items are priced by.
type priced struct {
	ExtendedPrice values.Decimal2
	Discount      values.Decimal2
}

// soldLine is what most queries read of a line item.
type soldLine struct {
	OrderKey int64
	SuppKey  int64
	priced
}

func lineOf(l struct {
	OrderKey int64
	priced
}) Line {
	return Line{l.OrderKey, l.revenue()}
}

func datedOf(o struct {
	purchase
	OrderDate values.Date
}) dated {
	return dated{o.purchase, int64(o.OrderDate.Year())}
}

func deliveryOf(l soldLine) delivery { return delivery{l.OrderKey, l.SuppKey, l.revenue()} }

func lineOrderKey(l *Line) *int64         { return &l.OrderKey }
func deliveryOrder(d *delivery) *int64    { return &d.OrderKey }
func purchaseOrder(p *purchase) *int64    { return &p.OrderKey }
func purchaseCustomer(p *purchase) *int64 { return &p.CustKey }
func offerPart(o *offerKey) *int64        { return &o.PartKey }
func datedOrder(d *dated) *int64          { return &d.OrderKey }

// revenue is the price after the discount: l_extendedprice * (1 - l_discount).
func (p priced) revenue() values.Decimal4 {
	return values.Decimal4(p.ExtendedPrice) * values.Decimal4(100-p.Discount)
}

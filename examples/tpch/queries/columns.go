package queries

import "github.com/thalweg/thalweg/examples/tpch/values"

// Columns that rows are chosen by.
func segment(c *Customer) *string           { return &c.MktSegment }
func orderDate(o *Order) *values.Date       { return &o.OrderDate }
func shipDate(l *LineItem) *values.Date     { return &l.ShipDate }
func receiptDate(l *LineItem) *values.Date  { return &l.ReceiptDate }
func discount(l *LineItem) *values.Decimal2 { return &l.Discount }
func quantity(l *LineItem) *values.Decimal2 { return &l.Quantity }
func returnFlag(l *LineItem) *string        { return &l.ReturnFlag }
func lineShipMode(l *LineItem) *string      { return &l.ShipMode }
func nationName(n *Nation) *string          { return &n.Name }
func regionName(r *Region) *string          { return &r.Name }
func partType(p *Part) *string              { return &p.Type }
func brand(p *Part) *string                 { return &p.Brand }
func container(p *Part) *string             { return &p.Container }
func orderStatus(o *Order) *string          { return &o.OrderStatus }
func shipInstruct(l *LineItem) *string      { return &l.ShipInstruct }
func partSize(p *Part) *int64               { return &p.Size }
func partName(p *Part) *string              { return &p.Name }
func phone(c *Customer) *string             { return &c.Phone }
func balance(c *Customer) *values.Decimal2  { return &c.AcctBal }

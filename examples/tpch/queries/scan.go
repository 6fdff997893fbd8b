package queries

import (
	"math"

	"github.com/thalweg/thalweg/examples/tpch/values"
)

// Scan says what a query needs of a table: columns, by the names of the
// specification, and rows that satisfy all conditions. It is advice. Tables may hand
// out more rows, which the query filters, and more columns, which it does not look
// at; a column that is not asked for may have zeros.
type Scan[T any] struct {
	Columns []string
	Days    []Range[T, values.Date]
	Numbers []Range[T, values.Decimal2]
	Texts   []OneOf[T]
}

// Range is the rows whose column lies between two values, both included.
type Range[T, V any] struct {
	Column    func(*T) *V
	Low, High V
}

// OneOf is the rows whose column has one of the values.
type OneOf[T any] struct {
	Column func(*T) *string
	Values []string
}

// Ends of ranges that have none.
const (
	firstDay values.Date     = math.MinInt32
	lastDay  values.Date     = math.MaxInt32
	least    values.Decimal2 = math.MinInt64
	most     values.Decimal2 = math.MaxInt64
)

// days is the rows whose column is a day from first to last.
func days[T any](column func(*T) *values.Date, first, last values.Date) []Range[T, values.Date] {
	return []Range[T, values.Date]{{column, first, last}}
}

// texts is the rows whose column has one of the values.
func texts[T any](column func(*T) *string, values ...string) []OneOf[T] {
	return []OneOf[T]{{column, values}}
}

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
func balance(c *Customer) *values.Decimal2  { return &c.AcctBal }

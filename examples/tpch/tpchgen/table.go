package tpchgen

import (
	"strconv"

	"github.com/thalweg/thalweg/examples/tpch/values"
)

// Table is a table as text in dbgen's notation: a line for each row, a bar behind
// each column.
type Table struct {
	Name string

	// Units are what the table is made of, numbered from 0: rows, parts of four
	// rows or orders of several.
	Units int64

	// Append appends the rows of a unit to dst. Any number of goroutines may call
	// it.
	Append func(dst []byte, unit int64) []byte
}

// Tables returns all eight tables.
func (g *Generator) Tables() []Table {
	return []Table{
		{"region", Regions, func(dst []byte, i int64) []byte { return g.Region(i).append(dst) }},
		{"nation", Nations, func(dst []byte, i int64) []byte { return g.Nation(i).append(dst) }},
		{"supplier", g.suppliers, func(dst []byte, i int64) []byte { return g.Supplier(i + 1).append(dst) }},
		{"part", g.parts, func(dst []byte, i int64) []byte { return g.Part(i + 1).append(dst) }},
		{"partsupp", g.parts, func(dst []byte, i int64) []byte {
			for _, r := range g.PartSupps(i + 1) {
				dst = r.append(dst)
			}
			return dst
		}},
		{"customer", g.customers, func(dst []byte, i int64) []byte { return g.Customer(i + 1).append(dst) }},
		{"orders", g.orders, func(dst []byte, i int64) []byte { return g.Order(i + 1).append(dst) }},
		{"lineitem", g.orders, func(dst []byte, i int64) []byte {
			var lines [7]LineItem
			for _, r := range g.LineItems(i+1, &lines) {
				dst = r.append(dst)
			}
			return dst
		}},
	}
}

// line is a row on its way to text.
type line []byte

func (l line) number(n int64) line { return append(strconv.AppendInt(l, n, 10), '|') }

func (l line) text(texts ...string) line {
	for _, t := range texts {
		l = append(append(l, t...), '|')
	}
	return l
}

func (l line) decimal(d values.Decimal2) line {
	return append(values.AppendDecimal(l, int64(d), 2), '|')
}

func (l line) date(d values.Date) line { return append(values.AppendDate(l, d), '|') }

func (l line) end() []byte { return append(l, '\n') }

func (r Region) append(dst []byte) []byte {
	return line(dst).number(r.Key).text(r.Name, r.Comment).end()
}

func (r Nation) append(dst []byte) []byte {
	return line(dst).number(r.Key).text(r.Name).number(r.RegionKey).text(r.Comment).end()
}

func (r Supplier) append(dst []byte) []byte {
	return line(dst).number(r.Key).text(r.Name, r.Address).number(r.NationKey).text(r.Phone).decimal(r.AcctBal).text(r.Comment).end()
}

func (r Part) append(dst []byte) []byte {
	return line(dst).number(r.Key).text(r.Name, r.Mfgr, r.Brand, r.Type).number(r.Size).text(r.Container).
		decimal(r.RetailPrice).text(r.Comment).end()
}

func (r PartSupp) append(dst []byte) []byte {
	return line(dst).number(r.PartKey).number(r.SuppKey).number(r.AvailQty).decimal(r.SupplyCost).text(r.Comment).end()
}

func (r Customer) append(dst []byte) []byte {
	return line(dst).number(r.Key).text(r.Name, r.Address).number(r.NationKey).text(r.Phone).decimal(r.AcctBal).
		text(r.MktSegment, r.Comment).end()
}

func (r Order) append(dst []byte) []byte {
	return line(dst).number(r.Key).number(r.CustKey).text(r.Status).decimal(r.TotalPrice).date(r.Date).
		text(r.Priority, r.Clerk).number(r.ShipPriority).text(r.Comment).end()
}

func (r *LineItem) append(dst []byte) []byte {
	quantity := int64(r.Quantity) / 100 // dbgen writes no point here
	return line(dst).number(r.OrderKey).number(r.PartKey).number(r.SuppKey).number(r.LineNumber).number(quantity).
		decimal(r.ExtendedPrice).decimal(r.Discount).decimal(r.Tax).text(r.ReturnFlag, r.LineStatus).
		date(r.ShipDate).date(r.CommitDate).date(r.ReceiptDate).text(r.ShipInstruct, r.ShipMode, r.Comment).end()
}

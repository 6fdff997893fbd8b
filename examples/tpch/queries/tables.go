// Package queries holds seven of the queries of TPC-H, with the parameters that the
// specification validates answers with: 1, 3, 4, 6, 10, 12 and 14.
//
// Where the tables come from is not its business: see [Tables]. Money is exact:
// decimals are integers (package values), and products keep all their digits.
// Sums hold up to scale factor 80, where the charges of query 1 need 63 bits.
//
// See TPC Benchmark H, Standard Specification, Revision 3.0.1, clause 2.4.
package queries

import (
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// Tables opens the tables that a query reads. Each method is called at most once, and
// is told what the query needs.
type Tables interface {
	Customer(Scan[Customer]) *batch.DataSet[Customer]
	LineItem(Scan[LineItem]) *batch.DataSet[LineItem]
	Nation(Scan[Nation]) *batch.DataSet[Nation]
	Orders(Scan[Order]) *batch.DataSet[Order]
	Part(Scan[Part]) *batch.DataSet[Part]
}

// The columns that the queries use, by the names of the specification.
type (
	Customer struct {
		CustKey    int64           `csv:"c_custkey" parquet:"c_custkey"`
		Name       string          `csv:"c_name" parquet:"c_name"`
		Address    string          `csv:"c_address" parquet:"c_address"`
		NationKey  int64           `csv:"c_nationkey" parquet:"c_nationkey"`
		Phone      string          `csv:"c_phone" parquet:"c_phone"`
		AcctBal    values.Decimal2 `csv:"c_acctbal" parquet:"c_acctbal,scale=2"`
		MktSegment string          `csv:"c_mktsegment" parquet:"c_mktsegment"`
		Comment    string          `csv:"c_comment" parquet:"c_comment"`
	}

	LineItem struct {
		OrderKey      int64           `csv:"l_orderkey" parquet:"l_orderkey"`
		PartKey       int64           `csv:"l_partkey" parquet:"l_partkey"`
		Quantity      values.Decimal2 `csv:"l_quantity" parquet:"l_quantity,scale=2"`
		ExtendedPrice values.Decimal2 `csv:"l_extendedprice" parquet:"l_extendedprice,scale=2"`
		Discount      values.Decimal2 `csv:"l_discount" parquet:"l_discount,scale=2"`
		Tax           values.Decimal2 `csv:"l_tax" parquet:"l_tax,scale=2"`
		ReturnFlag    string          `csv:"l_returnflag" parquet:"l_returnflag"`
		LineStatus    string          `csv:"l_linestatus" parquet:"l_linestatus"`
		ShipDate      values.Date     `csv:"l_shipdate" parquet:"l_shipdate,date"`
		CommitDate    values.Date     `csv:"l_commitdate" parquet:"l_commitdate,date"`
		ReceiptDate   values.Date     `csv:"l_receiptdate" parquet:"l_receiptdate,date"`
		ShipMode      string          `csv:"l_shipmode" parquet:"l_shipmode"`
	}

	Nation struct {
		NationKey int64  `csv:"n_nationkey" parquet:"n_nationkey"`
		Name      string `csv:"n_name" parquet:"n_name"`
	}

	Order struct {
		OrderKey      int64       `csv:"o_orderkey" parquet:"o_orderkey"`
		CustKey       int64       `csv:"o_custkey" parquet:"o_custkey"`
		OrderDate     values.Date `csv:"o_orderdate" parquet:"o_orderdate,date"`
		OrderPriority string      `csv:"o_orderpriority" parquet:"o_orderpriority"`
		ShipPriority  int64       `csv:"o_shippriority" parquet:"o_shippriority"`
	}

	Part struct {
		PartKey int64  `csv:"p_partkey" parquet:"p_partkey"`
		Type    string `csv:"p_type" parquet:"p_type"`
	}
)

// Keys that several queries join by.
func nationKey(n *Nation) *int64   { return &n.NationKey }
func partKey(p *Part) *int64       { return &p.PartKey }
func orderKey(o *Order) *int64     { return &o.OrderKey }
func orderCustKey(o *Order) *int64 { return &o.CustKey }
func lineOrderKey(l *Line) *int64  { return &l.OrderKey }
func itself(key *int64) *int64     { return key }

// Line is what most queries need of a line item. A join ships whole records, so
// they are made small before; and it makes a table of the first side, so that is
// the one with fewer.
type Line struct {
	OrderKey int64
	Revenue  values.Decimal4
}

func lineOf(l LineItem) Line { return Line{l.OrderKey, l.revenue()} }

// revenue is the price after the discount: l_extendedprice * (1 - l_discount).
func (l *LineItem) revenue() values.Decimal4 {
	return values.Decimal4(l.ExtendedPrice) * values.Decimal4(100-l.Discount)
}

// charge is the revenue with tax.
func (l *LineItem) charge() values.Decimal6 {
	return values.Decimal6(l.revenue()) * values.Decimal6(100+l.Tax)
}

// Package queries holds the 22 queries of TPC-H, with the parameters that the
// specification validates answers with.
//
// Where the tables come from is not its business: see [Tables]. Money is exact:
// decimals are integers (package values), and products keep all their digits; where a
// query compares with an average or a part of a sum, both sides are multiplied
// instead. Sums hold up to scale factor 80, where the charges of query 1 need 63 bits;
// what the others add up and multiply needs less.
//
// Where a query leaves the order of rows open, further columns decide, so that there
// is one answer. SQL makes a row with a null of the sum of no rows; queries 6, 14, 17
// and 19 make no row.
//
// See TPC Benchmark H, Standard Specification, Revision 3.0.1, clause 2.4.
package queries

import (
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// Tables opens the tables that a query reads. Each method is called at most once. Which
// rows and columns a query needs, it says right behind: a source that can leave out the
// others is told so by the engine.
type Tables interface {
	Customer() *batch.DataSet[Customer]
	LineItem() *batch.DataSet[LineItem]
	Nation() *batch.DataSet[Nation]
	Orders() *batch.DataSet[Order]
	Part() *batch.DataSet[Part]
	PartSupp() *batch.DataSet[PartSupp]
	Region() *batch.DataSet[Region]
	Supplier() *batch.DataSet[Supplier]
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
		SuppKey       int64           `csv:"l_suppkey" parquet:"l_suppkey"`
		Quantity      values.Decimal2 `csv:"l_quantity" parquet:"l_quantity,scale=2"`
		ExtendedPrice values.Decimal2 `csv:"l_extendedprice" parquet:"l_extendedprice,scale=2"`
		Discount      values.Decimal2 `csv:"l_discount" parquet:"l_discount,scale=2"`
		Tax           values.Decimal2 `csv:"l_tax" parquet:"l_tax,scale=2"`
		ReturnFlag    string          `csv:"l_returnflag" parquet:"l_returnflag"`
		LineStatus    string          `csv:"l_linestatus" parquet:"l_linestatus"`
		ShipDate      values.Date     `csv:"l_shipdate" parquet:"l_shipdate,date"`
		CommitDate    values.Date     `csv:"l_commitdate" parquet:"l_commitdate,date"`
		ReceiptDate   values.Date     `csv:"l_receiptdate" parquet:"l_receiptdate,date"`
		ShipInstruct  string          `csv:"l_shipinstruct" parquet:"l_shipinstruct"`
		ShipMode      string          `csv:"l_shipmode" parquet:"l_shipmode"`
	}

	Nation struct {
		NationKey int64  `csv:"n_nationkey" parquet:"n_nationkey"`
		Name      string `csv:"n_name" parquet:"n_name"`
		RegionKey int64  `csv:"n_regionkey" parquet:"n_regionkey"`
	}

	Order struct {
		OrderKey      int64           `csv:"o_orderkey" parquet:"o_orderkey"`
		CustKey       int64           `csv:"o_custkey" parquet:"o_custkey"`
		OrderStatus   string          `csv:"o_orderstatus" parquet:"o_orderstatus"`
		TotalPrice    values.Decimal2 `csv:"o_totalprice" parquet:"o_totalprice,scale=2"`
		OrderDate     values.Date     `csv:"o_orderdate" parquet:"o_orderdate,date"`
		OrderPriority string          `csv:"o_orderpriority" parquet:"o_orderpriority"`
		ShipPriority  int64           `csv:"o_shippriority" parquet:"o_shippriority"`
		Comment       string          `csv:"o_comment" parquet:"o_comment"`
	}

	Part struct {
		PartKey   int64  `csv:"p_partkey" parquet:"p_partkey"`
		Name      string `csv:"p_name" parquet:"p_name"`
		Mfgr      string `csv:"p_mfgr" parquet:"p_mfgr"`
		Brand     string `csv:"p_brand" parquet:"p_brand"`
		Type      string `csv:"p_type" parquet:"p_type"`
		Size      int64  `csv:"p_size" parquet:"p_size"`
		Container string `csv:"p_container" parquet:"p_container"`
	}

	PartSupp struct {
		PartKey    int64           `csv:"ps_partkey" parquet:"ps_partkey"`
		SuppKey    int64           `csv:"ps_suppkey" parquet:"ps_suppkey"`
		AvailQty   int64           `csv:"ps_availqty" parquet:"ps_availqty"`
		SupplyCost values.Decimal2 `csv:"ps_supplycost" parquet:"ps_supplycost,scale=2"`
	}

	Region struct {
		RegionKey int64  `csv:"r_regionkey" parquet:"r_regionkey"`
		Name      string `csv:"r_name" parquet:"r_name"`
	}

	Supplier struct {
		SuppKey   int64           `csv:"s_suppkey" parquet:"s_suppkey"`
		Name      string          `csv:"s_name" parquet:"s_name"`
		Address   string          `csv:"s_address" parquet:"s_address"`
		NationKey int64           `csv:"s_nationkey" parquet:"s_nationkey"`
		Phone     string          `csv:"s_phone" parquet:"s_phone"`
		AcctBal   values.Decimal2 `csv:"s_acctbal" parquet:"s_acctbal,scale=2"`
		Comment   string          `csv:"s_comment" parquet:"s_comment"`
	}
)

// Keys that several queries join by.
func nationKey(n *Nation) *int64           { return &n.NationKey }
func supplierKey(s *Supplier) *int64       { return &s.SuppKey }
func supplierNationKey(s *Supplier) *int64 { return &s.NationKey }
func nationRegionKey(n *Nation) *int64     { return &n.RegionKey }
func regionKey(r *Region) *int64           { return &r.RegionKey }
func itself(key *int64) *int64             { return key }

// Keys that are all that is needed of a row.
func keyOfPart(p struct{ PartKey int64 }) int64     { return p.PartKey }
func keyOfOrder(o struct{ OrderKey int64 }) int64   { return o.OrderKey }
func keyOfCustomer(c struct{ CustKey int64 }) int64 { return c.CustKey }
func keyOfSupplier(s struct{ SuppKey int64 }) int64 { return s.SuppKey }

package program

import (
	"os"
	"path/filepath"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/examples/tpch/queries"
)

// Text opens the tables in a directory with a text file for each: as customer.tbl in
// the notation of dbgen or customer.csv with a header, compressed or not. All
// processes of a job must see the same files.
func Text(env *thalweg.Environment, dir string) queries.Tables { return text{env, dir} }

// text implements queries.Tables.
type text struct {
	env *thalweg.Environment
	dir string
}

func (t text) Customer() *batch.DataSet[queries.Customer] {
	return ReadText[queries.Customer](t.env, t.dir, "customer")
}

func (t text) LineItem() *batch.DataSet[queries.LineItem] {
	return ReadText[queries.LineItem](t.env, t.dir, "lineitem")
}

func (t text) Nation() *batch.DataSet[queries.Nation] {
	return ReadText[queries.Nation](t.env, t.dir, "nation")
}

func (t text) Orders() *batch.DataSet[queries.Order] {
	return ReadText[queries.Order](t.env, t.dir, "orders")
}

func (t text) Part() *batch.DataSet[queries.Part] {
	return ReadText[queries.Part](t.env, t.dir, "part")
}

func (t text) PartSupp() *batch.DataSet[queries.PartSupp] {
	return ReadText[queries.PartSupp](t.env, t.dir, "partsupp")
}

func (t text) Region() *batch.DataSet[queries.Region] {
	return ReadText[queries.Region](t.env, t.dir, "region")
}

func (t text) Supplier() *batch.DataSet[queries.Supplier] {
	return ReadText[queries.Supplier](t.env, t.dir, "supplier")
}

// columns are those that .tbl files have, in order.
var columns = map[string][]string{
	"customer": {"c_custkey", "c_name", "c_address", "c_nationkey", "c_phone", "c_acctbal", "c_mktsegment", "c_comment"},
	"lineitem": {
		"l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_extendedprice", "l_discount", "l_tax",
		"l_returnflag", "l_linestatus", "l_shipdate", "l_commitdate", "l_receiptdate", "l_shipinstruct", "l_shipmode", "l_comment",
	},
	"nation": {"n_nationkey", "n_name", "n_regionkey", "n_comment"},
	"orders": {
		"o_orderkey", "o_custkey", "o_orderstatus", "o_totalprice", "o_orderdate", "o_orderpriority", "o_clerk",
		"o_shippriority", "o_comment",
	},
	"part": {
		"p_partkey", "p_name", "p_mfgr", "p_brand", "p_type", "p_size", "p_container", "p_retailprice", "p_comment",
	},
	"partsupp": {"ps_partkey", "ps_suppkey", "ps_availqty", "ps_supplycost", "ps_comment"},
	"region":   {"r_regionkey", "r_name", "r_comment"},
	"supplier": {"s_suppkey", "s_name", "s_address", "s_nationkey", "s_phone", "s_acctbal", "s_comment"},
}

// ReadText reads a table, whichever way it is in the directory, into structs whose
// fields name their columns for package csv. A line that is no row fails the job: an
// answer without it would be wrong.
func ReadText[T any](env *thalweg.Environment, dir, table string) *batch.DataSet[T] {
	path := filepath.Join(dir, table+".tbl") // the engine says so if it does not exist
	options := []csv.Option{csv.Columns(columns[table]...), csv.Delimiter('|'), csv.TrailingDelimiter(), csv.NoQuotes()}
	if found := find(dir, table+".tbl"); found != "" {
		path = found
	} else if found := find(dir, table+".csv"); found != "" {
		path, options = found, []csv.Option{csv.Header()}
	}
	return batch.Read(env, csv.Read[T](path, options...), batch.Budget(0)).Named(table)
}

// HasText reports whether a directory has a text file of the table.
func HasText(dir, table string) bool {
	return find(dir, table+".tbl") != "" || find(dir, table+".csv") != ""
}

// find returns a file by its name, compressed or not, or nothing.
func find(dir, name string) string {
	for _, packed := range []string{"", ".gz", ".zst", ".bz2"} {
		path := filepath.Join(dir, name+packed)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

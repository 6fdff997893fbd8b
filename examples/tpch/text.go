package main

import (
	"os"
	"path/filepath"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/examples/tpch/queries"
)

// text is a directory with the tables as text files. All processes of a job must
// see the same files.
type text struct {
	env *thalweg.Environment
	dir string
}

func (t text) Customer() *batch.DataSet[queries.Customer] {
	return read[queries.Customer](t, "customer")
}
func (t text) LineItem() *batch.DataSet[queries.LineItem] {
	return read[queries.LineItem](t, "lineitem")
}
func (t text) Nation() *batch.DataSet[queries.Nation] { return read[queries.Nation](t, "nation") }
func (t text) Orders() *batch.DataSet[queries.Order]  { return read[queries.Order](t, "orders") }
func (t text) Part() *batch.DataSet[queries.Part]     { return read[queries.Part](t, "part") }

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
}

// read reads a table, whichever way it is there; the header of a CSV file names
// its columns. A line that is no row fails the job: an answer without it would be
// wrong.
func read[T any](t text, table string) *batch.DataSet[T] {
	path := filepath.Join(t.dir, table+".tbl") // the engine says so if it does not exist
	options := []csv.Option{csv.Columns(columns[table]...), csv.Delimiter('|'), csv.TrailingDelimiter(), csv.NoQuotes()}
	if found := t.find(table + ".tbl"); found != "" {
		path = found
	} else if found := t.find(table + ".csv"); found != "" {
		path, options = found, []csv.Option{csv.Header()}
	}
	return batch.Read(t.env, csv.Read[T](path, options...), batch.Budget(0)).Named(table)
}

// find returns a file by its name, compressed or not, or nothing.
func (t text) find(name string) string {
	for _, packed := range []string{"", ".gz", ".zst", ".bz2"} {
		path := filepath.Join(t.dir, name+packed)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

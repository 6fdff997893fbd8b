package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	library "github.com/parquet-go/parquet-go"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/exampletest"
	"github.com/thalweg/thalweg/examples/tpch/tpchtest"
)

var kit = tpchtest.Kit{Program: exampletest.Program{Name: "tpch over Parquet", Build: build}, Root: "../../../.."}

func TestMain(m *testing.M) { kit.Main(m) }

// everywhere are ways to run a query: in one subtask and several, with memory for all
// and for little, in one process and in three.
func everywhere() (ways [][]thalweg.Option) {
	for _, parallelism := range []int{1, 7} {
		for _, processes := range []int{1, 3} {
			way := []thalweg.Option{thalweg.WithParallelism(parallelism), thalweg.WithProcesses(processes)}
			ways = append(ways, way, append(way[:2:2], thalweg.WithMemory(64<<20)))
		}
	}
	return ways
}

// converted makes Parquet files of tables as text.
func converted(t *testing.T, data string, options ...thalweg.Option) string {
	t.Helper()
	return kit.Run(t, map[string]string{"convert": "true", "data": data}, options...)
}

// generated makes Parquet files of the tables that the generator makes.
func generated(t *testing.T, options ...thalweg.Option) string {
	t.Helper()
	dir := t.TempDir()
	tpchtest.Save(t, dir, tpchtest.Text)
	return converted(t, dir, options...)
}

func TestAnswersOverParquetAreThoseOfDuckDB(t *testing.T) {
	data := generated(t, thalweg.WithParallelism(3))
	ways := everywhere()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, query := range tpchtest.Queries {
		for range 2 {
			i := r.IntN(len(ways))
			t.Run(fmt.Sprintf("query %d, way %d", query, i), func(t *testing.T) {
				tpchtest.Compare(t, query, kit.Answer(t, query, data, ways[i]...), kit.Golden(tpchtest.Generated))
			})
		}
	}
}

func TestAnswersOnConvertedDataOfDbgenAreThoseOfDuckDB(t *testing.T) {
	for _, scale := range []string{"sf-0.001", "sf-0.01"} {
		data := converted(t, kit.Dbgen(t, scale))
		for _, query := range tpchtest.Queries {
			tpchtest.Compare(t, query, kit.Answer(t, query, data, thalweg.WithParallelism(7)), kit.Golden(scale))
		}
	}
}

// The tables lie in files and, of the line items, in a directory; all columns are
// optional, as DuckDB writes them.
func TestFilesOfDuckDBAreAnswered(t *testing.T) {
	const data = "testdata/duckdb"
	ways := everywhere()
	for _, query := range tpchtest.Queries {
		for _, way := range [][]thalweg.Option{ways[0], ways[len(ways)-1]} {
			tpchtest.Compare(t, query, kit.Answer(t, query, data, way...), data)
		}
	}
}

func TestTablesAreConvertedInSeveralProcesses(t *testing.T) {
	data := generated(t, thalweg.WithParallelism(5), thalweg.WithProcesses(3), thalweg.WithMemory(64<<20))
	for _, query := range tpchtest.Queries {
		tpchtest.Compare(t, query, kit.Answer(t, query, data), kit.Golden(tpchtest.Generated))
	}
}

// All columns of all tables are there, with the types that other engines expect.
func TestConvertedTablesHaveTheColumnsOfTheSpecification(t *testing.T) {
	data := generated(t)
	for table, want := range map[string]string{
		"region":   "r_regionkey INT(64,true), r_name STRING, r_comment STRING",
		"nation":   "n_nationkey INT(64,true), n_name STRING, n_regionkey INT(64,true), n_comment STRING",
		"partsupp": "ps_partkey INT(64,true), ps_suppkey INT(64,true), ps_availqty INT(64,true), ps_supplycost DECIMAL(18,2), ps_comment STRING",
		"orders": "o_orderkey INT(64,true), o_custkey INT(64,true), o_orderstatus STRING, o_totalprice DECIMAL(18,2), o_orderdate DATE, " +
			"o_orderpriority STRING, o_clerk STRING, o_shippriority INT(64,true), o_comment STRING",
		"supplier": "s_suppkey INT(64,true), s_name STRING, s_address STRING, s_nationkey INT(64,true), s_phone STRING, s_acctbal DECIMAL(18,2), s_comment STRING",
		"customer": "c_custkey INT(64,true), c_name STRING, c_address STRING, c_nationkey INT(64,true), c_phone STRING, c_acctbal DECIMAL(18,2), " +
			"c_mktsegment STRING, c_comment STRING",
		"part": "p_partkey INT(64,true), p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, p_size INT(64,true), p_container STRING, " +
			"p_retailprice DECIMAL(18,2), p_comment STRING",
		"lineitem": "l_orderkey INT(64,true), l_partkey INT(64,true), l_suppkey INT(64,true), l_linenumber INT(64,true), " +
			"l_quantity DECIMAL(18,2), l_extendedprice DECIMAL(18,2), l_discount DECIMAL(18,2), l_tax DECIMAL(18,2), " +
			"l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, " +
			"l_shipinstruct STRING, l_shipmode STRING, l_comment STRING",
	} {
		f, err := os.Open(filepath.Join(data, table, "part-00000.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		file, err := library.OpenFile(f, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		var columns []string
		for _, c := range file.Root().Columns() {
			columns = append(columns, c.Name()+" "+c.Type().String())
		}
		if got := strings.Join(columns, ", "); got != want {
			t.Errorf("%s has %s, not %s", table, got, want)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		err  error
		want string
	}{
		{kit.Try(t, "", map[string]string{"query": "6", "data": empty}), filepath.Join(empty, "lineitem.parquet")},
		{kit.Try(t, "", map[string]string{"query": "23", "data": "testdata/duckdb"}), "query 23 is not"},
		{kit.Try(t, "", map[string]string{"convert": "true", "data": empty}), "needs --data and --output"},
		{kit.Try(t, filepath.Join(empty, "out"), map[string]string{"convert": "true", "data": empty}), "has no table like customer.tbl"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got %v, want %s", c.err, c.want)
		}
	}
}

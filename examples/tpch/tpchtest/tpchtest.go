// Package tpchtest holds what the tests of programs for the queries of TPC-H share:
// tables, and answers to compare with. Floor 9. For tests.
package tpchtest

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/exampletest"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

// Queries are the numbers of all queries that there are.
var Queries = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}

// Generated is the name of the answers on the tables that programs make themselves,
// and [Save] saves.
const Generated = "generated-0.01"

// Kit runs a program for the queries and looks at its answers.
type Kit struct {
	exampletest.Program
	Root string // the folder of the root module, from that of the tests
}

// Answer runs a query, on the tables in a directory or on those that the program
// makes, and returns the file that it writes, row by row.
func (k Kit) Answer(t *testing.T, query int, data string, options ...thalweg.Option) [][]string {
	t.Helper()
	arguments := map[string]string{"query": strconv.Itoa(query), "data": data}
	return rows(t, k.Run(t, arguments, options...))
}

func rows(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Golden returns the directory with the answers of a name.
func (k Kit) Golden(name string) string {
	return filepath.Join(k.Root, "examples/tpch/testdata", name)
}

// Compare compares an answer with that of DuckDB in a directory, digit by digit; of
// floats the last digits may differ.
func Compare(t *testing.T, query int, got [][]string, golden string) {
	t.Helper()
	want := rows(t, filepath.Join(golden, fmt.Sprintf("q%02d.csv", query)))
	if len(got) != len(want) {
		t.Fatalf("query %d has %d rows, not %d: %v", query, len(got)-1, len(want)-1, got)
	}
	for i := range want {
		for j, column := range want[0] {
			isFloat := strings.HasPrefix(column, "avg_") || column == "promo_revenue" || column == "mkt_share"
			if got[i][j] != want[i][j] && !(i > 0 && isFloat && near(got[i][j], want[i][j])) {
				t.Errorf("query %d, row %d: %s is %s, not %s", query, i, column, got[i][j], want[i][j])
			}
		}
	}
}

func near(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Abs(x-y) <= 1e-14*math.Abs(y)
}

// Dbgen returns the directory with tables of dbgen of a scale factor, whose answers
// have the same name. The test is skipped where they are not there: they lie beside
// the root module, not in it.
func (k Kit) Dbgen(t *testing.T, scale string) string {
	t.Helper()
	data := filepath.Join(k.Root, "../shared/data/tpch", scale)
	if _, err := os.Stat(data); err != nil {
		t.Skipf("no data of dbgen: %v", err)
	}
	return data
}

// Save makes the tables of [Generated] and has put save the text of each, in the
// notation of dbgen, as a file in the directory.
func Save(t *testing.T, dir string, put func(t *testing.T, dir, table string, text []byte)) {
	t.Helper()
	for _, table := range tpchgen.New(0.01, 1).Tables() {
		var text []byte
		for unit := range table.Units {
			text = table.Append(text, unit)
		}
		put(t, dir, table.Name, text)
	}
}

// Text saves a table as it is.
func Text(t *testing.T, dir, table string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, table+".tbl"), text, 0o666); err != nil {
		t.Fatal(err)
	}
}

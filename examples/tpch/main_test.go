package main

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

func TestMain(m *testing.M) {
	thalweg.Serve("tpch", build)
	os.Exit(m.Run())
}

var all = []int{1, 3, 4, 6, 10, 12, 14}

// answer runs a query and returns the file that it writes, row by row.
func answer(t *testing.T, query int, data string, options ...thalweg.Option) [][]string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "answer.csv")
	options = append(options, thalweg.WithName("tpch"), thalweg.WithArgument("query", strconv.Itoa(query)),
		thalweg.WithArgument("data", data), thalweg.WithArgument("output", output))
	if _, err := thalweg.Run(t.Context(), build, options...); err != nil {
		t.Fatalf("query %d: %v", query, err)
	}
	if names, err := os.ReadDir(filepath.Dir(output)); err != nil || len(names) != 1 {
		t.Errorf("query %d leaves %v (%v)", query, names, err)
	}
	return rows(t, output)
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

// compare compares an answer with DuckDB's, digit by digit; of floats the last
// digits may differ.
func compare(t *testing.T, query int, got [][]string, golden string) {
	t.Helper()
	want := rows(t, filepath.Join("testdata", golden, fmt.Sprintf("q%02d.csv", query)))
	if len(got) != len(want) {
		t.Fatalf("query %d has %d rows, not %d: %v", query, len(got)-1, len(want)-1, got)
	}
	for i := range want {
		for j, column := range want[0] {
			isFloat := strings.HasPrefix(column, "avg_") || column == "promo_revenue"
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

// shared is where the data of dbgen lies beside this module.
const shared = "../../../shared/data/tpch"

func TestAnswersOnDataOfDbgenAreThoseOfDuckDB(t *testing.T) {
	for _, scale := range []string{"sf-0.001", "sf-0.01"} {
		data := filepath.Join(shared, scale)
		if _, err := os.Stat(data); err != nil {
			t.Skipf("no data of dbgen: %v", err)
		}
		for _, query := range all {
			compare(t, query, answer(t, query, data), scale)
		}
	}
}

func TestAnswersOnGeneratedDataAreThoseOfDuckDB(t *testing.T) {
	for _, query := range all {
		for _, options := range [][]thalweg.Option{
			{thalweg.WithParallelism(1)},
			{thalweg.WithParallelism(5)},
			{thalweg.WithProcesses(2), thalweg.WithParallelism(3)},
		} {
			compare(t, query, answer(t, query, "", options...), "generated-0.01")
		}
	}
}

func TestTablesAreReadInEveryForm(t *testing.T) {
	for form, put := range map[string]func(t *testing.T, base string, text []byte){
		"tbl":        putText,
		"compressed": putCompressed,
		"csv":        putCSV,
	} {
		dir := t.TempDir()
		for _, table := range tpchgen.New(0.01, 1).Tables() {
			var text []byte
			for unit := range table.Units {
				text = table.Append(text, unit)
			}
			put(t, filepath.Join(dir, table.Name), text)
		}
		for _, query := range all {
			t.Run(fmt.Sprint(form, query), func(t *testing.T) { compare(t, query, answer(t, query, dir), "generated-0.01") })
		}
	}
}

func putText(t *testing.T, base string, text []byte) {
	if err := os.WriteFile(base+".tbl", text, 0o666); err != nil {
		t.Fatal(err)
	}
}

func putCompressed(t *testing.T, base string, text []byte) {
	f, err := os.Create(base + ".tbl.gz")
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(f)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// putCSV writes the columns backwards: only their names say which is which.
func putCSV(t *testing.T, base string, text []byte) {
	table := filepath.Base(base)
	f, err := os.Create(base + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	header := slices.Clone(columns[table])
	if len(header) == 0 {
		header = strings.Split(strings.SplitN(string(text), "|\n", 2)[0], "|") // of a table that is not read
	}
	slices.Reverse(header)
	_ = w.Write(header)
	for l := range strings.Lines(string(text)) {
		row := strings.Split(strings.TrimSuffix(l, "|\n"), "|")
		slices.Reverse(row)
		_ = w.Write(row)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeAnsweredIsRefused(t *testing.T) {
	broken := t.TempDir()
	putText(t, filepath.Join(broken, "lineitem"), []byte("1|2|3|\n"))
	for want, arguments := range map[string][2]string{
		"query 2 is not":                    {"2", ""},
		"3 fields where there are 16":       {"6", broken},
		filepath.Join(broken, "orders.tbl"): {"12", broken},
	} {
		_, err := thalweg.Run(t.Context(), build, thalweg.WithArgument("query", arguments[0]), thalweg.WithArgument("data", arguments[1]))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("query %s of %q: %v, want %s", arguments[0], arguments[1], err, want)
		}
	}
}

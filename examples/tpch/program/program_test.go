package program

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/exampletest"
	"github.com/thalweg/thalweg/examples/tpch/tpchtest"
)

var kit = tpchtest.Kit{Program: exampletest.Program{Name: "tpch", Build: build}, Root: "../../.."}

func build(env *thalweg.Environment) error { return Declare(env).Answer(Text) }

func TestMain(m *testing.M) { kit.Main(m) }

func TestAnswersOnDataOfDbgenAreThoseOfDuckDB(t *testing.T) {
	for _, scale := range []string{"sf-0.001", "sf-0.01"} {
		data := kit.Dbgen(t, scale)
		for _, query := range tpchtest.Queries {
			tpchtest.Compare(t, query, kit.Answer(t, query, data), kit.Golden(scale))
		}
	}
}

func TestAnswersOnGeneratedDataAreThoseOfDuckDB(t *testing.T) {
	for _, query := range tpchtest.Queries {
		for _, options := range exampletest.Everywhere {
			tpchtest.Compare(t, query, kit.Answer(t, query, "", options...), kit.Golden(tpchtest.Generated))
		}
	}
}

func TestTablesAreReadInEveryForm(t *testing.T) {
	for form, put := range map[string]func(t *testing.T, dir, table string, text []byte){
		"tbl":        tpchtest.Text,
		"compressed": putCompressed,
		"csv":        putCSV,
	} {
		dir := t.TempDir()
		tpchtest.Save(t, dir, put)
		for _, query := range tpchtest.Queries {
			t.Run(fmt.Sprint(form, query), func(t *testing.T) {
				tpchtest.Compare(t, query, kit.Answer(t, query, dir), kit.Golden(tpchtest.Generated))
			})
		}
	}
}

func putCompressed(t *testing.T, dir, table string, text []byte) {
	f, err := os.Create(filepath.Join(dir, table+".tbl.gz"))
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
func putCSV(t *testing.T, dir, table string, text []byte) {
	f, err := os.Create(filepath.Join(dir, table+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	header := slices.Clone(columns[table])
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
	tpchtest.Text(t, broken, "lineitem", []byte("1|2|3|\n"))
	for want, arguments := range map[string][2]string{
		"query 2 is not":                    {"2", ""},
		"3 fields where there are 16":       {"6", broken},
		filepath.Join(broken, "orders.tbl"): {"12", broken},
	} {
		err := kit.Try(t, "", map[string]string{"query": arguments[0], "data": arguments[1]})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("query %s of %q: %v, want %s", arguments[0], arguments[1], err, want)
		}
	}
}

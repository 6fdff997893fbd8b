package program

import (
	"compress/gzip"
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/exampletest"
	"github.com/thalweg/thalweg/examples/tpch/tpchtest"
)

var kit = tpchtest.Kit{Program: exampletest.Program{Name: "tpch", Build: build}, Root: "../../.."}

func build(env *thalweg.Environment) error { return Declare(env).Answer(Text) }

func TestMain(m *testing.M) { kit.Main(m) }

// draw returns a source of draws, whose seed it prints.
func draw(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// anyWay draws a way to run a query.
func anyWay(r *rand.Rand) []thalweg.Option {
	way := []thalweg.Option{thalweg.WithParallelism(1 + r.IntN(7)), thalweg.WithProcesses(1 + r.IntN(3))}
	if r.IntN(2) == 0 {
		way = append(way, thalweg.WithMemory(64<<20))
	}
	return way
}

func TestAnswersOnDataOfDbgenAreThoseOfDuckDB(t *testing.T) {
	r := draw(t)
	tiny, small := kit.Dbgen(t, "sf-0.001"), kit.Dbgen(t, "sf-0.01")
	for _, query := range tpchtest.Queries {
		tpchtest.Compare(t, query, kit.Answer(t, query, tiny, anyWay(r)...), kit.Golden("sf-0.001"))
		if r.IntN(3) == 0 {
			tpchtest.Compare(t, query, kit.Answer(t, query, small), kit.Golden("sf-0.01"))
		}
	}
}

func TestAnswersOnGeneratedDataAreThoseOfDuckDB(t *testing.T) {
	r := draw(t)
	for _, query := range tpchtest.Queries {
		tpchtest.Compare(t, query, kit.Answer(t, query, "", anyWay(r)...), kit.Golden(tpchtest.Generated))
	}
	for range 3 {
		query := 1 + r.IntN(len(tpchtest.Queries))
		for _, options := range exampletest.Everywhere {
			tpchtest.Compare(t, query, kit.Answer(t, query, "", options...), kit.Golden(tpchtest.Generated))
		}
	}
}

// These queries read all tables together.
func TestTablesAreReadInEveryForm(t *testing.T) {
	for _, put := range []func(t *testing.T, dir, table string, text []byte){tpchtest.Text, putCompressed, putCSV} {
		dir := t.TempDir()
		tpchtest.Save(t, dir, put)
		for _, query := range []int{2, 10, 21} {
			tpchtest.Compare(t, query, kit.Answer(t, query, dir), kit.Golden(tpchtest.Generated))
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
		"query 23 is not":                   {"23", ""},
		"3 fields where there are 16":       {"6", broken},
		filepath.Join(broken, "orders.tbl"): {"12", broken},
	} {
		err := kit.Try(t, "", map[string]string{"query": arguments[0], "data": arguments[1]})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("query %s of %q: %v, want %s", arguments[0], arguments[1], err, want)
		}
	}
}

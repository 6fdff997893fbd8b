package survey_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/survey"
)

// BenchmarkTables surveys the eight tables of TPC-H as files of text, with a filter and a
// key behind each.
func BenchmarkTables(b *testing.B) {
	dir := b.TempDir()
	for _, table := range tpchgen.New(0.02, 1).Tables() {
		var text []byte
		for i := range table.Units {
			text = table.Append(text, i)
		}
		if err := os.WriteFile(filepath.Join(dir, table.Name), text, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	g := graphOf(b, func(env *thalweg.Environment) {
		readTable(env, dir, "region", func(r *tpchgen.Region) *int64 { return &r.Key })
		readTable(env, dir, "nation", func(r *tpchgen.Nation) *int64 { return &r.Key })
		readTable(env, dir, "supplier", func(r *tpchgen.Supplier) *int64 { return &r.Key })
		readTable(env, dir, "part", func(r *tpchgen.Part) *int64 { return &r.Key })
		readTable(env, dir, "partsupp", func(r *tpchgen.PartSupp) *int64 { return &r.PartKey })
		readTable(env, dir, "customer", func(r *tpchgen.Customer) *int64 { return &r.Key })
		readTable(env, dir, "orders", func(r *tpchgen.Order) *int64 { return &r.CustKey })
		readTable(env, dir, "lineitem", func(r *tpchgen.LineItem) *int64 { return &r.OrderKey })
	})
	h := host.New()
	b.ReportAllocs()
	for b.Loop() {
		got, err := survey.Run(b.Context(), h, g, 0, survey.Settings{Time: time.Hour})
		if err != nil || len(got) != 16 {
			b.Fatal(got, err)
		}
	}
}

func readTable[T any](env *thalweg.Environment, dir, name string, key func(*T) *int64) {
	table := batch.ReadCSV[T](env, filepath.Join(dir, name), csv.Delimiter('|'), csv.TrailingDelimiter())
	some := table.Filter(func(T) bool { return true })
	batch.Discard(batch.GroupBy(some, key).Reduce(func(a, _ T) T { return a }))
}

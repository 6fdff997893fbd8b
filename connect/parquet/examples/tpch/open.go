package main

import (
	"os"
	"path/filepath"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/parquet"
	"github.com/thalweg/thalweg/examples/tpch/queries"
)

// tables implements queries.Tables with Parquet files. All processes of a job must
// see the same files.
type tables struct {
	env *thalweg.Environment
	dir string
}

func open(env *thalweg.Environment, dir string) queries.Tables { return tables{env, dir} }

func (t tables) Customer() *batch.DataSet[queries.Customer] {
	return read[queries.Customer](t, "customer")
}

func (t tables) LineItem() *batch.DataSet[queries.LineItem] {
	return read[queries.LineItem](t, "lineitem")
}

func (t tables) Nation() *batch.DataSet[queries.Nation] {
	return read[queries.Nation](t, "nation")
}

func (t tables) Orders() *batch.DataSet[queries.Order] {
	return read[queries.Order](t, "orders")
}

func (t tables) Part() *batch.DataSet[queries.Part] {
	return read[queries.Part](t, "part")
}

func (t tables) PartSupp() *batch.DataSet[queries.PartSupp] {
	return read[queries.PartSupp](t, "partsupp")
}

func (t tables) Region() *batch.DataSet[queries.Region] {
	return read[queries.Region](t, "region")
}

func (t tables) Supplier() *batch.DataSet[queries.Supplier] {
	return read[queries.Supplier](t, "supplier")
}

// read reads a table. A row that is no record fails the job: an answer without it would
// be wrong.
func read[T any](t tables, table string) *batch.DataSet[T] {
	return batch.Read(t.env, parquet.Read[T](find(t.dir, table)), batch.Budget(0)).Named(table)
}

// find returns where a table is.
func find(dir, table string) string {
	path := filepath.Join(dir, table+".parquet") // the engine says so if there is neither
	if _, err := os.Stat(path); err != nil {
		if other := filepath.Join(dir, table); isDirectory(other) {
			return other
		}
	}
	return path
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

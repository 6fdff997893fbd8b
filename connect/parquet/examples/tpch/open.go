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

func (t tables) Customer(s queries.Scan[queries.Customer]) *batch.DataSet[queries.Customer] {
	return read(t, "customer", s)
}

func (t tables) LineItem(s queries.Scan[queries.LineItem]) *batch.DataSet[queries.LineItem] {
	return read(t, "lineitem", s)
}

func (t tables) Nation(s queries.Scan[queries.Nation]) *batch.DataSet[queries.Nation] {
	return read(t, "nation", s)
}

func (t tables) Orders(s queries.Scan[queries.Order]) *batch.DataSet[queries.Order] {
	return read(t, "orders", s)
}

func (t tables) Part(s queries.Scan[queries.Part]) *batch.DataSet[queries.Part] {
	return read(t, "part", s)
}

func (t tables) PartSupp(s queries.Scan[queries.PartSupp]) *batch.DataSet[queries.PartSupp] {
	return read(t, "partsupp", s)
}

func (t tables) Region(s queries.Scan[queries.Region]) *batch.DataSet[queries.Region] {
	return read(t, "region", s)
}

func (t tables) Supplier(s queries.Scan[queries.Supplier]) *batch.DataSet[queries.Supplier] {
	return read(t, "supplier", s)
}

// read reads of a table what a query needs. A row that is no record fails the job: an
// answer without it would be wrong.
func read[T any](t tables, table string, s queries.Scan[T]) *batch.DataSet[T] {
	source := parquet.Read[T](find(t.dir, table), optionsOf(s)...)
	return batch.Read(t.env, source, batch.Budget(0)).Named(table)
}

// optionsOf says to package parquet what a query needs.
func optionsOf[T any](s queries.Scan[T]) []parquet.Option {
	options := []parquet.Option{parquet.Columns(s.Columns...)}
	for _, r := range s.Days {
		options = append(options, parquet.Where(r.Column, parquet.Between(r.Low, r.High)))
	}
	for _, r := range s.Numbers {
		options = append(options, parquet.Where(r.Column, parquet.Between(r.Low, r.High)))
	}
	for _, o := range s.Texts {
		options = append(options, parquet.Where(o.Column, parquet.OneOf(o.Values...)))
	}
	return options
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

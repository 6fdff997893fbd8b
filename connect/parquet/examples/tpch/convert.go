package main

import (
	"errors"
	"fmt"
	"path/filepath"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/parquet"
	"github.com/thalweg/thalweg/examples/tpch/program"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

// rowGroup is how large a row group becomes before it is compressed. All tables are
// written at once, and every writer holds one.
const rowGroup = 16 << 20

// convertAll writes a directory with the tables as Parquet files: a directory for each
// table, with a file for each subtask. It reads the tables that are there as text.
func convertAll(env *thalweg.Environment, data, output string) error {
	if data == "" || output == "" {
		return errors.New("--convert needs --data and --output")
	}
	found := convert[tpchgen.Region](env, data, output, "region") +
		convert[tpchgen.Nation](env, data, output, "nation") +
		convert[tpchgen.Supplier](env, data, output, "supplier") +
		convert[tpchgen.Part](env, data, output, "part") +
		convert[tpchgen.PartSupp](env, data, output, "partsupp") +
		convert[tpchgen.Customer](env, data, output, "customer") +
		convert[tpchgen.Order](env, data, output, "orders") +
		convert[tpchgen.LineItem](env, data, output, "lineitem")
	if found == 0 {
		return fmt.Errorf("%s has no table like customer.tbl or customer.csv", data)
	}
	return nil
}

// convert adds a table to the program and returns how many it has found.
func convert[T any](env *thalweg.Environment, from, to, table string) int {
	if !program.HasText(from, table) {
		return 0
	}
	rows := program.ReadText[T](env, from, table)
	batch.Write(rows, parquet.Write[T](filepath.Join(to, table), parquet.RowGroupSize(rowGroup)))
	return 1
}

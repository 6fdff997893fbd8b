// Tpch answers the 22 queries of the TPC-H benchmark. Without data it makes its own.
//
//	go run ./examples/tpch --query 3
//	go run ./examples/tpch --query 3 --data tpch-1 --output q03.csv
//
// The data is a directory with a file for each table, as customer.tbl in the
// notation of dbgen or customer.csv with a header; for Parquet see the program in
// connect/parquet/examples/tpch. The queries are in the package beside this one, one
// a file.
package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/tpch/program"
)

func main() { thalweg.Main("tpch", build) }

func build(env *thalweg.Environment) error { return program.Declare(env).Answer(program.Text) }

// Tpch answers the 22 queries of the TPC-H benchmark from Parquet files: the same queries
// with the same arguments as the program of that name in the root module, which must
// not need what Parquet needs.
//
//	cd connect/parquet
//	go run ./examples/tpch --convert --data tpch-1 --output tpch-1-parquet
//	go run ./examples/tpch --query 3 --data tpch-1-parquet
//
// The data is a directory with a file for each table, as lineitem.parquet, or a
// directory for each with any number of files, as lineitem or lineitem.parquet.
// Columns are found by the names of the specification; decimals must be DECIMAL, or
// integers of up to 32 bits, and dates DATE. Only the columns of the query are read,
// and no row groups and pages whose statistics show that it needs none of their rows.
//
// With --convert it makes such files of tables as text, as customer.tbl in the
// notation of dbgen or customer.csv with a header, compressed or not.
package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/tpch/program"
)

func main() { thalweg.Main("tpch over Parquet", build) }

func build(env *thalweg.Environment) error {
	convert := env.ArgBool("convert", false, "write the tables, which are text, as Parquet to the output, instead of an answer")
	arguments := program.Declare(env)
	if convert {
		return convertAll(env, arguments.Data, arguments.Output)
	}
	return arguments.Answer(open)
}

// Tpch answers queries of the TPC-H benchmark. Without data it makes its own.
//
//	go run ./examples/tpch --query 3
//	go run ./examples/tpch --query 3 --data tpch-1 --output q03.csv
//
// The data is a directory with a file for each table, as customer.tbl in the
// notation of dbgen or customer.csv with a header. The queries are in the package
// beside this one, one a file.
package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/tpch/queries"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

func main() { thalweg.Main("tpch", build) }

func build(env *thalweg.Environment) error {
	query := env.ArgInt("query", 1, "number of the query: 1, 3, 4, 6, 10, 12 or 14")
	data := env.Arg("data", "", "directory with the tables (made by the program if not given)")
	scale := env.ArgFloat("scale", 0.01, "scale factor of the data that the program makes")
	output := env.Arg("output", "", "CSV file for the answer (printed if not given)")

	var tables queries.Tables = text{env, data}
	if data == "" {
		tables = generated{env, tpchgen.New(scale, 1)}
	}
	return queries.Add(query, tables, output)
}

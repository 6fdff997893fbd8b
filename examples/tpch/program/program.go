// Package program is what the programs that answer the queries of TPC-H share: the
// arguments, tables that are made while they are read, tables as text, and the
// answer. Floor 9.
package program

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/tpch/queries"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

// Build declares the arguments and adds the query to the program. Where a directory
// with tables is given, open opens them; what is wrong with them is the job's error.
func Build(env *thalweg.Environment, open func(env *thalweg.Environment, dir string) queries.Tables) error {
	query := env.ArgInt("query", 1, "number of the query: 1, 3, 4, 6, 10, 12 or 14")
	data := env.Arg("data", "", "directory with the tables (made by the program if not given)")
	scale := env.ArgFloat("scale", 0.01, "scale factor of the data that the program makes")
	output := env.Arg("output", "", "CSV file for the answer (printed if not given)")

	if data == "" {
		return queries.Add(query, generated{env, tpchgen.New(scale, 1)}, output)
	}
	return queries.Add(query, open(env, data), output)
}

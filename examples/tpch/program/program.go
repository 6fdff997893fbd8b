// Package program is what the programs that answer the queries of TPC-H share: the
// arguments, tables that are made while they are read, tables as text, and the
// answer. Floor 9.
package program

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/tpch/queries"
	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

// Arguments are the arguments of a program for the queries.
type Arguments struct {
	Query  int
	Data   string  // directory with tables, or ""
	Scale  float64 // of tables that are made while they are read
	Output string  // where to write, or ""

	env *thalweg.Environment
}

// Declare declares the arguments.
func Declare(env *thalweg.Environment) Arguments {
	return Arguments{
		Query:  env.ArgInt("query", 1, "number of the query, from 1 to 22"),
		Data:   env.Arg("data", "", "directory with the tables (made by the program if not given)"),
		Scale:  env.ArgFloat("scale", 0.01, "scale factor of the data that the program makes"),
		Output: env.Arg("output", "", "CSV file for the answer (printed if not given)"),
		env:    env,
	}
}

// Answer adds the query to the program. Where a directory with tables is given, open
// opens them; what is wrong with them is the job's error.
func (a Arguments) Answer(open func(env *thalweg.Environment, dir string) queries.Tables) error {
	if a.Data == "" {
		return queries.Add(a.Query, generated{a.env, tpchgen.New(a.Scale, 1)}, a.Output)
	}
	return queries.Add(a.Query, open(a.env, a.Data), a.Output)
}

// Distinct prints the seas that the rivers of a table flow into, each once.
//
//	go run ./examples/distinct --input rivers.csv
package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/examples/rivers"
)

func main() { thalweg.Main("distinct", build) }

func build(env *thalweg.Environment) error {
	input := env.Arg("input", "", "CSV with the columns name, continent, length_km and sea (some rivers if not given)")
	output := env.Arg("output", "", "directory for the seas as CSV (printed if not given)")

	all := batch.FromSlice(env, rivers.All())
	if input != "" {
		all = batch.ReadCSV[rivers.River](env, input, csv.Header())
	}
	seas := batch.Distinct(batch.Project(all, func(r rivers.River) string { return r.Sea }))

	if output != "" {
		batch.WriteCSV(seas, output)
	} else {
		batch.Print(batch.Sort(seas, batch.Asc(itself)))
	}
	return nil
}

func itself(s *string) *string { return s }

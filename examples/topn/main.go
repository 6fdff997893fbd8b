// Topn prints the longest rivers of each continent.
//
//	go run ./examples/topn --n 3
package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/examples/rivers"
)

func main() { thalweg.Main("top n", build) }

func build(env *thalweg.Environment) error {
	input := env.Arg("input", "", "CSV with the columns name, continent, length_km and sea (some rivers if not given)")
	n := env.ArgInt("n", 3, "how many rivers of each continent")
	output := env.Arg("output", "", "directory for the rivers of each continent as CSV (printed if not given)")

	all := batch.FromSlice(env, rivers.All())
	if input != "" {
		all = batch.ReadCSV[rivers.River](env, input, csv.Header())
	}
	longest := batch.FirstOf(batch.SortGroups(batch.GroupBy(all, rivers.Continent), batch.Desc(rivers.Length), batch.Asc(rivers.Name)), n)

	if output != "" {
		batch.WriteCSV(longest, output, csv.Header())
	} else {
		batch.Print(batch.Sort(longest, batch.Asc(rivers.Continent), batch.Desc(rivers.Length), batch.Asc(rivers.Name)))
	}
	return nil
}

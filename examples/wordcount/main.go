// Wordcount counts the words of a text and prints the most frequent ones.
//
//	go run ./examples/wordcount --input shakespeare.txt --output counts
package main

import (
	"cmp"
	_ "embed"
	"strings"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/words"
)

func main() { thalweg.Main("word count", build) }

//go:embed opticks.txt
var opticks string // Isaac Newton, Opticks, 4th edition, 1730

func build(env *thalweg.Environment) error {
	input := env.Arg("input", "", "text file, directory or pattern (Newton's Opticks if not given)")
	output := env.Arg("output", "", "directory for all counts as word,count in CSV")

	lines := batch.FromSlice(env, strings.Split(opticks, "\n"))
	if input != "" {
		lines = batch.ReadText(env, input)
	}
	tokens := batch.FlatMap(lines, words.Split)
	counts := batch.GroupBy(tokens, words.Text).Aggregate(agg.Sum(words.Count))

	batch.Print(counts.Top(20, mostFrequent))
	if output != "" {
		batch.WriteCSV(counts, output)
	}
	return nil
}

// mostFrequent puts higher counts first and equal ones in the order of words.
func mostFrequent(a, b words.Word) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
}

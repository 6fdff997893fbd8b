package jobtest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/words"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// randomLines makes text with few frequent and many rare words.
func randomLines(r *rand.Rand) []string {
	lines := make([]string, 500+r.IntN(1500))
	for i := range lines {
		var b strings.Builder
		for range r.IntN(20) {
			length := 1 + r.IntN(3)
			for range length {
				b.WriteRune([]rune("abcdeéß漢")[r.IntN(8)])
			}
			b.WriteString([]string{" ", "  ", "\t"}[r.IntN(3)])
		}
		lines[i] = b.String()
	}
	return lines
}

var wordCount = jobtest.Register(&jobtest.Program{
	Name: "word count",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		lines := batch.FromSlice(env, randomLines(out.Random()))
		tokens := batch.FlatMap(lines, words.Split)
		jobtest.Keep(out, "sum", batch.GroupBy(tokens, words.Text).Aggregate(agg.Sum(words.Count)))
		jobtest.Keep(out, "reduce", batch.GroupBy(tokens, words.Text).Reduce(func(a, b words.Word) words.Word {
			return words.Word{Text: a.Text, Count: a.Count + b.Count}
		}))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		count := map[string]int{}
		for _, line := range randomLines(jobtest.Random(seed)) {
			for _, w := range strings.Fields(line) {
				count[w]++
			}
		}
		var lines []string
		for w, n := range count {
			lines = append(lines, fmt.Sprintf("%s %d", w, n))
		}
		return map[string][]string{"sum": lines, "reduce": lines}
	},
})

func TestWordCount(t *testing.T) { jobtest.Check(t, wordCount) }

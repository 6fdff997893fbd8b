package main

import (
	"context"
	"fmt"
	"hash/maphash"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/words"
)

// counted sums up a word count. The check depends on every word and its count,
// in no order.
type counted struct {
	Words, Distinct int64
	Check           uint64
}

var seed = maphash.MakeSeed()

func (t *counted) add(word string, count int64) {
	t.Words += count
	t.Distinct++
	t.Check += maphash.String(seed, word) * uint64(count)
}

// benchWordCount counts the words of a large text, against a program with one
// goroutine and a map[string]int64. A second program, with pointers in its map, is
// shown beside it.
func benchWordCount(c *config) ([]line, error) {
	path, size, err := text(c)
	if err != nil {
		return nil, err
	}
	k, result, err := compare(c,
		side[counted]{"map[string]int64", func() (counted, error) { return countByHand(path, plainCounter{}) }},
		side[counted]{"wordcount-1", func() (counted, error) { return countWords(path, 1) }},
		side[counted]{"wordcount-2", func() (counted, error) { return countWords(path, 2) }},
		side[counted]{"map[string]*int64", func() (counted, error) { return countByHand(path, pointerCounter{}) }})
	if err != nil {
		return nil, err
	}
	var lines []line
	for p, bar := range []float64{1: 1.0, 2: 0.6} {
		if p == 0 {
			continue
		}
		w := k.ratio(p, wall)
		lines = append(lines, line{
			name: fmt.Sprintf("wordcount, parallelism %d", p), wall: w, cpu: k.ratio(p, cpu),
			bar: fmt.Sprintf("≤ %.1f×", bar), met: w.Median <= bar,
			got: fmt.Sprintf("%.0f MB/s, by hand %.0f, with pointers in the map %.0f; %d M words, %d distinct; %.4f allocations/word",
				float64(size)/1e6/k.median(p, wall), float64(size)/1e6/k.median(0, wall), float64(size)/1e6/k.median(3, wall),
				result.Words/1e6, result.Distinct,
				k.median(p, func(s sample) float64 { return float64(s.mallocs) })/float64(result.Words)),
		})
	}
	return lines, nil
}

func countWords(path string, parallelism int) (counted, error) {
	var rows []words.Word
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		tokens := batch.FlatMap(batch.ReadText(env, path), words.Split)
		batch.Collect(batch.GroupBy(tokens, words.Text).Aggregate(agg.Sum(words.Count)), &rows)
		return nil
	}, thalweg.WithParallelism(parallelism))
	var t counted
	for _, w := range rows {
		t.add(w.Text, w.Count)
	}
	return t, err
}

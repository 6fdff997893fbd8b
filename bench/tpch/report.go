package main

import (
	"fmt"
	"io"

	"github.com/thalweg/thalweg/bench/harness"
)

// wall, cpu and peak pick what ratios are made of.
func wall(s sample) float64 { return s.wall }
func cpu(s sample) float64  { return s.cpu }
func peak(s sample) float64 { return s.peak }

// report prints a table for each figure: a line for each query, a column for each
// contender, and the geometric mean of the medians below.
func (k *contest) report(w io.Writer) {
	warm := func(r run) []pair { return k.pairs[r] }
	cold := func(r run) []pair {
		if p, ok := k.first[r]; ok && len(k.pairs[r]) > 0 {
			return []pair{p}
		}
		return nil
	}
	k.table(w, fmt.Sprintf("Wall, ours/peer: median of %d pairs (least–greatest)", k.config.pairs), warm, wall)
	k.table(w, "Processor time, ours/peer", warm, cpu)
	k.table(w, "Greatest resident memory, ours/peer", warm, peak)
	k.table(w, "Wall, ours/first run of the query in the peer's process", cold, wall)
	for _, x := range k.beside {
		for _, q := range k.queries {
			if why := k.failed[run{q, x.String()}]; why != "" {
				_, _ = fmt.Fprintf(w, "- query %d, %s cannot answer: %s\n", q, x, why)
			}
		}
	}
	for _, text := range k.wrong {
		_, _ = fmt.Fprintf(w, "- different: %s\n", text)
	}
}

func (k *contest) table(w io.Writer, title string, pairs func(run) []pair, of func(sample) float64) {
	titles := []string{"query"}
	for _, x := range k.beside {
		titles = append(titles, x.String())
	}
	rows := [][]string{titles}
	means := make([]harness.Mean, len(k.beside))
	for _, q := range k.queries {
		row := []string{fmt.Sprint(q)}
		for i, x := range k.beside {
			s := ratio(pairs(run{q, x.String()}), of)
			means[i].Add(s.Median)
			row = append(row, s.Cell())
		}
		rows = append(rows, row)
	}
	row := []string{"geometric mean"}
	for _, m := range means {
		row = append(row, m.String())
	}
	_, _ = fmt.Fprintf(w, "%s\n\n", title)
	harness.WriteTable(w, append(rows, row))
	_, _ = fmt.Fprintln(w)
}

// ratio is the spread of ours divided by the peer's run of the same pair. It is zero
// if a figure is not known.
func ratio(pairs []pair, of func(sample) float64) harness.Spread {
	var ratios []float64
	for _, p := range pairs {
		if of(p.ours) <= 0 || of(p.peer) <= 0 {
			return harness.Spread{}
		}
		ratios = append(ratios, of(p.ours)/of(p.peer))
	}
	if len(ratios) == 0 {
		return harness.Spread{}
	}
	return harness.SpreadOf(ratios)
}

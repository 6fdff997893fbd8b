package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/thalweg/thalweg/bench/batch/side"
	"github.com/thalweg/thalweg/bench/harness"
)

// report prints a table for each figure: a line for each question and parallelism
// of side.Ours, a column for each peer.
func report(w io.Writer, c *config, all []*contest) {
	var peers []string
	for _, p := range []string{side.Hand, side.DuckDB, side.Polars, side.Floor} {
		if slices.ContainsFunc(all, func(k *contest) bool { return slices.Contains(k.peers, p) }) {
			peers = append(peers, p)
		}
	}
	if len(peers) == 0 {
		return
	}
	for i, figure := range []struct {
		title string
		of    func(sample) float64
	}{
		{"Wall, ours/peer", wall}, {"Processor time, ours/peer", cpu}, {"Greatest resident memory, ours/peer", peakGB},
	} {
		memory := i == 2
		titles := []string{"benchmark", "parallelism"}
		for _, p := range peers {
			titles = append(titles, heading(p))
		}
		rows := [][]string{titles}
		for _, k := range all {
			if memory && k.suite.bound {
				continue // its peer needs none; see bounds
			}
			rows = append(rows, k.rows(c, peers, figure.of)...)
		}
		if len(rows) == 1 {
			continue
		}
		_, _ = fmt.Fprintf(w, "%s: median of %d pairs (least–greatest)\n\n", figure.title, c.pairs)
		harness.WriteTable(w, rows)
		_, _ = fmt.Fprintln(w)
	}
	for _, k := range all {
		k.bounds(w, c)
	}
}

// bounds says whether ours kept to the memory it was given.
func (k *contest) bounds(w io.Writer, c *config) {
	if !k.suite.bound {
		return
	}
	for _, q := range k.suite.questions {
		for _, n := range c.threads {
			s := harness.SpreadOf(values(k.samples[run{q, contender{side.Ours, n}}], func(s sample) float64 { return s.peak / (1 << 20) }))
			verdict := "within"
			if s.Max > float64(c.job.SortMemory) {
				verdict = "more than"
			}
			_, _ = fmt.Fprintf(w, "- %s, parallelism %d: at most %.0f MiB resident, %s %d\n", q, n, s.Max, verdict, c.job.SortMemory)
		}
	}
}

// heading is how a peer is called above its column.
func heading(peer string) string {
	switch peer {
	case side.Hand:
		return "by hand, one goroutine"
	case side.DuckDB:
		return "DuckDB, as many threads"
	case side.Polars:
		return "Polars, as many threads"
	}
	return "bytes moved only, as many threads"
}

// rows are the lines of a suite; several questions have a geometric mean of their
// medians, too.
func (k *contest) rows(c *config, peers []string, of func(sample) float64) (rows [][]string) {
	for _, n := range c.threads {
		means := make([]harness.Mean, len(peers))
		for _, q := range k.suite.questions {
			row := []string{q, fmt.Sprint(n)}
			for i, p := range peers {
				mine := contender{side.Ours, n}
				s := k.ratio(q, mine, mine.beside(p), of)
				means[i].Add(s.Median)
				row = append(row, s.Cell())
			}
			rows = append(rows, row)
		}
		if len(k.suite.questions) == 1 {
			continue
		}
		row := []string{k.suite.name + ", geometric mean", fmt.Sprint(n)}
		for _, m := range means {
			row = append(row, m.String())
		}
		rows = append(rows, row)
	}
	return rows
}

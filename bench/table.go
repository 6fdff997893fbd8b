package main

import (
	"fmt"
	"io"

	"github.com/thalweg/thalweg/bench/harness"
)

// line is one row of the table.
type line struct {
	name string
	wall harness.Spread // of ours/peer; the zero spread is none
	cpu  harness.Spread
	got  string // what else is worth knowing, in the bar's unit first
	bar  string
	met  bool
}

var titles = []string{"benchmark", "ours/peer wall", "ours/peer CPU", "bar", "verdict"}

// printTable writes the lines as a table and a list, both of them Markdown, too.
func printTable(w io.Writer, lines []line) {
	cells := [][]string{titles}
	for _, l := range lines {
		verdict := "missed"
		switch {
		case l.bar == "":
			verdict = "–"
		case l.met:
			verdict = "met"
		}
		cells = append(cells, []string{l.name, l.wall.Cell(), l.cpu.Cell(), l.bar, verdict})
	}
	harness.WriteTable(w, cells)
	fmt.Fprintln(w)
	for _, l := range lines {
		fmt.Fprintf(w, "- %s: %s\n", l.name, l.got)
	}
}

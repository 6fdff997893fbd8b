package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// line is one row of the table.
type line struct {
	name string
	wall spread // of ours/peer; the zero spread is none
	cpu  spread
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
		cells = append(cells, []string{l.name, ratioCell(l.wall), ratioCell(l.cpu), l.bar, verdict})
	}
	width := make([]int, len(titles))
	for _, row := range cells {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for i, row := range cells {
		for j, c := range row {
			fmt.Fprintf(w, "| %s%s ", c, strings.Repeat(" ", width[j]-utf8.RuneCountInString(c)))
		}
		fmt.Fprintln(w, "|")
		if i == 0 {
			for _, n := range width {
				fmt.Fprintf(w, "|%s", strings.Repeat("-", n+2))
			}
			fmt.Fprintln(w, "|")
		}
	}
	fmt.Fprintln(w)
	for _, l := range lines {
		fmt.Fprintf(w, "- %s: %s\n", l.name, l.got)
	}
}

func ratioCell(s spread) string {
	if s == (spread{}) {
		return "–"
	}
	return s.String()
}

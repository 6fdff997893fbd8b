package harness

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteTable writes rows of as many cells as the first one has, which are the
// titles, as a Markdown table whose columns stand below each other as plain text.
func WriteTable(w io.Writer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for i, row := range rows {
		for j, c := range row {
			_, _ = fmt.Fprintf(w, "| %s%s ", c, strings.Repeat(" ", width[j]-utf8.RuneCountInString(c)))
		}
		_, _ = fmt.Fprintln(w, "|")
		if i == 0 {
			for _, n := range width {
				_, _ = fmt.Fprintf(w, "|%s", strings.Repeat("-", n+2))
			}
			_, _ = fmt.Fprintln(w, "|")
		}
	}
}

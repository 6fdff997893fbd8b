package harness

import (
	"strings"
	"testing"
)

func TestSpreadIsMedianAndExtremes(t *testing.T) {
	if got := SpreadOf([]float64{3, 1, 2, 10}); got != (Spread{2.5, 1, 10}) {
		t.Errorf("got %+v", got)
	}
	if got := (Spread{}).Cell(); got != "–" {
		t.Errorf("no spread is %q in a table", got)
	}
}

func TestColumnsOfATableStandBelowEachOther(t *testing.T) {
	var b strings.Builder
	WriteTable(&b, [][]string{{"what", "×"}, {"a", "1.00 (1–2)"}, {"≤ bar", ""}})
	want := "| what  | ×          |\n|-------|------------|\n| a     | 1.00 (1–2) |\n| ≤ bar |            |\n"
	if b.String() != want {
		t.Errorf("got\n%s want\n%s", b.String(), want)
	}
}

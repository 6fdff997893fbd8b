package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/examples/tpch/tpchtest"
)

func TestAnswersByHandAreThoseOfDuckDB(t *testing.T) {
	dir := t.TempDir()
	tpchtest.Save(t, dir, tpchtest.Text)
	for query := range queries {
		output := filepath.Join(dir, "answer.csv")
		if err := run(query, dir, output); err != nil {
			t.Fatal(err)
		}
		got := read(t, output)
		want := read(t, filepath.Join("../../../examples/tpch/testdata", tpchtest.Generated, fmt.Sprintf("q%02d.csv", query)))
		if len(got) != len(want) {
			t.Fatalf("query %d has %d rows, not %d", query, len(got), len(want))
		}
		for i := range want {
			for j, title := range want[0] {
				if got[i][j] != want[i][j] && !(strings.HasPrefix(title, "avg_") && near(got[i][j], want[i][j])) && !sameDecimal(got[i][j], want[i][j]) {
					t.Errorf("query %d, row %d: %s is %s, not %s", query, i, title, got[i][j], want[i][j])
				}
			}
		}
	}
}

// sameDecimal reports whether texts are the same but for a fraction of zeros.
func sameDecimal(a, b string) bool { return a+".00" == b }

func near(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Abs(x-y) <= 1e-14*math.Abs(y)
}

func read(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestLinesAreWholeWhereverABufferEnds(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	const n = 60_000
	for i := range n {
		fmt.Fprintf(&text, "%d|-%d.25|some text|\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "t.tbl"), []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	next := int64(0)
	err := lines(dir, "t", func(r *row) {
		if a, b, c := r.number(), r.number(), string(r.text()); a != next || b != -(100*next+25) || c != "some text" {
			t.Fatalf("line %d is %d, %d, %s", next, a, b, c)
		}
		next++
	})
	if err != nil || next != n {
		t.Errorf("%d lines, %v", next, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "t.tbl"), []byte("1|\n2|"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := lines(dir, "t", func(*row) {}); err == nil {
		t.Error("half a line passed")
	}
}

func TestDecimalsHaveTheirPoint(t *testing.T) {
	for want, got := range map[string]string{"0.05": decimal(5, 2), "-1.2345": decimal(-12345, 4), "7": decimal(7, 0)} {
		if got != want {
			t.Errorf("got %s, not %s", got, want)
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/bench/batch/side"
)

func TestSuitesAreChosenByHowTheirNamesBegin(t *testing.T) {
	for only, want := range map[string]string{
		"":               names(suites()),
		"sort-16,group-": "sort-16, group-few, group-many, group-text",
		"h2o":            "h2o-groupby, h2o-join",
		"nothing":        "",
	} {
		if got := names((&config{only: only}).choose(suites())); got != want {
			t.Errorf("%q chooses %s, want %s", only, got, want)
		}
	}
}

func TestARatioIsOfRunsOfTheSameRound(t *testing.T) {
	mine, peer := contender{side.Ours, 2}, contender{side.Ours, 2}.beside(side.Hand)
	if peer.threads != 1 || mine.beside(side.DuckDB).threads != 2 {
		t.Errorf("ours with two threads is beside %v and %v", peer, mine.beside(side.DuckDB))
	}
	k := &contest{samples: map[run][]sample{
		{"q", mine}: {{wall: 2}, {wall: 9}, {wall: 4}},
		{"q", peer}: {{wall: 1}, {wall: 3}, {wall: 4}},
	}}
	if s := k.ratio("q", mine, peer, wall); s.Median != 2 || s.Min != 1 || s.Max != 3 {
		t.Errorf("got %v", s)
	}
	if s := k.ratio("q", mine, peer, cpu); s.Cell() != "–" {
		t.Errorf("figures that nobody knows have the ratio %v", s)
	}
}

func TestOnlySortedRecordsPass(t *testing.T) {
	j := side.Job{Dir: t.TempDir(), Engine: side.Ours, Megabytes: 1}
	if err := writeLines(j); err != nil {
		t.Fatal(err)
	}
	// The input is not in order, and as an output of the floor need not be.
	if err := publish(t, j); err == nil || !strings.Contains(err.Error(), "smaller key") {
		t.Errorf("an output without order passed: %v", err)
	}
	j.Engine = side.Floor
	if err := publish(t, j); err != nil {
		t.Error(err)
	}
	if err := os.Truncate(j.Input(), (j.Lines()-1)*side.LineSize); err != nil {
		t.Fatal(err)
	}
	if err := publish(t, j); err == nil || !strings.Contains(err.Error(), "the output has") {
		t.Errorf("an output without its last record passed: %v", err)
	}
}

// publish verifies the input as if it were the output.
func publish(t *testing.T, j side.Job) error {
	t.Helper()
	if err := os.MkdirAll(j.Output(), 0o755); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(j.Input())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(j.Output(), "part-00000"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	return verifyLines(j)
}

package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/bench/batch/side"
)

// tested runs a program of a suite in this process.
func tested(t *testing.T, j side.Job, question string) side.Answer {
	t.Helper()
	programs, err := load(j)
	if err != nil {
		t.Fatal(err)
	}
	a, err := side.Measure(programs[question])
	if err != nil {
		t.Fatalf("%s, %v: %v", question, j, err)
	}
	return a
}

func TestGroupsOfTheDBBenchmarkAreRight(t *testing.T) {
	j := side.Job{Dir: t.TempDir(), H2ORows: 20_000, Engine: side.Ours}
	if err := side.WriteGroupTable(j); err != nil {
		t.Fatal(err)
	}
	rows, err := readSamples(j)
	if err != nil || len(rows) != j.H2ORows {
		t.Fatal(len(rows), err)
	}
	groups := map[string]map[string][]Sample{}
	for _, s := range rows {
		for question, key := range map[string]string{
			"groupby-1": s.ID1, "groupby-2": s.ID1 + s.ID2, "groupby-3": s.ID3, "groupby-4": fmt.Sprint(s.ID4),
			"groupby-5": fmt.Sprint(s.ID6), "groupby-6": fmt.Sprint(s.ID4, s.ID5), "groupby-7": s.ID3,
			"groupby-8": fmt.Sprint(s.ID6), "groupby-9": fmt.Sprint(s.ID2, s.ID4),
			"groupby-10": fmt.Sprint(s.ID1, s.ID2, s.ID3, s.ID4, s.ID5, s.ID6),
		} {
			if groups[question] == nil {
				groups[question] = map[string][]Sample{}
			}
			groups[question][key] = append(groups[question][key], s)
		}
	}
	for _, q := range slices.Sorted(maps.Keys(groups)) {
		want := int64(len(groups[q]))
		if q == "groupby-8" {
			want = 0
			for _, g := range groups[q] {
				want += int64(min(2, len(g)))
			}
		}
		first := tested(t, with(j, 1), q)
		second := tested(t, with(j, 2), q)
		if first.Rows != want || second.Rows != want {
			t.Errorf("%s: %d and %d groups, want %d", q, first.Rows, second.Rows, want)
		}
		// Of one record there is no deviation, and no correlation.
		if q != "groupby-6" && q != "groupby-9" && !first.Same(second) {
			t.Errorf("%s: %v with one subtask, %v with two", q, first.Check, second.Check)
		}
	}
}

// with is a job with a parallelism.
func with(j side.Job, n int) side.Job {
	j.Threads = n
	return j
}

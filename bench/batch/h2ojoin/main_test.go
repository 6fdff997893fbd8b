package main

import (
	"fmt"
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

func TestJoinsOfTheDBBenchmarkAreRight(t *testing.T) {
	j := side.Job{Dir: t.TempDir(), H2ORows: 20_000, Engine: side.Ours}
	if err := side.WriteJoinTables(j); err != nil {
		t.Fatal(err)
	}
	q := joiner{job: j}
	if err := q.read(); err != nil {
		t.Fatal(err)
	}
	if len(q.x) != j.H2ORows || len(q.big) != j.H2ORows || len(q.medium) != 20 || len(q.small) != 1 {
		t.Fatal(len(q.x), len(q.big), len(q.medium), len(q.small))
	}
	var rows [6]int64
	var sums [6]float64
	big, medium, small := map[int64]Big{}, map[int64]Medium{}, map[int64]Small{}
	for _, r := range q.big {
		big[r.ID3] = r
	}
	for _, r := range q.medium {
		medium[r.ID2] = r
	}
	for _, r := range q.small {
		small[r.ID1] = r
	}
	for _, x := range q.x {
		if want := fmt.Sprint("id", x.ID3); x.ID6 != want || x.ID5 != fmt.Sprint("id", x.ID2) {
			t.Fatalf("%+v", x)
		}
		if r, ok := small[x.ID1]; ok {
			rows[1], sums[1] = rows[1]+1, sums[1]+r.V2
		}
		rows[3]++
		if r, ok := medium[x.ID2]; ok {
			rows[2], sums[2] = rows[2]+1, sums[2]+r.V2
			rows[4], sums[4], sums[3] = rows[4]+1, sums[4]+r.V2, sums[3]+r.V2
		}
		if r, ok := big[x.ID3]; ok {
			rows[5], sums[5] = rows[5]+1, sums[5]+r.V2
		}
	}
	if rows[5] != int64(j.H2ORows)*9/10 || rows[2] == 0 || rows[2] == rows[3] {
		t.Errorf("the data joins to %v", rows)
	}
	for i := range 5 {
		question := fmt.Sprintf("join-%d", i+1)
		for n := 1; n <= 2; n++ {
			got := tested(t, with(j, n), question)
			want := side.Answer{Rows: rows[i+1], Check: []string{got.Check[0], fmt.Sprintf("%.17g", sums[i+1])}}
			if !got.Same(want) {
				t.Errorf("%s with %d: %d rows, %v, want %d, %v", question, n, got.Rows, got.Check, want.Rows, want.Check)
			}
		}
	}
}

// with is a job with a parallelism.
func with(j side.Job, n int) side.Job {
	j.Threads = n
	return j
}

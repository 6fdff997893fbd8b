package main

import (
	"testing"

	"github.com/thalweg/thalweg/bench/batch/side"
)

// tested runs a program of a suite in this process.
func tested(t *testing.T, j side.Job, question string) side.Answer {
	t.Helper()
	programs, err := loaders[j.Suite](j)
	if err != nil {
		t.Fatal(err)
	}
	a, err := side.Measure(programs[question])
	if err != nil {
		t.Fatalf("%s, %v: %v", question, j, err)
	}
	return a
}

func TestOursAndProgramsByHandAgreeOnSmallInputs(t *testing.T) {
	for name := range loaders {
		j := side.Job{Suite: name, Engine: side.Hand, Threads: 1, Rows: 20_011}
		want := tested(t, j, name)
		if want.Rows == 0 {
			t.Errorf("%s has no result", name)
		}
		for n := 1; n <= 2; n++ {
			j.Engine, j.Threads = side.Ours, n
			if got := tested(t, j, name); !got.Same(want) {
				t.Errorf("%s with %d: got %d rows, %v, want %d, %v", name, n, got.Rows, got.Check, want.Rows, want.Check)
			}
		}
	}
}

// The formulas are in SQL, too: they must not change.
func TestRecordsAreMadeByTheFormula(t *testing.T) {
	if got := mix(1, saltA); got != 1064804211 {
		t.Errorf("mix is %d", got)
	}
	w := anyWide(27)
	if w.Number != 27 || w.Payload[0] != 'B' || w.Payload[83] != 'B' || len(w.Key) != 12 {
		t.Errorf("got %v", w)
	}
	if n := named(5000, func(i uint64) uint64 { return i }, func(i uint64) int64 { return -int64(i) }); n[4999] != (Named{"hcustomer-000004999", -4999}) {
		t.Errorf("got %v", n[4999])
	}
}

package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/thalweg/thalweg/bench/batch/side"
)

func TestWhatTheSortAndItsFloorWriteIsWhatTheyRead(t *testing.T) {
	dir := t.TempDir()
	j := side.Job{Suite: "file-sort", Dir: dir, Megabytes: 3, SortMemory: 512}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	input := make([]byte, j.Lines()*side.LineSize)
	for i := range input {
		input[i] = byte(r.Uint32())
	}
	if err := os.WriteFile(j.Input(), input, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{side.Ours, side.Floor} {
		for n := 1; n <= 2; n++ {
			j.Engine, j.Threads = engine, n
			programs, err := load(j)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := side.Measure(programs[j.Suite]); err != nil {
				t.Fatal(err)
			}
			checkOutput(t, j, input)
		}
	}
}

// checkOutput compares what is written with the input, record by record, and removes it.
func checkOutput(t *testing.T, j side.Job, input []byte) {
	t.Helper()
	left := map[string]int{}
	for line := input; len(line) > 0; line = line[side.LineSize:] {
		left[string(line[:side.LineSize])]++
	}
	paths, err := filepath.Glob(filepath.Join(j.Output(), "*"))
	if err != nil || len(paths) != j.Threads {
		t.Fatalf("%s with %d wrote %v, %v", j.Engine, j.Threads, paths, err)
	}
	var last []byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for ; len(data) > 0; data = data[side.LineSize:] {
			line := data[:side.LineSize]
			if j.Engine == side.Ours && bytes.Compare(last, line[:10]) > 0 {
				t.Fatalf("%s with %d: a key in %s is smaller than the one before", j.Engine, j.Threads, path)
			}
			last = line[:10]
			left[string(line)]--
		}
	}
	for line, n := range left {
		if n != 0 {
			t.Fatalf("%s with %d: %d times too few: %x", j.Engine, j.Threads, n, line)
		}
	}
	if err := os.RemoveAll(j.Output()); err != nil {
		t.Fatal(err)
	}
}

package file

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect/file/filetest"
)

func TestASampleHasLinesOfAllParts(t *testing.T) {
	const lines, files, width = 60_000, 3, 20
	disk := filetest.NewDisk()
	for f := range files {
		var b strings.Builder
		for i := range lines {
			fmt.Fprintf(&b, "%0*d\n", width-1, f*lines+i)
		}
		disk.Put(fmt.Sprint("in/", f), b.String())
	}
	for _, places := range []int{1, 2, 7, 64, 10_000} {
		got, err := filetest.Read(bare{NewInput("in", Sample(places))}, disk, 2)
		if err != nil {
			t.Fatal(err)
		}
		if most := places * (sampleSize/width + 1); len(got.Rows) > min(most, files*lines) || len(got.Rows) < min(places, 100)*sampleSize/width-places {
			t.Errorf("%d places: %d lines", places, len(got.Rows))
		}
		seen := map[string]bool{}
		parts := make([]int, min(places, 64))
		for _, line := range got.Rows {
			n, err := strconv.Atoi(line)
			if err != nil || len(line) != width-1 || n >= files*lines || seen[line] {
				t.Fatalf("%d places: %q is no line, or there twice: %v", places, line, err)
			}
			seen[line] = true
			parts[n*len(parts)/(files*lines)]++
		}
		for i, n := range parts {
			if n == 0 {
				t.Errorf("%d places: nothing from part %d of %d", places, i, len(parts))
			}
		}
	}
}

func TestASampleOfLittleIsAllOfIt(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in/a", "")
	disk.Put("in/b", "one\ntwo\nthree")
	got, err := filetest.Read(bare{NewInput("in", Sample(10))}, disk, 2)
	if err != nil || strings.Join(got.Rows, " ") != "one two three" {
		t.Errorf("%q, %v", got.Rows, err)
	}
}

func TestASampleNeedsPlaces(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in.gz", "x")
	if _, err := filetest.Read(bare{NewInput("in.gz", Sample(10))}, disk, 1); err == nil || !strings.Contains(err.Error(), "in.gz cannot be split") {
		t.Error(err)
	}
	if err := NewInput("in", Sample(0)).Err(); err == nil || !strings.Contains(err.Error(), "file.Sample(0)") {
		t.Error(err)
	}
}

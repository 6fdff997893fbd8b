package parquet_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/parquet"
)

// try reads a file of whatever content with every kind of column, and with
// conditions, so that indexes and statistics are looked at. It returns the error.
func try(content string) (rows int, err error) {
	disk := filetest.NewDisk()
	disk.Put("in", content)
	got, err := filetest.Read(parquet.Read[everything]("in"), disk, 1)
	if err != nil {
		return len(got.Rows), err
	}
	got, err = filetest.Read(parquet.Read[everything]("in",
		parquet.Where(func(e *everything) *int32 { return &e.I32 }, parquet.AtLeast[int32](30*1000003)),
		parquet.Where(func(e *everything) *string { return &e.S }, parquet.AtMost("row 7")),
	), disk, 1)
	return len(got.Rows), err
}

func TestDamagedFilesAreErrorsThatNameThem(t *testing.T) {
	whole := string(must(os.ReadFile("testdata/duckdb.parquet")))
	for content, want := range map[string]string{
		"":                                    "in is no Parquet file: it has only 0 bytes",
		"PAR1":                                "it has only 4 bytes",
		"id,name\n1,some text of some length": `in is no Parquet file: it begins with "id,n"`,
		whole[:len(whole)-1]:                  "in has no footer: it was cut off or not completed",
		whole[:len(whole)/2]:                  "in has no footer",
		whole[:4] + whole[len(whole)-30:]:     "does not fit into the 34 bytes of the file",
		"PARE" + whole[4:]:                    "in is encrypted",
		whole[:100] + whole[200:]:             "in",
	} {
		rows, err := try(content)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q…: %d rows, %v, want %s", content, rows, err, want)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRandomDamageIsNeverAPanic(t *testing.T) {
	disk, names := onDisk(t)
	r := rand.New(rand.NewPCG(1, 9))
	failed := 0
	for seed := range 800 {
		content := []byte(disk.Content(names[seed%len(names)]))
		for range 1 + r.IntN(3) {
			at := r.IntN(len(content))
			if r.IntN(2) == 0 { // the footer is small and everything depends on it
				at = len(content) - 1 - r.IntN(len(content)/4)
			}
			content[at] = byte(r.Uint32())
		}
		if _, err := try(string(content)); err != nil {
			failed++
			if !strings.Contains(err.Error(), "in") {
				t.Errorf("damage %d: %v names no file", seed, err)
			}
		}
	}
	if failed < 200 {
		t.Errorf("only %d of the damaged files were errors", failed)
	}
}

func FuzzRead(f *testing.F) {
	disk, names := onDisk(f)
	for _, n := range names {
		f.Add([]byte(disk.Content(n)))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := try(string(content))
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}

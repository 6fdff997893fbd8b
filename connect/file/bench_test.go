package file

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/internal/host"
)

// textFile writes a file of lines of 80 bytes.
func textFile(tb testing.TB, lines int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "lines.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat(strings.Repeat("x", 79)+"\n", lines)), 0o666); err != nil {
		tb.Fatal(err)
	}
	return path
}

func BenchmarkLines(b *testing.B) {
	const lines = 500_000
	path := textFile(b, lines)
	c := context0(host.New().Files())
	in := NewInput(path)
	splits, err := in.Splits(c)
	if err != nil {
		b.Fatal(err)
	}
	rows := make([]string, 1024)
	b.SetBytes(80 * lines)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, s := range splits {
			l, err := in.Open(c, s)
			if err != nil {
				b.Fatal(err)
			}
			for err == nil {
				for m := l.Take(rows); m > 0; m = l.Take(rows) {
					n += m
				}
				err = l.More()
			}
			if err != io.EOF {
				b.Fatal(err)
			}
			_ = l.Close()
		}
		if n != lines {
			b.Fatalf("%d lines", n)
		}
	}
}

func TestReadingALineAllocatesNothing(t *testing.T) {
	disk := filetest.NewDisk()
	const lines = 100_000
	disk.Put("in", strings.Repeat(strings.Repeat("x", 79)+"\n", lines))
	rows := make([]string, 1024)
	allocs := testing.AllocsPerRun(3, func() {
		c := context0(disk)
		s, _ := newSplit("in", 0, 80*lines)
		l, err := NewInput("in").Open(c, s)
		for err == nil {
			for l.Take(rows) > 0 {
			}
			err = l.More()
		}
		if err != io.EOF {
			t.Fatal(err)
		}
	})
	// One for each chunk of 3276 lines, and some for opening.
	if allocs > lines/1000 {
		t.Errorf("%v allocations for %d lines", allocs, lines)
	}
}

package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/text"
)

// wordsOf returns lines of words, of about so many bytes.
func wordsOf(r *rand.Rand, lines, width int) string {
	words := strings.Fields("the quick brown fox jumps over a lazy dog while seven wizards quietly mix potions")
	var b strings.Builder
	for i := range lines {
		fmt.Fprintf(&b, "%d", i)
		for end := b.Len() + r.IntN(2*width+1); b.Len() < end; {
			b.WriteString(" " + words[r.IntN(len(words))])
		}
		b.WriteString("\n")
	}
	return b.String()
}

func packed(t *testing.T, extension, content string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch extension {
	case ".gz":
		w = gzip.NewWriter(&b)
	case ".zst":
		w, _ = zstd.NewWriter(&b) // the options, of which there are none, could be wrong
	default:
		return content
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestASampleTellsHowManyLinesThereAre(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, c := range []struct {
		lines, width int
		extension    string
		opts         []file.Option
		factor       float64
	}{
		{0, 10, "", nil, 1},
		{10, 10, "", nil, 1},
		{10, 10, ".gz", nil, 1},
		{10, 10, ".zst", nil, 1},
		{50_000, 0, "", nil, 1.2},
		{20_000, 100, "", nil, 1.2},
		{1000, 2000, "", nil, 2},
		{100, 20_000, "", nil, 3},
		{20_000, 100, ".gz", nil, 1.4},
		{20_000, 100, ".zst", nil, 1.4},
		{50_000, 100, "", []file.Option{file.Sample(100)}, 0},
	} {
		disk := filetest.NewDisk()
		files := 1 + r.IntN(3)
		lines := 0
		for f := range files {
			disk.Put(fmt.Sprint("in/", f, c.extension), packed(t, c.extension, wordsOf(r, c.lines, c.width)))
			lines += c.lines
		}
		s, err := filetest.CheckSample(text.Read("in", c.opts...), disk, 16)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if got := s.Estimate(); c.factor > 0 && (got > c.factor*float64(lines) || got*c.factor < float64(lines)) {
			t.Errorf("%+v: %.0f lines, there are %d", c, got, lines)
		}
		if s.Bytes > 16*(128<<10) {
			t.Errorf("%+v: %d bytes in the sample", c, s.Bytes)
		}
	}
}

// A place of a sample is bounded also where no line ends: what a line takes that is
// longer than that is not read.
func TestAPlaceOfASampleIsBounded(t *testing.T) {
	disk := filetest.NewDisk()
	read := 0
	disk.Generate("long", 1<<40, func(p []byte, offset int64) {
		read += len(p)
		for i := range p {
			p[i] = 'x'
		}
	})
	source := text.Read("long").(connect.Sampled[string]).Sample(16)
	got, err := filetest.Rows(source, disk)
	if err != nil || len(got.Places) != 16 || got.Rows > 0 || got.Bytes > 0 {
		t.Errorf("%d places, %d lines, %d bytes, %v", len(got.Places), got.Rows, got.Bytes, err)
	}
	if read > 16*(80<<10) {
		t.Errorf("%d bytes read", read)
	}
}

func TestABlockOfBzip2IsTooMuchForASample(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("a.bz2", "no bzip2")
	source := text.Read("a.bz2")
	got, err := filetest.Rows(source.(connect.Sampled[string]).Sample(16), disk)
	if err != nil || len(got.Places) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	size, err := source.(connect.Sized).Size(&filetest.Context{Context: context.Background(), Disk: disk})
	if err != nil || size != (connect.Size{Records: -1, Bytes: 8}) {
		t.Errorf("%v, %v", size, err)
	}
}

func TestWhatIsMissingHasNoSize(t *testing.T) {
	c := &filetest.Context{Context: context.Background(), Disk: filetest.NewDisk()}
	if size, err := text.Read("missing").(connect.Sized).Size(c); err == nil {
		t.Errorf("%v", size)
	}
}

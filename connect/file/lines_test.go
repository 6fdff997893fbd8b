package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file/filetest"
)

// source is the least format there is: lines and where they start.
type source struct{ Input }

func (source) String() string { return "lines" }

func (s source) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[string], error) {
	l, err := s.Input.Open(c, p)
	if err != nil {
		return nil, err
	}
	return located{l}, nil
}

type located struct{ *Lines }

func (l located) Read(rows []string) (int, error) {
	for n := range rows {
		line, ok := l.Next()
		if !ok {
			return n, l.More()
		}
		rows[n] = fmt.Sprintf("%d:%s", l.Offset(), line)
	}
	return len(rows), nil
}

// bare is the same with Take.
type bare struct{ Input }

func (bare) String() string { return "lines" }

func (s bare) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[string], error) {
	l, err := s.Input.Open(c, p)
	if err != nil {
		return nil, err
	}
	return taken{l}, nil
}

type taken struct{ *Lines }

func (l taken) Read(rows []string) (int, error) {
	if n := l.Take(rows); n > 0 {
		return n, nil
	}
	return 0, l.More()
}

// oracle cuts a text into lines the obvious way.
func oracle(text string, limit int) (lines, long []string) {
	offset := 0
	parts := strings.Split(text, "\n")
	for i, p := range parts {
		if i == len(parts)-1 && p == "" {
			break
		}
		line := fmt.Sprintf("%d:%s", offset, strings.TrimSuffix(p, "\r"))
		if len(strings.TrimSuffix(p, "\r")) > limit {
			long = append(long, line)
		} else {
			lines = append(lines, line)
		}
		offset += len(p) + 1
	}
	return lines, long
}

func randomText(r *rand.Rand) string {
	words := []string{"\n", "\n", "\r\n", "a", "bc", "ü", "日本", "\r", "\x00", strings.Repeat("long", 20), "\xff"}
	var b strings.Builder
	for range r.IntN(60) {
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String()
}

func context0(disk connect.Files) *filetest.Context {
	return &filetest.Context{Context: context.Background(), Disk: disk}
}

func offsets(rejected []connect.Rejected) (out []string) {
	for _, r := range rejected {
		out = append(out, fmt.Sprintf("%d:%s", r.Offset, r.Input))
	}
	return out
}

// newSplit returns the split of a range of a file.
func newSplit(path string, from, to int64) (connect.Split, error) {
	return piece{Path: []byte(path), From: from, To: to}.split()
}

func TestEverySplittingReadsEachLineOnceInOrder(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 1))
		text := randomText(r)
		limit := []int{DefaultMaxLine, 20, 1}[r.IntN(3)]
		disk := filetest.NewDisk()
		disk.Short = []int{0, 1, 3}[r.IntN(3)]
		disk.Put("in", text)
		in := NewInput("in", MaxLine(limit))
		cuts := []int64{0, int64(len(text))}
		for range r.IntN(8) {
			cuts = append(cuts, r.Int64N(int64(len(text)+1)))
		}
		slices.Sort(cuts)
		c := context0(disk)
		var got, plain []string
		for i := range cuts[1:] {
			s, err := newSplit("in", cuts[i], cuts[i+1])
			if err != nil {
				t.Fatal(err)
			}
			rows, err := filetest.ReadSplit(source{in}, c, s, 1+r.IntN(5))
			if err != nil {
				t.Fatalf("seed %d, split %s: %v", seed, s.ID, err)
			}
			got = append(got, rows...)
			rows, err = filetest.ReadSplit(bare{in}, context0(disk), s, 1+r.IntN(5))
			if err != nil {
				t.Fatalf("seed %d, split %s: %v", seed, s.ID, err)
			}
			plain = append(plain, rows...)
		}
		want, long := oracle(text, limit)
		if !slices.Equal(got, want) || !slices.Equal(offsets(c.Rejected), long) {
			t.Fatalf("seed %d, cuts %d of %q: got %q, rejected %q, want %q and %q", seed, cuts, text, got, offsets(c.Rejected), want, long)
		}
		for i := range want {
			_, want[i], _ = strings.Cut(want[i], ":")
		}
		if !slices.Equal(plain, want) {
			t.Fatalf("seed %d: Take brings %q, want %q", seed, plain, want)
		}
	}
}

func TestLinesAcrossManyChunksAreWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < 3*chunk {
		b.WriteString(strings.Repeat(string(rune('a'+r.IntN(26))), r.IntN(chunk/3)))
		b.WriteByte('\n')
	}
	b.WriteString(strings.Repeat("x", 2*chunk+17)) // grows the buffer
	disk := filetest.NewDisk()
	disk.Put("in", b.String())
	got, err := filetest.Read(source{NewInput("in")}, disk, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := oracle(b.String(), DefaultMaxLine); !slices.Equal(got.Rows, want) {
		t.Fatalf("got %d lines, want %d, or they differ", len(got.Rows), len(want))
	}
}

// gzipText compresses a text as several members.
func gzipText(t testing.TB, parts ...string) string {
	var b bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, p); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func zstdText(t testing.TB, parts ...string) string {
	var b bytes.Buffer
	for _, p := range parts {
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, p); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// bzipText is "hello world\n" as the bzip2 command compresses it.
const bzipText = "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x4e\xec\xe8\x36\x00\x00\x02\x51\x80\x00\x10\x40\x00\x06\x44\x90\x80\x20\x00\x31\x06\x4c\x41\x01\xa7\xa9\xa5\x80\xbb\x94\x31\xf8\xbb\x92\x29\xc2\x84\x82\x77\x67\x41\xb0"

func TestCompressedFilesAreReadAsOneSplitWithAllMembers(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		a, b := randomText(r), randomText(r)
		for name, content := range map[string]string{
			"in.gz": gzipText(t, a, b), "in.gzip": gzipText(t, a+b), "in.zst": zstdText(t, a, b),
		} {
			disk := filetest.NewDisk()
			disk.Put(name, content)
			got, err := filetest.Read(source{NewInput(name)}, disk, 4)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if want, _ := oracle(a+b, DefaultMaxLine); !slices.Equal(got.Rows, want) || len(got.Splits) != 1 {
				t.Fatalf("%s in %d splits: got %q, want %q", name, len(got.Splits), got.Rows, want)
			}
		}
	}
	disk := filetest.NewDisk()
	disk.Put("in.bz2", bzipText+bzipText)
	got, err := filetest.Read(source{NewInput("in.bz2")}, disk, 4)
	if want := []string{"0:hello world", "12:hello world"}; err != nil || !slices.Equal(got.Rows, want) {
		t.Fatalf("got %q, %v", got.Rows, err)
	}
}

func TestLargeFilesAreSplitInEqualRanges(t *testing.T) {
	disk := filetest.NewDisk()
	line := strings.Repeat("x", 79) + "\n"
	disk.Generate("in", 80*100_000, func(p []byte, offset int64) {
		for i := range p {
			p[i] = line[(offset+int64(i))%80]
		}
	})
	got, err := filetest.Read(bare{NewInput("in")}, disk, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Splits) != 8 || got.Splits[1].ID != "in:1000000-2000000" && got.Splits[1].Size != 1_000_000 {
		t.Errorf("splits %+v", got.Splits)
	}
	if len(got.Rows) != 100_000 {
		t.Errorf("%d rows", len(got.Rows))
	}
}

func TestSplitSizesStayWithinTheirBounds(t *testing.T) {
	for _, c := range []struct {
		total       int64
		parallelism int
		want        int64
	}{{0, 4, 1 << 20}, {10 << 20, 4, 1 << 20}, {256 << 20, 4, 16 << 20}, {1 << 40, 4, 64 << 20}, {8 << 20, 0, 2 << 20}} {
		if got := splitSize(c.total, c.parallelism); got != c.want {
			t.Errorf("splitSize(%d, %d) = %d, want %d", c.total, c.parallelism, got, c.want)
		}
	}
	if got := cut(1<<62, 1<<36, 1<<36); got != 1<<62 {
		t.Errorf("the last piece ends at %d", got)
	}
}

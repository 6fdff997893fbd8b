package file

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/internal/host"
)

func realFiles() connect.Files { return host.New().Files() }

func TestBrokenCompressionIsAnErrorWithFileAndOffset(t *testing.T) {
	text := strings.Repeat("all work and no play\n", 5000)
	packed := gzipText(t, text)
	frames := zstdText(t, text)
	flipped := []byte(frames)
	flipped[len(flipped)-2] ^= 0xff // in the checksum
	for name, content := range map[string]string{
		"cut.gz": packed[:len(packed)/2], "head.gz": packed[:5], "no.gz": "no gzip at all\n",
		"cut.zst": frames[:len(frames)/2], "flip.zst": string(flipped), "no.zst": "no zstandard\n",
		"cut.bz2": bzipText[:20], "no.bz2": "no bzip2\n",
	} {
		disk := filetest.NewDisk()
		disk.Put(name, content)
		_, err := filetest.Read(bare{NewInput(name)}, disk, 1)
		if err == nil || errors.Is(err, io.EOF) || !strings.HasPrefix(err.Error(), "file: cannot decompress ") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAFileThatShrinksWhileTheJobRunsIsAnError(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in", "one\ntwo\n")
	for _, r := range [][2]int64{{0, 20}, {12, 20}} {
		s, _ := newSplit("in", r[0], r[1])
		_, err := filetest.ReadSplit(bare{NewInput("in")}, context0(disk), s, 3)
		if err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: got %v", s.ID, err)
		}
	}
}

func TestSplitsFromElsewhereAreRefused(t *testing.T) {
	for _, data := range []string{"", "{", `{"path":"","from":0,"to":1}`, `{"path":"aW4=","from":5,"to":1}`, `{"path":"aW4=","from":-1,"to":1}`} {
		if _, err := NewInput("in").Open(context0(filetest.NewDisk()), connect.Split{ID: "x", Data: []byte(data)}); err == nil {
			t.Errorf("%q is accepted", data)
		}
	}
}

func TestAFailureOfTheDiskWithinAFileEndsTheSplit(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in", strings.Repeat("line\n", 100_000))
	reads := 0
	disk.Fail = func(op, path string) error {
		if op == "read" {
			if reads++; reads > 2 {
				return syscall.EIO
			}
		}
		return nil
	}
	got, err := filetest.Read(bare{NewInput("in")}, disk, 1)
	if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "behind byte 262142 of in") {
		t.Errorf("got %v", err)
	}
	if len(got.Rows) != 2*chunk/5 {
		t.Errorf("%d whole lines before the failure", len(got.Rows))
	}
}

func TestAnUsedUpBudgetEndsTheSplit(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in", "a\nlong\nb\nlonger\nc\n"+strings.Repeat("x", 2*chunk)+"\nd\n")
	for budget, want := range map[int]string{1: "a b", 2: "a b c", 3: "a b c d"} {
		c := context0(disk)
		c.Budget = budget
		s, _ := newSplit("in", 0, int64(len("a\nlong\nb\nlonger\nc\n")+2*chunk+3))
		rows, err := filetest.ReadSplit(bare{NewInput("in", MaxLine(2))}, c, s, 1)
		if got := strings.Join(rows, " "); got != want || errors.Is(err, filetest.ErrBudget) != (budget < 3) {
			t.Errorf("budget %d: got %s, %v", budget, got, err)
		}
	}
}

func TestALineOfAHundredMegabytesIsRejectedInLittleMemory(t *testing.T) {
	const size = 100 << 20
	disk := filetest.NewDisk()
	disk.Generate("in", size, func(p []byte, offset int64) {
		for i := range p {
			p[i] = 'x'
		}
		for _, at := range []int64{1, size - 3} { // "x\nxxx…xxx\nxx"
			if at >= offset && at < offset+int64(len(p)) {
				p[at-offset] = '\n'
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := filetest.Read(bare{NewInput("in", MaxLine(1<<20))}, disk, 2)
	runtime.ReadMemStats(&after)
	if err != nil || !slices.Equal(got.Rows, []string{"x", "xx"}) {
		t.Fatalf("got %q, %v", got.Rows, err)
	}
	if len(got.Rejected) != 1 {
		t.Fatalf("%d rejected", len(got.Rejected))
	}
	r := got.Rejected[0]
	if r.Origin != "in" || r.Offset != 2 || r.Size != size-5 || len(r.Input) != connect.MaxRejectedInput || !strings.Contains(r.Cause, "limit of 1048576 (option file.MaxLine)") {
		t.Errorf("rejected %s, %d bytes of %d", r, len(r.Input), r.Size)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 20<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}

func TestAFileWithoutLineEndsIsReadOnceHoweverManySplits(t *testing.T) {
	const size = 20 << 20
	disk := filetest.NewDisk()
	var read int64
	disk.Generate("in", size, func(p []byte, offset int64) {
		for i := range p {
			p[i] = 'x'
		}
		read += int64(len(p))
	})
	got, err := filetest.Read(bare{NewInput("in")}, disk, 4)
	if err != nil || len(got.Rows) != 1 || len(got.Rows[0]) != size {
		t.Fatalf("%d rows, %v", len(got.Rows), err)
	}
	if read > 2*size+1<<20 {
		t.Errorf("read %d bytes of %d", read, size)
	}
}

package file

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file/filetest"
)

// sink is the least format there is.
type sink struct{ Output }

func (sink) String() string { return "sink" }

func (s sink) Open(c connect.WriterContext) (connect.Writer[string], error) {
	w, err := NewWriter(s.Output, c, []byte("head\n"), func(dst []byte, row *string) ([]byte, error) {
		if *row == "bad" {
			return nil, errors.New("not expressible")
		}
		return append(append(dst, *row...), '\n'), nil
	}, nil)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func newSink(opts ...Option) sink { return sink{NewOutput("out", ".csv", opts...)} }

func job(disk *filetest.Disk, name string, subtasks int) *filetest.Context {
	return &filetest.Context{Context: context.Background(), Disk: disk, Name: name, Subtasks: subtasks}
}

func check(t *testing.T, disk *filetest.Disk, want ...string) {
	t.Helper()
	if got := disk.Names(); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

func TestACompleteJobLeavesOneFilePerSubtask(t *testing.T) {
	disk := filetest.NewDisk()
	if err := filetest.Write(newSink(), disk, "j/1", []string{"a", "b"}, nil, []string{"c"}); err != nil {
		t.Fatal(err)
	}
	check(t, disk, "out/part-00000.csv", "out/part-00001.csv", "out/part-00002.csv")
	if got := disk.Content("out/part-00000.csv") + disk.Content("out/part-00001.csv"); got != "head\na\nb\nhead\n" {
		t.Errorf("got %q", got)
	}
}

func TestNothingIsVisibleBeforeTheCommit(t *testing.T) {
	disk := filetest.NewDisk()
	s, c := newSink(), job(disk, "j1", 1)
	if err := s.Prepare(c); err != nil {
		t.Fatal(err)
	}
	if err := filetest.WritePart(s, c, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	check(t, disk, "out/.part-00000.csv.j1", "out/.writing.j1")
	if err := s.Commit(c); err != nil {
		t.Fatal(err)
	}
	check(t, disk, "out/part-00000.csv")
}

func TestADirectoryThatIsNotEmptyIsRefused(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("out/notes.txt", "x")
	err := newSink().Prepare(job(disk, "j", 1))
	for _, want := range []string{"directory out is not empty", "notes.txt", "file.Overwrite"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	check(t, disk, "out/notes.txt")

	disk = filetest.NewDisk()
	disk.Put("out/.DS_Store", "x")
	if err := newSink().Prepare(job(disk, "j", 1)); err != nil {
		t.Errorf("a hidden file: %v", err)
	}
	disk = filetest.NewDisk()
	disk.Put("out", "a file")
	if err := newSink(Overwrite()).Prepare(job(disk, "j", 1)); err == nil || !strings.Contains(err.Error(), "out is a file") {
		t.Errorf("a file: %v", err)
	}
}

func TestOverwriteReplacesPartsOfTheSameFormatOnly(t *testing.T) {
	disk := filetest.NewDisk()
	for _, p := range []string{"part-00000.csv", "part-00001.csv", "part-00007.csv.gz", "part-123456.csv.zst",
		"part-00000.txt", "part-x.csv", "part-001.csv", "mine.csv", ".part-00000.csv.other"} {
		disk.Put("out/"+p, "old")
	}
	if err := filetest.Write(newSink(Overwrite()), disk, "j", []string{"new"}); err != nil {
		t.Fatal(err)
	}
	check(t, disk, "out/.part-00000.csv.other", "out/mine.csv", "out/part-00000.csv", "out/part-00000.txt", "out/part-001.csv", "out/part-x.csv")
	if got := disk.Content("out/part-00000.csv"); got != "head\nnew\n" {
		t.Errorf("got %q", got)
	}
}

func TestOverwriteKeepsTheOldOutputOfAJobThatFails(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("out/part-00000.csv", "old")
	if err := filetest.Write(newSink(Overwrite()), disk, "j", []string{"new", "bad"}); err == nil {
		t.Fatal("no error")
	}
	check(t, disk, "out/part-00000.csv")
	if got := disk.Content("out/part-00000.csv"); got != "old" {
		t.Errorf("got %q", got)
	}
}

func TestImmediateOutputIsVisibleAfterAFlushAndStays(t *testing.T) {
	for _, opts := range [][]Option{{}, {Gzip()}, {Zstd()}} {
		disk := filetest.NewDisk()
		disk.Put("out/part-00009.csv", "old")
		s, c := newSink(append(opts, Immediate(), Overwrite())...), job(disk, "j", 1)
		if err := s.Prepare(c); err != nil {
			t.Fatal(err)
		}
		w, err := s.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write([]string{"a"}), w.Flush()); err != nil {
			t.Fatal(err)
		}
		name := "out/" + s.name(0)
		l, err := NewInput(name).Open(context0(disk), mustSplit(t, name, int64(len(disk.Content(name)))))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.More(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if line, _ := l.Next(); line != "head" {
			t.Errorf("%s: visible %q", name, line)
		}
		if err := errors.Join(w.Close(false), s.Abort(c)); err != nil {
			t.Fatal(err)
		}
		check(t, disk, name)
		got, err := filetest.Read(bare{NewInput("out")}, disk, 1)
		if err != nil || !slices.Equal(got.Rows, []string{"head", "a"}) {
			t.Errorf("%s: got %q, %v", name, got.Rows, err)
		}
	}
}

func mustSplit(t *testing.T, path string, size int64) connect.Split {
	t.Helper()
	s, err := newSplit(path, 0, size)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompressedOutputIsReadBack(t *testing.T) {
	rows := make([]string, 50_000)
	for i := range rows {
		rows[i] = strings.Repeat("row ", i%7)
	}
	for _, o := range []Option{Gzip(), Zstd()} {
		disk := filetest.NewDisk()
		if err := filetest.Write(newSink(o), disk, "j", rows); err != nil {
			t.Fatal(err)
		}
		got, err := filetest.Read(bare{NewInput("out")}, disk, 1)
		if err != nil || !slices.Equal(got.Rows, append([]string{"head"}, rows...)) {
			t.Errorf("%s: %d rows, %v", o, len(got.Rows), err)
		}
	}
}

func TestAFullOrBrokenDiskIsAnErrorThatNamesTheFile(t *testing.T) {
	big := []string{strings.Repeat("x", 3*writeSize)}
	for _, opts := range [][]Option{{}, {Gzip()}, {Zstd()}, {Immediate()}} {
		for operation, doing := range map[string]string{"full": "write", "write": "write", "sync": "sync", "close": "close", "create": "create"} {
			disk := filetest.NewDisk()
			s := newSink(opts...)
			path := "out/" + s.name(0)
			if !s.immediate {
				path = "out/" + unpublished(s.name(0), "j")
			}
			if operation == "full" {
				disk.Space = int64(len(madeDirectory)) + 10
			}
			disk.Fail = func(op, on string) error {
				if op == operation && on == path {
					return syscall.ENOSPC
				}
				return nil
			}
			err := filetest.Write(s, disk, "j", big)
			if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "file: cannot "+doing+" "+path+": no space left") {
				t.Errorf("%v, %s: got %v", opts, operation, err)
			}
			if left := disk.Names(); !s.immediate && len(left) != 0 {
				t.Errorf("%v, %s: left %q", opts, operation, left)
			}
		}
	}
}

func TestAWriterThatHasFailedTakesNothingMore(t *testing.T) {
	disk := filetest.NewDisk()
	s, c := newSink(), job(disk, "j", 1)
	if err := s.Prepare(c); err != nil {
		t.Fatal(err)
	}
	w, err := s.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	disk.Space = 100
	big := []string{strings.Repeat("x", writeSize)}
	first := w.Write(big)
	disk.Space = -1
	if second := w.Write(big); first == nil || second == nil || second.Error() != first.Error() {
		t.Errorf("got %v, then %v", first, second)
	}
	if err := w.Close(true); err == nil {
		t.Error("closing succeeds")
	}
}

func TestADirectoryThatCannotBeWrittenIsRefusedBeforeTheJob(t *testing.T) {
	for operation, want := range map[string]string{
		"mkdir": "file: cannot create the directory out: permission denied", "create": "file: cannot write to the directory out: permission denied",
		"list": "file: cannot list out: permission denied",
	} {
		disk := filetest.NewDisk()
		disk.Fail = func(op, path string) error {
			if op == operation {
				return syscall.EACCES
			}
			return nil
		}
		if err := newSink().Prepare(job(disk, "j", 1)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", operation, err, want)
		}
	}
}

func TestTheSameWorksOnTheMachinesOwnFiles(t *testing.T) {
	dir := t.TempDir()
	s := sink{NewOutput(dir+"/a/b", ".csv", Zstd())}
	if err := filetest.Write(s, realFiles(), "j", []string{"x"}, []string{"y"}); err != nil {
		t.Fatal(err)
	}
	got, err := filetest.Read(bare{NewInput(dir + "/a/b/part-*")}, realFiles(), 2)
	if err != nil || !slices.Equal(got.Rows, []string{"head", "x", "head", "y"}) {
		t.Errorf("got %q, %v", got.Rows, err)
	}
	if err := filetest.Write(s, realFiles(), "k", nil); err == nil {
		t.Error("overwrites")
	}
	c := &filetest.Context{Context: context.Background(), Disk: realFiles(), Name: "l", Subtasks: 1}
	s = sink{NewOutput(dir+"/c", ".csv")}
	if err := errors.Join(s.Prepare(c), filetest.WritePart(s, c, nil), s.Abort(c)); err != nil {
		t.Fatal(err)
	}
	if _, err := realFiles().Stat(dir + "/c"); err == nil {
		t.Error("the directory is still there")
	}
}

package file

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/connect/file/filetest"
)

func tree() *filetest.Disk {
	disk := filetest.NewDisk()
	for _, p := range []string{
		"in/b.txt", "in/a.txt", "in/.hidden", "in/_SUCCESS", "in/empty.txt",
		"in/2026/c.txt", "in/2026/deep/d.txt", "in/2025/e.log", "in/[x].txt",
		"nested/one/f.txt", "hidden/.only", "/abs/g.txt",
	} {
		if strings.Contains(p, "empty") {
			disk.Put(p, "")
		} else {
			disk.Put(p, p)
		}
	}
	_ = disk.MkdirAll("nothing")
	return disk
}

func TestPathsStandForFilesInAFixedOrder(t *testing.T) {
	for _, c := range []struct {
		path string
		opts []Option
		want string
	}{
		{"in/a.txt", nil, "in/a.txt"},
		{"in/.hidden", nil, "in/.hidden"},
		{"in", nil, "in/[x].txt in/a.txt in/b.txt"},
		{"in", []Option{Recursive()}, "in/2025/e.log in/2026/c.txt in/2026/deep/d.txt in/[x].txt in/a.txt in/b.txt"},
		{"in/*.txt", nil, "in/[x].txt in/a.txt in/b.txt"},
		{"in/[x].txt", nil, "in/[x].txt"}, // a name, since it exists
		{"in/202?", nil, "in/2025/e.log in/2026/c.txt"},
		{"in/202?", []Option{Recursive()}, "in/2025/e.log in/2026/c.txt in/2026/deep/d.txt"},
		{"*/*/c.txt", nil, "in/2026/c.txt"},
		{"in/.h*", nil, "in/.hidden"},
		{"/a*/*.txt", nil, "/abs/g.txt"},
		{"nested", []Option{Recursive()}, "nested/one/f.txt"},
	} {
		disk := tree()
		got, err := filetest.Read(bare{NewInput(c.path, c.opts...)}, disk, 3)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if rows := strings.Join(got.Rows, " "); rows != c.want {
			t.Errorf("%s: got %s, want %s", c.path, rows, c.want)
		}
	}
}

func TestPathsWithNothingToReadAreRefused(t *testing.T) {
	for path, want := range map[string]string{
		"missing":    "file: cannot read missing: no such file or directory",
		"in/x*":      "file: nothing matches the pattern in/x*",
		"no/*/x":     "file: nothing matches the pattern no/*/x",
		"in/[":       "syntax error in pattern",
		"nothing":    "file: nothing to read in nothing: it holds no file",
		"nested":     "option file.Recursive",
		"hidden":     `it holds only names that begin with "." or "_"`,
		"nested/*":   "", // the directory it matches has a file
		"":           "the path to read is empty",
		"in/a.txt/*": "nothing matches",
	} {
		_, err := filetest.Read(bare{NewInput(path)}, tree(), 1)
		if want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", path, err, want)
		}
	}
}

func TestEmptyFilesAreAnEmptyInput(t *testing.T) {
	got, err := filetest.Read(bare{NewInput("in/empty.txt")}, tree(), 1)
	if err != nil || len(got.Rows) != 0 || len(got.Splits) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDirectoriesAndFilesWithoutRightsAreNamed(t *testing.T) {
	for operation, want := range map[string]string{
		"list": "file: cannot list in: permission denied",
		"stat": "file: cannot read in: permission denied",
		"open": "file: cannot open in/[x].txt: permission denied",
		"read": "file: cannot read behind byte 0 of in/[x].txt: permission denied",
	} {
		disk := tree()
		disk.Fail = func(op, path string) error {
			if op == operation {
				return syscall.EACCES
			}
			return nil
		}
		if _, err := filetest.Read(bare{NewInput("in")}, disk, 1); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", operation, err, want)
		}
	}
}

func TestIrregularFilesAreRefused(t *testing.T) {
	_, err := filetest.Read(bare{NewInput(os.DevNull)}, realFiles(), 1)
	if err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("got %v", err)
	}
}

func TestOptionsForTheOtherSideAreRefused(t *testing.T) {
	in := NewInput("in", Overwrite(), MaxLine(0), Recursive())
	for _, want := range []string{"file.Overwrite() is no option for reading", "file.MaxLine(0)"} {
		if in.Err() == nil || !strings.Contains(in.Err().Error(), want) {
			t.Errorf("got %v, want %s", in.Err(), want)
		}
	}
	out := NewOutput("out", ".x", Recursive())
	if out.Err() == nil || !strings.Contains(out.Err().Error(), "file.Recursive() is no option for writing") {
		t.Errorf("got %v", out.Err())
	}
}

func TestADescriptionIsTheCallInTheProgram(t *testing.T) {
	got := Describe("text.Read", "in", []Option{Recursive(), MaxLine(5)})
	if want := `text.Read("in", file.Recursive(), file.MaxLine(5))`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPathsThatAreNoTextReachTheReader(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in/\xff", "a\n")
	got, err := filetest.Read(bare{NewInput("in")}, disk, 1)
	if err != nil || !slices.Equal(got.Rows, []string{"a"}) {
		t.Errorf("got %q, %v", got.Rows, err)
	}
}

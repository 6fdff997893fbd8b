package sim_test

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/sim"
)

func write(t *testing.T, files host.FileSystem, path, content string) error {
	t.Helper()
	f, err := files.Create(path)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, content)
	return errors.Join(err, f.Sync(), f.Close())
}

func TestFilesReadBackWhatWasWritten(t *testing.T) {
	d := sim.New(1).Disk()
	if err := write(t, d, "a.txt", "one two three"); err != nil {
		t.Fatal(err)
	}
	for _, short := range []func() int{nil, func() int { return 1 }, func() int { return 0 }} {
		d.ShortReads(short)
		f, err := d.Open("/a.txt")
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(f, []byte("one two three")); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := f.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("reading a closed file: %v", err)
		}
	}
}

func TestDirectoriesFollowTheRulesOfUnix(t *testing.T) {
	d := sim.New(1).Disk()
	d.Put("in/a", "a")
	d.Put("in/b/c", "c")
	for _, c := range []struct {
		name string
		do   func() error
		want error
	}{
		{"open what is not there", func() error { _, err := d.Open("x"); return err }, fs.ErrNotExist},
		{"open below a file", func() error { _, err := d.Open("in/a/x"); return err }, syscall.ENOTDIR},
		{"create below nothing", func() error { _, err := d.Create("x/y"); return err }, fs.ErrNotExist},
		{"create over a directory", func() error { _, err := d.Create("in/b"); return err }, syscall.EISDIR},
		{"stat what is not there", func() error { _, err := d.Stat("x"); return err }, fs.ErrNotExist},
		{"list a file", func() error { _, err := d.List("in/a"); return err }, syscall.ENOTDIR},
		{"make a directory over a file", func() error { return d.MkdirAll("in/a/x") }, syscall.ENOTDIR},
		{"make a directory again", func() error { return d.MkdirAll("in/b") }, nil},
		{"remove a full directory", func() error { return d.Remove("in/b") }, syscall.ENOTEMPTY},
		{"rename into itself", func() error { return d.Rename("in", "in/b/in") }, syscall.EINVAL},
		{"rename a file over a directory", func() error { return d.Rename("in/a", "in/b") }, syscall.EISDIR},
		{"rename a directory with its files", func() error { return d.Rename("in/b", "out") }, nil},
		{"rename over a file", func() error { return d.Rename("in/a", "out/c") }, nil},
		{"remove an empty directory", func() error { return d.Remove("in") }, nil},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", c.name, err, c.want)
		}
	}
	if tree := d.Tree(); !slices.Equal(tree, []string{"out/c"}) {
		t.Errorf("left is %q", tree)
	}
	if content, _ := d.Content("out/c"); content != "a" {
		t.Errorf("out/c holds %q", content)
	}
	list, err := d.List(".")
	if err != nil || len(list) != 1 || list[0].Name() != "out" || !list[0].IsDir() {
		t.Errorf("the root lists %v, %v", list, err)
	}
}

func TestAFullDiskTakesWhatFits(t *testing.T) {
	d := sim.New(1).Disk()
	d.Leave(5)
	f, err := d.Create("a")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if n, err := f.Write([]byte("defg")); n != 2 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d, %v", n, err)
	}
	if content, _ := d.Content("a"); content != "abcde" {
		t.Errorf("the file holds %q", content)
	}
	d.Leave(-1)
	if _, err := f.Write([]byte("f")); err != nil {
		t.Error(err)
	}
}

func TestInjectedFailuresNameOperationAndPath(t *testing.T) {
	d := sim.New(1).Disk()
	broken := errors.New("broken")
	var asked []string
	d.FailWith(func(operation, path string) error {
		asked = append(asked, operation)
		if operation == "sync" {
			return broken
		}
		return nil
	})
	err := write(t, d, "a", "x")
	var where *fs.PathError
	if !errors.Is(err, broken) || !errors.As(err, &where) || where.Path != "a" || where.Op != "sync" {
		t.Error(err)
	}
	if !slices.Equal(asked, []string{"create", "write", "sync", "close"}) {
		t.Errorf("asked for %q", asked)
	}
}

func TestAnOpenFileOutlivesItsName(t *testing.T) {
	d := sim.New(1).Disk()
	d.Put("a", "old")
	f, err := d.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	d.Put("b", "new")
	if err := d.Rename("b", "a"); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); string(b) != "old" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

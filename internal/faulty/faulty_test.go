package faulty_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
)

func TestOperationsFailOnMatchingPaths(t *testing.T) {
	dir := t.TempDir()
	h := faulty.New(host.New())
	h.Fail(faulty.Create, "bad*", syscall.EIO)
	h.FailAfter(faulty.Read, filepath.Join(dir, "*"), 1, syscall.EIO)
	if _, err := h.Files().Create(filepath.Join(dir, "bad.txt")); !errors.Is(err, syscall.EIO) {
		t.Errorf("creating a bad file: %v", err)
	}
	w, err := h.Files().Create(filepath.Join(dir, "good.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "text"); err != nil || w.Sync() != nil || w.Close() != nil {
		t.Fatal(err)
	}
	r, err := h.Files().Open(filepath.Join(dir, "good.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	buf := make([]byte, 2)
	if n, err := r.Read(buf); n != 2 || err != nil {
		t.Errorf("the first read: %d, %v", n, err)
	}
	var at *fs.PathError
	if _, err := r.Read(buf); !errors.As(err, &at) || at.Path != filepath.Join(dir, "good.txt") {
		t.Errorf("the second read: %v", err)
	}
	if h.Failed(faulty.Create) != 1 || h.Failed(faulty.Read) != 1 || h.Failed(faulty.Write) != 0 {
		t.Error("failures are not counted")
	}
}

func TestAFullDiskTakesWhatHasRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	h := faulty.New(host.New())
	h.FillUp(5)
	w, err := h.Files().Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n, first := io.WriteString(w, "abc")
	m, second := io.WriteString(w, "defg")
	if n != 3 || first != nil || m != 2 || !errors.Is(second, syscall.ENOSPC) {
		t.Errorf("wrote %d, %v, then %d, %v", n, first, m, second)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(path); string(data) != "abcde" {
		t.Errorf("the file has %q, %v", data, err)
	}
}

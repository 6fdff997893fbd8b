package file

import (
	"errors"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect/file/filetest"
)

func TestAbortRemovesWhatTheJobHasMade(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("kept/x", "")
	s, c := newSink(), job(disk, "j", 2)
	if err := s.Prepare(c); err != nil {
		t.Fatal(err)
	}
	for i := range 2 { // writers that are never closed: their process has died
		if _, err := s.Open(c.At(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Abort(c); err != nil {
		t.Fatal(err)
	}
	check(t, disk, "kept/x")
	if _, err := disk.Stat("out"); err == nil {
		t.Error("the directory is still there")
	}
	if err := s.Abort(c); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestAbortKeepsTheDirectoryThatWasThereAndForeignFiles(t *testing.T) {
	disk := filetest.NewDisk()
	_ = disk.MkdirAll("out")
	s, c := newSink(), job(disk, "j", 1)
	if err := errors.Join(s.Prepare(c), filetest.WritePart(s, c, nil), s.Abort(c)); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Stat("out"); err != nil {
		t.Error("the directory is gone")
	}
	disk = filetest.NewDisk()
	c = job(disk, "j", 1)
	if err := s.Prepare(c); err != nil {
		t.Fatal(err)
	}
	disk.Put("out/foreign", "x")
	disk.Put("out/.part-00000.csv.k", "x")
	if err := s.Abort(c); err != nil {
		t.Fatal(err)
	}
	check(t, disk, "out/.part-00000.csv.k", "out/foreign")
}

func TestCommitPublishesNothingIfAFileIsMissing(t *testing.T) {
	disk := filetest.NewDisk()
	s, c := newSink(), job(disk, "j", 2)
	if err := errors.Join(s.Prepare(c), filetest.WritePart(s, c.At(1), nil)); err != nil {
		t.Fatal(err)
	}
	err := s.Commit(c)
	if err == nil || !strings.Contains(err.Error(), "subtask 0 has left no file in out") {
		t.Errorf("got %v", err)
	}
	check(t, disk, "out/.part-00001.csv.j", "out/.writing.j")
}

func TestCommitDoesNotReplaceWhatAppearedMeanwhile(t *testing.T) {
	disk := filetest.NewDisk()
	s, c := newSink(), job(disk, "j", 1)
	if err := errors.Join(s.Prepare(c), filetest.WritePart(s, c, nil)); err != nil {
		t.Fatal(err)
	}
	disk.Put("out/part-00000.csv", "foreign")
	if err := s.Commit(c); err == nil || disk.Content("out/part-00000.csv") != "foreign" {
		t.Errorf("got %v", err)
	}
}

func TestTwoSinksOfAJobCannotShareADirectory(t *testing.T) {
	disk := filetest.NewDisk()
	c := job(disk, "j", 1)
	if err := newSink().Prepare(c); err != nil {
		t.Fatal(err)
	}
	if err := newSink(Overwrite()).Prepare(c); err == nil || !strings.Contains(err.Error(), "another sink of this job") {
		t.Errorf("got %v", err)
	}
}

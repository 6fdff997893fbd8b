package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

func TestFilesHoldTheRowsInOrder(t *testing.T) {
	g := tpchgen.New(0.01, 9) // several chunks of the larger tables
	dir := filepath.Join(t.TempDir(), "new")
	if err := generate(g, dir); err != nil {
		t.Fatal(err)
	}
	for _, table := range g.Tables() {
		var want []byte
		for unit := range table.Units {
			want = table.Append(want, unit)
		}
		got, err := os.ReadFile(filepath.Join(dir, table.Name+".tbl"))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes, not those %d of the generator (%v)", table.Name, len(got), len(want), err)
		}
	}
}

// full is a disk without room.
type full struct{ writes int }

var errFull = errors.New("no room")

func (f *full) Write([]byte) (int, error) { f.writes++; return 0, errFull }

func TestAFullDiskEndsTheTableWithItsError(t *testing.T) {
	var f full
	if err := write(&f, tpchgen.New(0.01, 9).Tables()[6]); !errors.Is(err, errFull) || f.writes != 1 {
		t.Errorf("%v after %d writes", err, f.writes)
	}
}

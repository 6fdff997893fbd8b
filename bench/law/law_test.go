package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The limit is small enough for every job to go to disk at three hundredths of its size.
func TestTheMemoryLawHoldsInSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	law := filepath.Join(t.TempDir(), "law")
	if out, err := exec.Command("go", "build", "-o", law, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(law, "--limit", "96MiB", "--part", "0.03").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "peak"); n != len(jobs) {
		t.Errorf("%d of %d jobs were run:\n%s", n, len(jobs), out)
	}
	t.Log(string(out))
}

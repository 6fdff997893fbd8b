package memory_test

import (
	"testing"

	"github.com/thalweg/thalweg/internal/memory"
)

func TestSizesAreReadAndWrittenAsPeopleDo(t *testing.T) {
	for text, want := range map[string]int64{
		"4096": 4096, "64MiB": 64 << 20, "64M": 64 << 20, "64mb": 64 << 20, "1.5 GiB": 3 << 29, "2T": 2 << 40, "1 kib": 1 << 10,
	} {
		if got, err := memory.Parse(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "0", "1e99", "NaN", "12 Q", "x"} {
		if got, err := memory.Parse(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
	for n, want := range map[int64]string{1: "1 bytes", 1023: "1023 bytes", 64 << 20: "64 MiB", 3 << 29: "1.5 GiB"} {
		if got := memory.Text(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

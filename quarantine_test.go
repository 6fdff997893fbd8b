package thalweg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAQuarantineIsListedShownAndReplayed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	call := func(line string) (code int, stdout, stderr string) {
		var out, err strings.Builder
		code = execute("prog", build, strings.Fields(line), &out, &err)
		return code, out.String(), err.String()
	}
	for _, c := range []struct {
		line string
		code int
		want []string
	}{
		{"--how panic --parallelism 1 --quarantine " + dir, 0, []string{"in the quarantine " + dir + ": 4", "user code has a bug"}},
		{"--how panic --quarantine " + dir, exitFailure, []string{"is not empty"}},
		{"quarantine ls " + dir, 0, []string{"2      map", "2", "numbers", "panic: user code has a bug", "1 is odd"}},
		{"quarantine show " + dir, 0, []string{"record 0, panic: panic: user code has a bug", "\n  record 2\n", "execute_test.go", "numbers at byte 3: 3 is odd"}},
		{"quarantine show " + dir + " --operator map --limit 1", 0, []string{"record 0"}},
		{"quarantine show " + dir + " --limit many", exitUsage, []string{"--limit"}},
		{"quarantine replay " + dir + " --how panic", 0, []string{"in the quarantine " + dir + ".again: 2"}},
		{"quarantine ls " + dir + ".nowhere", exitFailure, []string{"the quarantine"}},
		{"quarantine replay " + dir + ".nowhere", exitFailure, []string{"the quarantine"}},
		{"quarantine", exitUsage, []string{"ls, show or replay"}},
		{"--quarantine-budget many", exitUsage, []string{"operator=number"}},
		{"--quarantine-budget 1", exitUsage, []string{"no quarantine"}},
		{"--how panic", exitFailure, []string{"--quarantine DIR"}},
	} {
		code, stdout, stderr := call(c.line)
		if code != c.code {
			t.Errorf("%q: exit code %d, not %d\n%s%s", c.line, code, c.code, stdout, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stdout+stderr, want) {
				t.Errorf("%q: no %q in\n%s%s", c.line, want, stdout, stderr)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, content[:len(content)-3], 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if code, stdout, stderr := call("quarantine ls " + dir); code != exitFailure || !strings.Contains(stdout, "1      map") || !strings.Contains(stderr, "cut off") {
		t.Errorf("cut off: %d\n%s%s", code, stdout, stderr)
	}
}

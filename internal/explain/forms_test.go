package explain_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/explain"
	"github.com/thalweg/thalweg/internal/golden"
)

// A command is the form and a report in testdata/reports, or two of them.
func TestReportsArePrinted(t *testing.T) {
	golden.Run(t, "testdata/forms/*.txt", func(t *testing.T) func(golden.Command) string {
		return func(c golden.Command) string {
			words := strings.Fields(c.Lines[0])
			r := report(t, words[1])
			switch words[0] {
			case "text":
				return r.Text()
			case "json":
				return r.JSON()
			case "dot":
				return r.DOT()
			case "diff":
				return explain.Diff(r, report(t, words[2]))
			}
			t.Fatalf("%s: there is no form %s", c.Place, words[0])
			return ""
		}
	})
}

// report reads a report that was made by hand.
func report(t testing.TB, name string) *explain.Report {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "reports", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := explain.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReportIsReadBackAsItWasWritten(t *testing.T) {
	for _, name := range []string{"revenue", "ran", "loop", "hostile"} {
		want := report(t, name).JSON()
		r, err := explain.Read([]byte(want))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.JSON(); got != want {
			t.Errorf("%s: got\n%s\nnot\n%s", name, got, want)
		}
	}
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	const fine = `{"id":0,"parallelism":1}`
	for text, why := range map[string]string{
		`nothing`: "not a plan in JSON",
		`{}`:      "no operators",
		`{"operators":[` + fine + `,` + fine + `]}`:                       "two operators 0",
		`{"operators":[{"id":0,"parallelism":1,"chain":1}]}`:              "the chain of operator 0",
		`{"operators":[{"id":0,"parallelism":0}]}`:                        "the parallelism of operator 0",
		`{"operators":[` + fine + `],"edges":[{"from":0,"to":1}]}`:        "from 0 to 1",
		`{"operators":[{"id":0,"parallelism":1,"rows":{"value":1e999}}]}`: "not a plan in JSON",
	} {
		if _, err := explain.Read([]byte(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: got %v, not that %s", text, err, why)
		}
	}
	if _, err := explain.Read([]byte(`{"operators":[` + fine + `],"later":1}`)); err != nil {
		t.Errorf("a field that is not known yet: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"revenue", "ran", "loop", "hostile"} {
		f.Add([]byte(report(f, name).JSON()))
	}
	f.Add([]byte(`{"operators":[{"id":0,"parallelism":1},{"id":1,"parallelism":1}],"edges":[{"from":0,"to":1},{"from":1,"to":0},{"from":1,"to":1}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := explain.Read(b)
		if err != nil || len(r.Operators) > 100 {
			return
		}
		if r.Text() == "" || r.DOT() == "" || r.HTML() == "" {
			t.Error("a report that prints nothing")
		}
		if lines := strings.Split(explain.Diff(r, r), "\n"); len(lines) != 4 {
			t.Errorf("a report differs from itself: %q", lines)
		}
		text := r.JSON()
		again, err := explain.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if again.JSON() != text {
			t.Errorf("%q is read as another report", text)
		}
	})
}

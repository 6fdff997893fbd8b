package harness

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestSpreadIsMedianAndExtremes(t *testing.T) {
	if got := SpreadOf([]float64{3, 1, 2, 10}); got != (Spread{2.5, 1, 10}) {
		t.Errorf("got %+v", got)
	}
	if got := (Spread{}).Cell(); got != "–" {
		t.Errorf("no spread is %q in a table", got)
	}
}

func TestColumnsOfATableStandBelowEachOther(t *testing.T) {
	var b strings.Builder
	WriteTable(&b, [][]string{{"what", "×"}, {"a", "1.00 (1–2)"}, {"≤ bar", ""}})
	want := "| what  | ×          |\n|-------|------------|\n| a     | 1.00 (1–2) |\n| ≤ bar |            |\n"
	if b.String() != want {
		t.Errorf("got\n%s want\n%s", b.String(), want)
	}
}

func TestTheMeanOfRatiosIsGeometric(t *testing.T) {
	var m Mean
	if m.String() != "–" {
		t.Errorf("the mean of nothing is %s", m)
	}
	for _, v := range []float64{0, 2, 8} {
		m.Add(v)
	}
	if m.String() != "4.00" {
		t.Errorf("got %s", m)
	}
}

// script is a process that says the lines of a shell script; it answers without
// looking at the question.
func script(text string) *exec.Cmd { return exec.Command("sh", "-c", text) }

func TestAProcessIsReadyThenAnswersThenEnds(t *testing.T) {
	p, err := Begin("fake", script(`echo '{"ready": true}'; read q; echo '{"sum": 7}'; read q; echo '{"error": "no"}'; cat`))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Sum int }
	if _, err := p.Ask("?", &got); err != nil || got.Sum != 7 {
		t.Errorf("got %v and %v", got, err)
	}
	if _, err := p.Ask("?", &got); err == nil || err.Error() != "fake: no" {
		t.Errorf("an error is %v", err)
	}
	if err := p.End(); err != nil {
		t.Error(err)
	}
}

func TestAProcessThatIsNotReadyIsRefused(t *testing.T) {
	for _, text := range []string{"true", "exit 3", "echo nonsense", `echo '{"error": "no data"}'`} {
		if _, err := Begin("fake", script(text)); err == nil {
			t.Errorf("%s is ready", text)
		}
	}
}

func TestHistogramFindsQuantilesWithinABucket(t *testing.T) {
	var h Histogram
	for i := range 10_000 {
		h.Add(time.Duration(i+1) * time.Microsecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 5 * time.Millisecond, 0.99: 9900 * time.Microsecond, 1: 10 * time.Millisecond} {
		if got := h.Quantile(q); got < want || float64(got) > 1.03*float64(want) {
			t.Errorf("quantile %v is %s, want %s", q, got, want)
		}
	}
}

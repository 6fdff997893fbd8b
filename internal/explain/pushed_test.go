package explain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/explain"
	"github.com/thalweg/thalweg/internal/metrics"
)

// A source that leaves out records has fewer than are estimated of its input, and that
// is no mistake of the estimate.
func TestWhatIsPushedIsShown(t *testing.T) {
	r := &explain.Report{Job: "pushed", Parallelism: 1, Processes: 1, Operators: []explain.Operator{
		{ID: 0, Kind: "source", Name: "sales", Parallelism: 1, Pushed: []string{"reads only Day Price", "only where Day >= 5"}, Drops: true, Rows: &explain.Number{Value: 1000, Origin: "sampled"}},
		{ID: 1, Kind: "filter", Name: "filter", Parallelism: 1, Pushed: []string{"done by the source"}, Rows: &explain.Number{Value: 10, Origin: "sampled"}},
		{ID: 2, Kind: "sink", Name: "sink", Parallelism: 1},
	}, Edges: []explain.Edge{{From: 0, To: 1, Input: "0", Ship: "chained"}, {From: 1, To: 2, Input: "0", Ship: "chained"}}}
	r.Observe(map[int]metrics.Figures{0: {RecordsOut: 10}, 1: {RecordsIn: 10, RecordsOut: 10}, 2: {RecordsIn: 10}}, time.Second)
	text := r.Text()
	for _, want := range []string{"reads only Day Price; only where Day >= 5\n", "done by the source\n", "actual 10 rows;"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "fewer") {
		t.Errorf("the source is said to have too few rows:\n%s", text)
	}
	if html := r.HTML(); !strings.Contains(html, "only where Day &gt;= 5") {
		t.Error("the page does not say what is pushed")
	}
	was := *r
	was.Operators = append([]explain.Operator(nil), r.Operators...)
	was.Operators[0].Pushed = nil
	if d := explain.Diff(&was, r); !strings.Contains(d, "pushed: none → reads only Day Price; only where Day >= 5") {
		t.Errorf("the difference is\n%s", d)
	}
}

package thalweg

import (
	"bytes"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// laterHost is a host whose clock can be moved.
type laterHost struct {
	host.Host
	moved atomic.Int64
}

func (h *laterHost) Now() time.Time { return h.Host.Now().Add(time.Duration(h.moved.Load())) }

func (h *laterHost) move(d time.Duration) { h.moved.Add(int64(d)) }

// windowPlan is the plan of an endless source with event times, windows and a sink.
func windowPlan(t *testing.T, rule string) *plan.Plan {
	t.Helper()
	none := func(operator.Wiring) (operator.Instance, error) { return operator.Instance{}, nil }
	var g plan.Graph
	source := g.Add(&plan.Node{Kind: "source", Name: "orders", Unbounded: true, Outputs: []operator.Element{nil}, Source: &plan.Source{}, Factory: none})
	times := g.Add(&plan.Node{
		Kind: plan.AssignTime, Name: "times", Detail: []string{rule}, Time: plan.SetTimes,
		Outputs: []operator.Element{nil}, Factory: none, Inputs: []plan.Input{{{From: source}}},
	})
	windows := g.Add(&plan.Node{
		Kind: "window", Name: "sums", Time: plan.SetTimes,
		Outputs: []operator.Element{nil}, Factory: none, Inputs: []plan.Input{{{From: times}}},
	})
	g.Add(&plan.Node{Kind: "sink", Factory: none, Inputs: []plan.Input{{{From: windows}}}})
	p, err := plan.Compile(&g, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAJobWarnsOfTimeThatStandsStill(t *testing.T) {
	h := &laterHost{Host: host.New()}
	var said bytes.Buffer
	w := &watch{host: h, name: "job", directory: t.TempDir(), process: 1, stderr: &said}
	defer w.close()
	p := &cluster.Progress{Plan: windowPlan(t, "milliseconds, in order")}
	standings := func(records int64) {
		heard := h.Now().Add(-time.Hour).UnixNano()
		p.Standings = []metrics.Standing{
			{Node: 1, Mark: 5e9, Before: 0, Rule: "milliseconds, in order", Splits: []metrics.Split{{ID: "quiet", Mark: 5e9, Records: records, Heard: heard}}},
			{Node: 2, Mark: 5e9, Before: 1, Open: 1, Next: 60e9, Records: records},
		}
		w.observe(p)
	}
	standings(3)
	if got := said.String(); !strings.Contains(got, `"times"`) || !strings.Contains(got, "no rule for idleness") {
		t.Errorf("at the start it says %q", got)
	}
	said.Reset()
	h.move(stallAfter - time.Second)
	standings(3)
	if said.Len() > 0 {
		t.Errorf("too early it says %q", said.String())
	}
	h.move(2 * time.Second)
	standings(3)
	first := said.String()
	if !strings.Contains(first, "split quiet") || !strings.Contains(first, "1970-01-01T00:00:05.000Z") {
		t.Errorf("it says %q", first)
	}
	h.move(stallAfter)
	standings(3)
	if said.String() != first {
		t.Errorf("it says more than once: %q", said.String())
	}

	ask := func(operator string) (int, string, string) {
		var out, err bytes.Buffer
		return whyNot(h, w.directory, "job", operator, &out, &err), out.String(), err.String()
	}
	if code, out, _ := ask("sums"); code != 0 || !strings.Contains(out, "silent split: split quiet") {
		t.Errorf("asked for sums it answers %d %q", code, out)
	}
	if code, out, _ := ask(""); code != 0 || !strings.Contains(out, "sums (operator 2") || strings.Contains(out, "times (") {
		t.Errorf("asked for all it answers %d %q", code, out)
	}
	if code, _, err := ask("sum"); code != exitFailure || !strings.Contains(err, `did you mean "sums"`) {
		t.Errorf("asked for an operator that is not there it answers %d %q", code, err)
	}
	if code := whyNot(h, w.directory, "other", "", io.Discard, io.Discard); code != exitFailure {
		t.Errorf("asked for another job it answers %d", code)
	}
}

func TestAJobWithARuleForIdlenessSaysNothing(t *testing.T) {
	for _, rule := range []string{"milliseconds, idle after 1m0s", "milliseconds, never idle"} {
		var said bytes.Buffer
		w := &watch{host: host.New(), name: "job", stderr: &said}
		w.observe(&cluster.Progress{Plan: windowPlan(t, rule)})
		if said.Len() > 0 {
			t.Errorf("%s: %q", rule, said.String())
		}
	}
	var said bytes.Buffer
	if code := execute("job", func(*Environment) error { return nil }, []string{"run", "--operator", "x"}, io.Discard, &said); code != exitUsage {
		t.Errorf("run --operator: %d %q", code, said.String())
	}
}

package optimizer_test

import (
	"testing"

	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
)

// A run that has seen the small table to be large changes the plan of the next one, also
// if another operator stands in front of everything by then.
func TestWhatARunHasSeenDecidesTheNextOne(t *testing.T) {
	p := problemOf(t, programs["join"], 4, nil)
	nodes, _ := plan.Divide(p.Graph, 0)
	h, err := optimizer.ReadHistory(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Record(nodes, map[int]int64{0: 50, 1: 1e7, 2: 1e7})
	if h, err = optimizer.ReadHistory(h.Bytes()); err != nil {
		t.Fatal(err)
	}
	p = problemOf(t, programs["join"], 4, nil)
	nodes, _ = plan.Divide(p.Graph, 0)
	p.Statistics = h.Statistics(nodes)
	d := optimize(t, p).Nodes[2]
	if d.Strategy != "broadcast first" || d.Out.Rows.Origin != optimizer.Measured || d.Out.Rows.Value != 1e7 {
		t.Errorf("%s for %+v", d.Strategy, d.Out.Rows)
	}
}

func TestAGroupingTellsHowManyKeysItsInputHas(t *testing.T) {
	p := problemOf(t, programs["nested"], 4, nil)
	nodes, _ := plan.Divide(p.Graph, 0)
	h, _ := optimizer.ReadHistory(nil)
	made := map[int]int64{0: 1e7}
	for _, n := range nodes {
		if n.Kind == "aggregate" && made[n.ID] == 0 && len(made) == 1 {
			made[n.ID] = 120
		}
	}
	h.Record(nodes, made)
	if d := h.Statistics(nodes)[0].Distinct["Place.Country"]; d.Value != 120 || d.Origin != optimizer.Measured {
		t.Errorf("there are %+v countries", d)
	}
}

func TestWhatIsNoHistoryIsRefused(t *testing.T) {
	for _, text := range []string{"{", `{"version": 2}`, `{"version": 1, "operators": {"a": {"rows": -1}}}`, `[]`} {
		if _, err := optimizer.ReadHistory([]byte(text)); err == nil {
			t.Errorf("%s is taken for a history", text)
		}
	}
}

package replay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/types"
)

// element is the type of all records of the tests.
func element[T any](t *testing.T) (operator.Element, *types.Type[T]) {
	t.Helper()
	typ, err := types.Of[T]()
	if err != nil {
		t.Fatal(err)
	}
	return step.NewElement(typ), typ
}

// program is a source, two maps of the same name, and a sink; sets are read from a
// source of their own by the second map.
func program(t *testing.T) *plan.Graph {
	e, _ := element[int64](t)
	some := func(connect.SplitContext) ([]connect.Split, error) { return []connect.Split{{ID: "input"}}, nil }
	g := &plan.Graph{}
	add := func(kind, name string, from *plan.Node, outputs ...operator.Element) *plan.Node {
		n := &plan.Node{ID: len(g.Nodes), Kind: kind, Name: name, Outputs: outputs}
		if from == nil {
			n.Source, n.Unbounded = &plan.Source{Splits: some, Budget: 7}, true
		} else {
			n.Inputs = []plan.Input{{plan.Edge{From: from}}}
		}
		g.Nodes = append(g.Nodes, n)
		return n
	}
	source, set := add("source", "numbers", nil, e), add("source", "set", nil, e)
	first := add("map", "twice", source, e)
	second := add("map", "twice", first, e)
	second.Broadcasts = []plan.Broadcast{{Input: plan.Input{plan.Edge{From: set}}}}
	add("sink", "out", second)
	return g
}

// refuse writes a file with an entry for each input given; -1 is one without a record.
func refuse[T any](t *testing.T, dir, name string, o quarantine.Operator, row T, inputs ...int32) {
	t.Helper()
	_, typ := element[T](t)
	w, err := quarantine.NewWriter(host.New().Files(), dir, name+".quarantine", quarantine.Origin{Operator: o}, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range inputs {
		entry, schema := &quarantine.Entry{Kind: quarantine.Window, Input: -1, Cause: "no"}, (*types.Schema)(nil)
		if input >= 0 {
			entry, schema = &quarantine.Entry{Kind: quarantine.Panic, Input: input, Cause: "no", Record: typ.Append(nil, &row)}, typ.Schema()
		}
		if err := w.Put(entry, schema); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func splitsOf(t *testing.T, n *plan.Node) []connect.Split {
	t.Helper()
	splits, err := n.Source.Splits(nil)
	if err != nil {
		t.Fatal(err)
	}
	return splits
}

func TestRecordsEnterWhereTheyWereRefused(t *testing.T) {
	dir := t.TempDir()
	second := quarantine.Operator{Kind: "map", Name: "twice", Place: 1}
	refuse(t, dir, "a", second, int64(1), 0)
	refuse(t, dir, "b", second, int64(1), 0, -1)
	refuse(t, dir, "c", quarantine.Operator{Kind: "map", Name: "twice", Place: 0}, int64(1), -1)
	g := program(t)
	source, set, first, target := g.Nodes[0], g.Nodes[1], g.Nodes[2], g.Nodes[3]
	if err := Apply(g, host.New().Files(), dir); err != nil {
		t.Fatal(err)
	}
	added := g.Nodes[0]
	if len(g.Nodes) != 6 || added.Kind != "replay" || added.Unbounded {
		t.Fatalf("%d nodes, the first one is a %s", len(g.Nodes), added.Kind)
	}
	if in := target.Inputs[0]; len(in) != 2 || in[1].From != added {
		t.Errorf("the second map reads %v", in)
	}
	if len(first.Inputs[0]) != 1 {
		t.Error("a unit without a record has a source")
	}
	var paths []string
	for _, s := range splitsOf(t, added) {
		paths = append(paths, filepath.Base(s.ID))
	}
	if got := strings.Join(paths, " "); got != "a.quarantine b.quarantine" {
		t.Errorf("it reads %s", got)
	}
	if len(splitsOf(t, source)) != 0 || source.Unbounded || source.Source.Budget != 7 {
		t.Error("the source is read")
	}
	if len(splitsOf(t, set)) != 1 || !set.Unbounded {
		t.Error("the broadcast set is not read")
	}
	for i, n := range g.Nodes {
		if n.ID != i {
			t.Errorf("node %d has the number %d", i, n.ID)
		}
	}
}

func TestAReplayIsRefusedIfTheProgramDoesNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		make func(dir string, g *plan.Graph)
		want string
	}{
		"another place": {func(dir string, _ *plan.Graph) {
			refuse(t, dir, "a", quarantine.Operator{Kind: "map", Name: "twice", Place: 2}, int64(1), 0)
		}, "any more"},
		"another kind": {func(dir string, _ *plan.Graph) {
			refuse(t, dir, "a", quarantine.Operator{Kind: "filter", Name: "twice"}, int64(1), 0)
		}, "any more"},
		"another input": {func(dir string, _ *plan.Graph) {
			refuse(t, dir, "a", quarantine.Operator{Kind: "map", Name: "twice"}, int64(1), 1)
		}, "with input 1"},
		"another type": {func(dir string, _ *plan.Graph) {
			refuse(t, dir, "a", quarantine.Operator{Kind: "map", Name: "twice"}, "text", 0)
		}, "takes records of int64 now"},
		"a set that is also input": {func(dir string, g *plan.Graph) {
			g.Nodes[3].Broadcasts[0].Input[0].From = g.Nodes[0]
		}, "for one of them only"},
		"no quarantine": {func(dir string, _ *plan.Graph) {
			if err := os.WriteFile(filepath.Join(dir, "notes"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}, "is no quarantine"},
	} {
		dir, g := t.TempDir(), program(t)
		c.make(dir, g)
		if err := Apply(g, host.New().Files(), dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

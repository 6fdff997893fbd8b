package plan_test

import (
	"slices"
	"testing"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

type condition string

func (c condition) String() string          { return string(c) }
func (c condition) Places() []connect.Place { return []connect.Place{{Path: string(c)}} }

// nothing is a factory that can be told from others by the operator it makes.
func nothing(name string) operator.Factory {
	return func(operator.Wiring) (operator.Instance, error) { return operator.Instance{Body: name}, nil }
}

func nameOf(t *testing.T, f operator.Factory) string {
	i, err := f(operator.Wiring{})
	if err != nil {
		t.Fatal(err)
	}
	return i.Body.(string)
}

// narrowGraph is a source that takes the condition A, filters behind it, and a sink.
func narrowGraph(filters ...[]plan.Condition) *plan.Graph {
	g := &plan.Graph{Name: "narrow"}
	n := g.Add(&plan.Node{Kind: "source", Factory: nothing("source"), Outputs: []operator.Element{nil}, Source: &plan.Source{
		Splits: func(connect.SplitContext) ([]connect.Split, error) { return nil, nil },
		Narrow: func(need plan.Need) plan.Narrowed {
			narrowed := plan.Narrowed{
				Factory: nothing("narrowed"),
				Splits:  func(connect.SplitContext) ([]connect.Split, error) { return make([]connect.Split, 1), nil },
			}
			for _, c := range need.Where {
				narrowed.Holds = append(narrowed.Holds, c.String() == "A")
			}
			return narrowed
		},
	}})
	for _, f := range filters {
		where := &plan.Where{Conditions: f, Filter: func(holds []bool) operator.Factory {
			if slices.Contains(holds, false) {
				return nothing("rest")
			}
			return nothing("pass")
		}}
		n = g.Add(&plan.Node{
			Kind: "filter", Factory: nothing("filter"), Where: where, Outputs: []operator.Element{nil}, Inputs: []plan.Input{{{From: n}}},
			Known: plan.Known{Rows: plan.Subset, Copies: plan.Whole, Reads: [][]string{{}}},
		})
	}
	project := g.Add(&plan.Node{
		Kind: "project", Factory: nothing("project"), Outputs: []operator.Element{nil}, Inputs: []plan.Input{{{From: n}}},
		Known: plan.Known{Copies: []plan.Copy{{From: "X", To: "Y"}}, Reads: [][]string{{"X"}}},
	})
	g.Add(&plan.Node{Kind: "sink", Factory: nothing("sink"), Inputs: []plan.Input{{{From: project}}}})
	return g
}

func TestFiltersDoWhatTheirSourceDoesNot(t *testing.T) {
	g := narrowGraph([]plan.Condition{condition("A")}, []plan.Condition{condition("B"), condition("A")}, []plan.Condition{condition("C")})
	for _, pushed := range []bool{false, true} {
		p, err := plan.Compile(g, plan.Options{Choices: plan.Choices{Push: pushed}})
		if err != nil {
			t.Fatal(err)
		}
		var made []string
		var says [][]string
		for _, n := range p.Nodes[:4] {
			made, says = append(made, nameOf(t, p.Factory(n))), append(says, p.Pushed(n))
		}
		splits, _ := p.Splits(p.Nodes[0])(nil)
		want, listed := []string{"source", "filter", "filter", "filter"}, 0
		if pushed {
			want, listed = []string{"narrowed", "pass", "rest", "filter"}, 1
			wantSays := [][]string{{"reads only X", "only where A", "only where A"}, {"done by the source"}, {"done by the source: A"}, nil}
			if !slices.EqualFunc(says, wantSays, slices.Equal) {
				t.Errorf("it says %q, want %q", says, wantSays)
			}
		}
		if !slices.Equal(made, want) || len(splits) != listed || p.Drops(p.Nodes[0]) != pushed {
			t.Errorf("pushed %v: %q run, and there are %d splits", pushed, made, len(splits))
		}
	}
}

func TestASourceThatIsReadForItselfIsNotNarrowed(t *testing.T) {
	for _, with := range []func(g *plan.Graph, source *plan.Node){
		func(g *plan.Graph, source *plan.Node) {
			g.Add(&plan.Node{Kind: "sink", Inputs: []plan.Input{{{From: source}}}})
		},
		func(g *plan.Graph, source *plan.Node) {
			other := g.Add(&plan.Node{Kind: "source", Outputs: []operator.Element{nil}, Source: &plan.Source{}})
			set := plan.Broadcast{Set: 1, Input: plan.Input{{From: source}}}
			g.Add(&plan.Node{Kind: "sink", Inputs: []plan.Input{{{From: other}}}, Broadcasts: []plan.Broadcast{set}})
		},
		func(g *plan.Graph, source *plan.Node) { source.Unbounded = true },
	} {
		g := narrowGraph([]plan.Condition{condition("A")})
		with(g, g.Nodes[0])
		p, err := plan.Compile(g, plan.Options{Choices: plan.Choices{Push: true}})
		if err != nil {
			t.Fatal(err)
		}
		if nameOf(t, p.Factory(g.Nodes[0])) != "source" || nameOf(t, p.Factory(g.Nodes[1])) != "filter" || p.Drops(g.Nodes[0]) {
			t.Errorf("pushed: %q", p.Pushed(g.Nodes[0]))
		}
	}
}

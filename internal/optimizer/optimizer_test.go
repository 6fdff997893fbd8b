package optimizer_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
)

// problemOf asks about a program with tables of so many rows, by name.
func problemOf(t testing.TB, build func(*thalweg.Environment), parallelism int, rows map[string]float64) optimizer.Problem {
	g := graphOf(t, build)
	p := optimizer.Problem{
		Graph:      g,
		Options:    plan.Options{Parallelism: parallelism},
		Machine:    optimizer.Machine{Processors: 2, Processes: 1, Memory: 1 << 30},
		Statistics: optimizer.Statistics{},
	}
	for _, n := range g.Nodes {
		if r, ok := rows[n.Name]; ok && n.Source != nil {
			p.Statistics[n.ID] = optimizer.Statistic{Rows: optimizer.Quantity{Value: r, Origin: optimizer.Measured}}
		}
	}
	return p
}

func optimize(t testing.TB, p optimizer.Problem) *optimizer.Answer {
	t.Helper()
	a, err := optimizer.Optimize(p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Compile(p.Graph, withChoices(p.Options, a)); err != nil {
		t.Fatalf("the plan that was chosen cannot be compiled: %v", err)
	}
	return a
}

func withChoices(o plan.Options, a *optimizer.Answer) plan.Options {
	o.Choices = a.Choices
	return o
}

// node returns the node of a kind; there must be one.
func node(t testing.TB, g *plan.Graph, kind string) *plan.Node {
	t.Helper()
	i := slices.IndexFunc(g.Nodes, func(n *plan.Node) bool { return n.Kind == kind })
	if i < 0 {
		t.Fatalf("there is no %s", kind)
	}
	return g.Nodes[i]
}

func TestASmallTableIsBroadcastAndALargeOneIsNot(t *testing.T) {
	for small, want := range map[float64]string{100: "broadcast first", 5e6: "hash first", 5e7: "hash second"} {
		p := problemOf(t, programs["join"], 4, map[string]float64{"small": small, "large": 1e7})
		a := optimize(t, p)
		if got := a.Nodes[node(t, p.Graph, "join").ID].Strategy; got != want {
			t.Errorf("%g rows and ten million: %s, not %s", small, got, want)
		}
	}
}

func TestNothingIsBroadcastWhoseSizeNobodyKnows(t *testing.T) {
	p := problemOf(t, programs["join"], 4, nil)
	d := optimize(t, p).Nodes[node(t, p.Graph, "join").ID]
	if d.Strategy != "hash first" || d.Because != "robust" {
		t.Errorf("the plan is %s, because %s", d.Strategy, d.Because)
	}
	p = problemOf(t, programs["join"], 4, map[string]float64{"small": 10})
	if d := optimize(t, p).Nodes[node(t, p.Graph, "join").ID]; d.Strategy != "broadcast first" {
		t.Errorf("ten rows are not broadcast to a side that nobody knows: %s", d.Strategy)
	}
}

func TestWhatIsDistributedIsNotDistributedAgain(t *testing.T) {
	for name, want := range map[string]int{"nested": 1, "regrouped": 1, "join": 0} {
		p := problemOf(t, programs[name], 4, map[string]float64{"rows": 1e7, "others": 1e7, "small": 1e7, "large": 1e7})
		if kept := optimize(t, p).Choices.Kept; len(kept) != want {
			t.Errorf("%s: %d edges are kept, not %d: %v", name, len(kept), want, kept)
		}
	}
}

// The combiner takes the sorted records as they come; what it makes is distributed, and
// its order is lost, unless there is one subtask only.
func TestWhatIsSortedIsNotSortedAgain(t *testing.T) {
	for parallelism, want := range map[int][2]string{4: {"side by side", "hash"}, 1: {"side by side", "side by side"}} {
		for _, rows := range []map[string]float64{{"rows": 1e7}, nil} {
			p := problemOf(t, programs["sorted"], parallelism, rows)
			a := optimize(t, p)
			got := [2]string{a.Nodes[node(t, p.Graph, "combine").ID].Strategy, a.Nodes[node(t, p.Graph, "aggregate").ID].Strategy}
			if got != want {
				t.Errorf("with %d subtasks and %v: %v, not %v", parallelism, rows, got, want)
			}
		}
	}
}

func TestNobodyCanForceRecordsToStandSideBySide(t *testing.T) {
	p := problemOf(t, programs["nested"], 4, map[string]float64{"rows": 1e7})
	p.Options.Force = map[string]string{"aggregate": "side by side"}
	if _, err := optimizer.Optimize(p); err == nil {
		t.Error("rows of a key are said to stand side by side, and they do not")
	}
	if _, err := plan.Compile(p.Graph, p.Options); err == nil {
		t.Error("the plan says so, too")
	}
}

// With one subtask nothing is distributed, and no edge has to be kept.
func TestOneSubtaskHasNothingToKeep(t *testing.T) {
	p := problemOf(t, programs["nested"], 1, map[string]float64{"rows": 1e7})
	if kept := optimize(t, p).Choices.Kept; len(kept) != 0 {
		t.Errorf("kept %v", kept)
	}
}

// The search prunes; trying all strategies of all nodes does not.
func TestNoCombinationOfStrategiesIsCheaper(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		for range 5 {
			rows := map[string]float64{}
			for _, table := range []string{"small", "large", "rows", "others", "a", "b", "c", "d"} {
				rows[table] = float64(r.IntN(9)+1) * []float64{1, 1e3, 1e5, 1e7}[r.IntN(4)]
			}
			p := problemOf(t, programs[name], 1+r.IntN(8), rows)
			chosen := optimize(t, p)
			tried := 0
			everyPin(p.Graph.Nodes, map[int]string{}, func(pins map[int]string) {
				tried++
				p.Pin = pins
				if other, err := optimizer.Optimize(p); err == nil && other.Cost.Seconds < chosen.Cost.Seconds*(1-1e-9) {
					t.Errorf("%s with %v: %v takes %g s, the plan that was chosen %g s (%v)", name, rows, pins, other.Cost.Seconds, chosen.Cost.Seconds, chosen.Choices)
				}
			})
			if tried < 2 {
				t.Errorf("%s: there is nothing to choose", name)
			}
		}
	}
}

// everyPin calls f with all combinations of strategies, or some thousands of them.
func everyPin(nodes []*plan.Node, pins map[int]string, f func(map[int]string)) {
	if len(nodes) == 0 {
		f(maps.Clone(pins))
		return
	}
	n := nodes[0]
	if len(n.Strategies) == 0 {
		everyPin(nodes[1:], pins, f)
		return
	}
	for _, s := range n.Strategies {
		pins[n.ID] = s.Name
		everyPin(nodes[1:], pins, f)
	}
}

func TestAForcedStrategyAndAHintAreKept(t *testing.T) {
	p := problemOf(t, programs["join"], 4, map[string]float64{"small": 1, "large": 1e7})
	p.Options.Force = map[string]string{"join": "merge"}
	if d := optimize(t, p).Nodes[node(t, p.Graph, "join").ID]; d.Strategy != "merge" || d.Because != "forced" {
		t.Errorf("%s, %s", d.Strategy, d.Because)
	}
	p.Options.Force = map[string]string{"join": "magic"}
	if _, err := optimizer.Optimize(p); err == nil {
		t.Error("a strategy that does not exist is forced")
	}
	p = problemOf(t, func(env *thalweg.Environment) {
		batch.Discard(batch.Join(table(env, "small"), table(env, "large"), batch.On(id, ref), second, batch.SortMerge))
	}, 4, map[string]float64{"small": 1, "large": 1e7})
	if d := optimize(t, p).Nodes[node(t, p.Graph, "join").ID]; d.Strategy != "merge" || d.Because != "hint" {
		t.Errorf("%s, %s", d.Strategy, d.Because)
	}
}

func TestAlternativesAreNeverCheaper(t *testing.T) {
	p := problemOf(t, programs["join"], 4, map[string]float64{"small": 100, "large": 1e7})
	a := optimize(t, p)
	all := optimizer.Alternatives(p, a)[node(t, p.Graph, "join").ID]
	if len(all) != 4 {
		t.Fatalf("there are %d alternatives to %s: %v", len(all), a.Nodes[node(t, p.Graph, "join").ID].Strategy, all)
	}
	for _, other := range all {
		if other.Refused != "" || other.Cost.Seconds < a.Cost.Seconds {
			t.Errorf("%+v beside %g s", other, a.Cost.Seconds)
		}
	}
}

func BenchmarkThreeHundredOperators(b *testing.B) {
	p := problemOf(b, large, 4, map[string]float64{"rows": 1e6})
	b.Logf("%d operators", len(p.Graph.Nodes))
	for b.Loop() {
		optimize(b, p)
	}
}

// large is a program of many operators, with branches that meet again.
func large(env *thalweg.Environment) {
	rows := table(env, "rows")
	for i := 0; len(env.Graph().Nodes) < 300; i++ {
		other := table(env, fmt.Sprint("rows", i))
		sums := batch.GroupBy(other, ref).Reduce(first)
		joined := batch.SemiJoin(rows, sums, batch.On(ref, ref))
		rows = batch.SemiJoin(joined.Filter(func(r row) bool { return r.Value > 3 }), rows, batch.On(id, id))
	}
	batch.Discard(rows)
}

// At the value that is said to flip the plan, the plans before and behind it cost the
// same; short of it the plan is as it was, and beyond it is the other one.
func TestAPlanFlipsWhereItIsSaidTo(t *testing.T) {
	p := problemOf(t, programs["join"], 4, map[string]float64{"small": 1000, "large": 1e7})
	before := optimize(t, p)
	flips, err := optimizer.Flips(p)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(flips, func(f optimizer.Flip) bool { return f.Fact.Name == "small.rows" && f.At > 1000 })
	if i < 0 {
		t.Fatalf("nothing flips when the small table grows: %v", flips)
	}
	flip := flips[i]
	if !slices.Equal(flip.Changes, []string{"[2] join: broadcast first becomes hash first"}) {
		t.Errorf("at %g: %v", flip.At, flip.Changes)
	}
	costAt := func(rows float64, strategy string) float64 {
		q := p
		q.Pin = map[int]string{2: strategy}
		if err := q.Suppose(fmt.Sprintf("small.rows=%v", rows)); err != nil {
			t.Fatal(err)
		}
		return optimize(t, q).Cost.Seconds
	}
	b, h := costAt(flip.At, "broadcast first"), costAt(flip.At, "hash first")
	if b/h > 1.01 || h/b > 1.01 {
		t.Errorf("at %g broadcasting takes %g s, distributing %g s", flip.At, b, h)
	}
	for factor, want := range map[float64]int{0.9: 0, 1.1: 1} {
		q := p
		if err := q.Suppose(fmt.Sprintf("small.rows=%v", flip.At*factor)); err != nil {
			t.Fatal(err)
		}
		if changes := optimizer.Compare(p.Graph, before, optimize(t, q)); len(changes) != want {
			t.Errorf("with %g of that: %v", factor, changes)
		}
	}
}

func TestFactsThatDoNotExistAreRefused(t *testing.T) {
	p := problemOf(t, programs["join"], 4, nil)
	for _, text := range []string{"small.rows", "small.rows=many", "small.rows=-1", "tiny.rows=3", "small.color=3", "small.rows.ID=3", "memory=much", "parallelism=1.5", "parallelism=0", "processors=0", "parallelism=1e9", "small.rows=Inf"} {
		if err := p.Suppose(text); err == nil {
			t.Errorf("%s is taken for a fact", text)
		} else {
			t.Log(err)
		}
	}
	for _, text := range []string{"small.rows=1e9", "small.width=3", "large.distinct.Ref=12", "join.selectivity=0.5", "memory=64MiB", "parallelism=16", "processors=8"} {
		if err := p.Suppose(text); err != nil {
			t.Error(err)
		}
	}
}

func TestAStrategyIsForcedByTheNumberOfItsOperator(t *testing.T) {
	p := problemOf(t, programs["chain"], 4, map[string]float64{"a": 1e6, "b": 1e6, "c": 1e6, "d": 1e6})
	var joins []int
	for _, n := range p.Graph.Nodes {
		if n.Kind == "join" {
			joins = append(joins, n.ID)
		}
	}
	p.Options.Force = map[string]string{"join": "hash second", fmt.Sprint(joins[1]): "merge"}
	a := optimize(t, p)
	for i, want := range []string{"hash second", "merge", "hash second"} {
		if got := a.Nodes[joins[i]].Strategy; got != want {
			t.Errorf("join %d: %s, not %s", joins[i], got, want)
		}
	}
	p.Options.Force = map[string]string{"99": "merge"}
	if _, err := optimizer.Optimize(p); err == nil {
		t.Error("an operator that is not there is forced")
	}
}

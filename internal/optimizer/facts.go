package optimizer

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/plan"
)

// Fact is a number that a plan depends on: orders.rows, for example, is how many
// records the operator orders makes.
type Fact struct {
	Name string
	Now  Quantity

	node *plan.Node // nil: memory or parallelism
	kind string
	path string // of distinct and share
}

// The kinds of facts about operators.
const (
	factRows        = "rows"        // records that come out
	factWidth       = "width"       // bytes a record takes in memory
	factSelectivity = "selectivity" // records that come out for each that goes in
	factDistinct    = "distinct"    // different values of a field: orders.distinct.CustKey
	factShare       = "share"       // part of the records with the most frequent value
)

// NameOf returns what facts about nodes begin with: their name, and their number where
// several have it.
func NameOf(nodes []*plan.Node) map[*plan.Node]string {
	count := map[string]int{}
	for _, n := range nodes {
		count[word(n.Name)]++
	}
	names := map[*plan.Node]string{}
	for _, n := range nodes {
		names[n] = word(n.Name)
		if count[names[n]] > 1 {
			names[n] = fmt.Sprintf("%s#%d", names[n], n.ID)
		}
	}
	return names
}

// word makes one word of a name.
func word(name string) string { return strings.Join(strings.Fields(name), "-") }

// mostSubtasks is how many subtasks an operator can have.
const mostSubtasks = 1024

// Suppose reads a fact, such as orders.rows=1e9, memory=1GiB, parallelism=16 or
// processors=8, into what is supposed.
func (p *Problem) Suppose(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%s: write fact=value, such as orders.rows=1e9", text)
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if name == "memory" {
		bytes, err := memory.Parse(value)
		p.Machine.Memory = bytes
		p.Asked = append(p.Asked, Fact{Name: name, Now: Quantity{float64(bytes), Supposed}})
		return err
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: %s is no number that a fact can have", text, value)
	}
	p.Asked = append(p.Asked, Fact{Name: name, Now: Quantity{v, Supposed}})
	if name == "parallelism" || name == "processors" {
		if v < 1 || v != math.Trunc(v) || v > mostSubtasks {
			return fmt.Errorf("%s: a whole number from 1 to %d", text, mostSubtasks)
		}
		if name == "processors" {
			p.Machine.Processors = int(v)
		} else {
			p.Options.Parallelism = int(v)
		}
		return nil
	}
	nodes, _ := plan.Divide(p.Graph, p.Options.Fetch)
	f, err := factNamed(nodes, name)
	if err != nil {
		return err
	}
	p.suppose(f, v)
	return nil
}

// factNamed finds the operator of a fact.
func factNamed(nodes []*plan.Node, name string) (Fact, error) {
	names := NameOf(nodes)
	for _, n := range nodes {
		rest, ok := strings.CutPrefix(name, names[n]+".")
		if !ok {
			continue
		}
		kind, path, _ := strings.Cut(rest, ".")
		f := Fact{Name: name, node: n, kind: kind, path: path}
		switch kind {
		case factRows, factWidth, factSelectivity:
			if path == "" && len(n.Outputs) > 0 {
				return f, nil
			}
		case factDistinct, factShare:
			return f, nil
		}
		return Fact{}, fmt.Errorf("there is no fact %s: %s has rows, width, selectivity, distinct.Field and share.Field", name, names[n])
	}
	known := make([]string, 0, len(nodes))
	for _, n := range nodes {
		if len(n.Outputs) > 0 {
			known = append(known, names[n])
		}
	}
	return Fact{}, fmt.Errorf("there is no fact %s: the operators are %s", name, strings.Join(known, ", "))
}

// suppose replaces a fact.
func (p *Problem) suppose(f Fact, v float64) {
	q := Quantity{v, Supposed}
	var s Statistic
	switch f.kind {
	case "memory":
		p.Machine.Memory = int64(v)
		return
	case "parallelism":
		p.Options.Parallelism = int(v)
		return
	case factRows:
		s.Rows = q
	case factWidth:
		s.Width = q
	case factSelectivity:
		s.Ratio = q
	case factDistinct:
		s.Distinct = map[string]Quantity{f.path: q}
	case factShare:
		s.Share = map[string]Quantity{f.path: q}
	}
	p.Supposed = Statistics{}.With(p.Supposed).With(Statistics{f.node.ID: s})
}

// Facts returns what the plan of a problem depends on: memory and parallelism, the
// size of what sources hold, the selectivity of what may drop records, and the number
// of values of keys.
func (p *Problem) Facts() ([]Fact, error) {
	s, err := p.search()
	if err != nil {
		return nil, err
	}
	names := NameOf(s.nodes)
	facts := []Fact{
		{Name: "memory", kind: "memory", Now: Quantity{float64(p.Machine.Memory), Measured}},
		{Name: "parallelism", kind: "parallelism", Now: Quantity{float64(max(p.Options.Parallelism, 1)), Measured}},
	}
	seen := map[string]bool{}
	add := func(n *plan.Node, kind, path string, now Quantity) {
		name := names[n] + "." + kind
		if path != "" {
			name += "." + path
		}
		if !seen[name] {
			seen[name] = true
			facts = append(facts, Fact{Name: name, Now: now, node: n, kind: kind, path: path})
		}
	}
	for _, n := range s.nodes {
		if len(n.Outputs) == 0 {
			continue
		}
		est := s.of(n)
		switch in := s.inputs(n); {
		case n.Source != nil:
			add(n, factRows, "", est.Rows)
			add(n, factWidth, "", est.Width)
		case len(in) == 1 && in[0].Value > 0 && (n.Known.Rows == plan.Subset || n.Known.Rows == plan.AnyRows):
			add(n, factSelectivity, "", from(est.Rows.Value/in[0].Value, est.Rows))
		case n.Known.Rows == plan.PerPair || n.Known.Rows == plan.SemiRows || n.Known.Rows == plan.AllPairs:
			add(n, factRows, "", est.Rows)
		}
		for i, key := range n.Known.Keys {
			s.keyFacts(n.Inputs[i], key, add)
		}
	}
	return facts, nil
}

// keyFacts adds the number of values of a key where it comes from.
func (s *search) keyFacts(in plan.Input, key plan.Key, add func(*plan.Node, string, string, Quantity)) {
	if !key.Field {
		return
	}
	for _, e := range in {
		if e.Port > 0 {
			continue
		}
		if d := s.stats[e.From.ID].Distinct[key.Path]; d.Known() || e.From.Source != nil {
			add(e.From, factDistinct, key.Path, d)
			continue
		}
		for _, c := range e.From.Known.Copies {
			if part, ok := (plan.Key{Path: c.To}).Part(key.Path); ok && c.Input < len(e.From.Inputs) {
				s.keyFacts(e.From.Inputs[c.Input], plan.Key{Field: true, Path: plan.JoinPath(c.From, part)}, add)
			}
		}
	}
}

// Flip is the nearest value of a fact at which another plan is chosen.
type Flip struct {
	Fact    Fact
	At      float64
	Changes []string
}

// Bounds of the search for flips: factors beyond which nobody asks, and how exactly the
// value is found.
const (
	farthest  = 1 << 20
	precision = 1.005
)

// Flips returns, for each fact, the nearest value above and below at which the plan
// would be another one, those nearest to what is now first.
func Flips(p Problem) ([]Flip, error) {
	now, err := Optimize(p)
	if err != nil {
		return nil, err
	}
	facts, err := p.Facts()
	if err != nil {
		return nil, err
	}
	var flips []Flip
	for _, f := range facts {
		for _, up := range []bool{true, false} {
			flip, ok, err := p.flip(now, f, up)
			if err != nil {
				return nil, err
			}
			if ok {
				flips = append(flips, flip)
			}
		}
	}
	slices.SortStableFunc(flips, func(a, b Flip) int { return compareSeconds(a.distance(), b.distance()) })
	return flips, nil
}

// distance is the factor by which a fact would have to change.
func (f Flip) distance() float64 {
	if f.At > f.Fact.Now.Value {
		return f.At / f.Fact.Now.Value
	}
	return f.Fact.Now.Value / f.At
}

// errNoPlan marks values of a fact for which there is no plan.
var errNoPlan = errors.New("no plan")

// flip looks for the nearest value of a fact, above or below, with another plan.
func (p Problem) flip(now *Answer, f Fact, up bool) (Flip, bool, error) {
	if f.Now.Value <= 0 || !f.Now.Known() {
		return Flip{}, false, nil
	}
	whole := f.kind == "parallelism"
	at := func(v float64) ([]string, error) {
		asked := p
		asked.suppose(f, v)
		other, err := Optimize(asked)
		if err != nil {
			return nil, fmt.Errorf("%w for %s = %g: %w", errNoPlan, f.Name, v, err)
		}
		return Compare(p.Graph, now, other), nil
	}
	most := f.Now.Value * farthest
	switch f.kind {
	case "parallelism":
		most = mostSubtasks
	case factSelectivity, factShare:
		most = 1
	}
	same, factor := f.Now.Value, 1.0
	for {
		factor *= 2
		other := f.Now.Value * factor
		if !up {
			other = f.Now.Value / factor
		}
		if whole {
			other = math.Trunc(other)
		}
		if factor > farthest || other > most || other <= 0 {
			return Flip{}, false, nil
		}
		changes, err := at(other)
		if err != nil {
			return Flip{}, false, err
		}
		if len(changes) == 0 {
			same = other
			continue
		}
		for max(same, other)/min(same, other) > precision && !(whole && math.Abs(same-other) <= 1) {
			middle := math.Sqrt(same * other)
			if whole {
				middle = math.Trunc((same + other) / 2)
			}
			c, err := at(middle)
			if err != nil {
				return Flip{}, false, err
			}
			if len(c) == 0 {
				same = middle
			} else {
				other, changes = middle, c
			}
		}
		return Flip{Fact: f, At: other, Changes: changes}, true, nil
	}
}

// Compare says what is different between two plans of a graph.
func Compare(g *plan.Graph, a, b *Answer) []string {
	var changes []string
	for _, n := range g.Nodes {
		if x, y := a.Choices.Strategies[n.ID], b.Choices.Strategies[n.ID]; x != y {
			changes = append(changes, fmt.Sprintf("[%d] %s: %s becomes %s", n.ID, n.Name, x, y))
		}
	}
	for _, e := range a.Choices.Kept {
		if !slices.Contains(b.Choices.Kept, e) {
			changes = append(changes, fmt.Sprintf("[%d] %s: its input %d is distributed again", e.Node, g.Nodes[e.Node].Name, e.Input))
		}
	}
	for _, e := range b.Choices.Kept {
		if !slices.Contains(a.Choices.Kept, e) {
			changes = append(changes, fmt.Sprintf("[%d] %s: its input %d stays where it is", e.Node, g.Nodes[e.Node].Name, e.Input))
		}
	}
	return changes
}

package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/thalweg/thalweg/internal/operator"
)

// chooseStrategies takes the strategy of every node that has several that is forced,
// or chosen, or the first one.
func (c *compiler) chooseStrategies() error {
	if err := CheckForce(c.used, c.options.Force); err != nil {
		return err
	}
	for _, n := range c.used {
		if len(n.Strategies) == 0 {
			continue
		}
		name, ok := n.Forced(c.options.Force)
		if !ok {
			name, ok = c.options.Choices.Strategies[n.ID]
		}
		chosen := &n.Strategies[0]
		if ok {
			i := slices.IndexFunc(n.Strategies, func(s Strategy) bool { return s.Name == name })
			if i < 0 {
				return Mistake{n.Site, fmt.Errorf("%s cannot be run by %q, which is chosen; there are %s", n.Name, name, strategyNames(n))}
			}
			chosen = &n.Strategies[i]
		}
		c.plan.strategies[n] = chosen
	}
	return nil
}

// CheckForce refuses forced strategies that some node they are for does not have, or for
// which there is no node.
func CheckForce(nodes []*Node, force map[string]string) error {
	met := map[string]bool{}
	for _, n := range nodes {
		key, name, ok := n.forced(force)
		if !ok || len(n.Strategies) == 0 {
			continue
		}
		met[key], met[n.Kind] = true, true
		i := slices.IndexFunc(n.Strategies, func(s Strategy) bool { return s.Name == name })
		if i < 0 {
			return Mistake{n.Site, fmt.Errorf("%s cannot be run by %q, which is forced; there are %s", n.Name, name, strategyNames(n))}
		}
		if n.Strategies[i].Method == AdjacentGroups {
			return Mistake{n.Site, fmt.Errorf("%q cannot be forced: it is right only where rows of equal keys come one after the other", name)}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(force)) {
		if met[key] {
			continue
		}
		if _, err := strconv.Atoi(key); err == nil {
			return fmt.Errorf("the strategy %q is forced for operator %s, but there is none with a choice", force[key], key)
		}
		return fmt.Errorf("the strategy %q is forced for %s, but no operator of that kind has a choice", force[key], key)
	}
	return nil
}

// Forced returns the strategy that is forced for a node: by its number, or else by its
// kind.
func (n *Node) Forced(force map[string]string) (string, bool) {
	_, name, ok := n.forced(force)
	return name, ok
}

func (n *Node) forced(force map[string]string) (key, name string, ok bool) {
	for _, key := range []string{strconv.Itoa(n.ID), n.Kind} {
		if name, ok := force[key]; ok {
			return key, name, true
		}
	}
	return "", "", false
}

func strategyNames(n *Node) string {
	names := make([]string, len(n.Strategies))
	for i, s := range n.Strategies {
		names[i] = fmt.Sprintf("%q", s.Name)
	}
	return strings.Join(names, ", ")
}

// Strategy returns the strategy chosen for a node, or nil if it has no choice.
func (p *Plan) Strategy(n *Node) *Strategy { return p.strategies[n] }

// Factory returns what makes the instances of a node.
func (p *Plan) Factory(n *Node) operator.Factory {
	if pushed := p.pushed[n]; pushed != nil {
		return pushed.factory
	}
	if s := p.strategies[n]; s != nil {
		return s.Factory
	}
	return n.Factory
}

// Memory returns how many parts of the process's memory a subtask of a node gets.
// An operator with broadcast sets keeps those.
func (p *Plan) Memory(n *Node) int {
	memory := n.Memory
	if s := p.strategies[n]; s != nil {
		memory = s.Memory
	}
	return memory + SetMemory*len(n.Broadcasts)
}

// Stores returns how many least shares a subtask of a node with memory needs.
func (p *Plan) Stores(n *Node) int {
	stores := n.Stores
	if s := p.strategies[n]; s != nil {
		stores = s.Stores
	}
	return max(stores, 1) + len(n.Broadcasts)
}

// SetMemory is the parts of memory for a broadcast set.
const SetMemory = 2

// First returns the input of a node that is read to its end before the others, or
// -1.
func (p *Plan) First(n *Node) int {
	if s := p.strategies[n]; s != nil {
		return s.First
	}
	return -1
}

// shipping returns an edge into an input of n as its strategy distributes rows.
func (c *compiler) shipping(n *Node, input, edge int) Edge {
	e := n.Inputs[input][edge]
	if s := c.plan.strategies[n]; s != nil && s.Ships != nil {
		e.Shipping = s.Ships[input]
	}
	if c.kept[EdgeRef{n.ID, input, edge}] {
		e.Shipping = Shipping{}
	}
	return e
}

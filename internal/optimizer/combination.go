package optimizer

import (
	"cmp"
	"slices"
)

// combination is a choice of candidates for some of the edges into a node.
type combination struct {
	choices []choice
	from    []*candidate // in the end: of sinks
	tree    Cost
	shared  []*candidate
	seconds float64
	suffix  string // of the keys by which rows are distributed
	hashed  bool   // some are
}

// with adds a candidate, unless they disagree about a node that both read.
func (c combination) with(d *candidate, shared bool) (combination, bool) {
	add := d.shared
	if shared {
		add = append(slices.Clone(d.shared), d)
	} else {
		c.tree = c.tree.Plus(d.tree)
		c.seconds += d.tree.Seconds
	}
	var ok bool
	c.shared, c.seconds, ok = unite(c.shared, add, c.seconds)
	return c, ok
}

// unite merges choices of shared nodes and adds the seconds of those that are new.
func unite(a, b []*candidate, seconds float64) ([]*candidate, float64, bool) {
	if len(b) == 0 {
		return a, seconds, true
	}
	merged := slices.Clone(a)
	for _, d := range b {
		i := slices.IndexFunc(merged, func(c *candidate) bool { return c.node == d.node })
		if i < 0 {
			merged = append(merged, d)
			seconds += d.tree.Seconds
		} else if merged[i] != d {
			return nil, 0, false
		}
	}
	return merged, seconds, true
}

// cheapest keeps the n combinations that take the least time.
func cheapest(all []combination, n int) []combination {
	slices.SortStableFunc(all, func(a, b combination) int { return compareSeconds(a.seconds, b.seconds) })
	return all[:min(n, len(all))]
}

// compareSeconds takes times that hardly differ for equal, so that the order of
// strategies decides and not the last digit.
func compareSeconds(a, b float64) int {
	if d := a - b; d < 1e-9*max(a, b) && -d < 1e-9*max(a, b) {
		return 0
	}
	return cmp.Compare(a, b)
}

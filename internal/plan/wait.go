package plan

// waits tells which operators must not hold their producers up.
//
// An operator with a broadcast set reads the set to its end first. Meanwhile its
// other inputs fill up, and whoever makes them stands still: none of their
// producers can end before all producers of the set have. If such waits go round
// in a circle, nobody would ever end. The shortest circle is a producer of both
// inputs; a longer one is two data sets, each a broadcast set beside the other.
//
// Operators are taken in their order. One whose waits would close a circle is
// taken out of its chain, its inputs are buffered, and so nobody waits for it.
type waits struct {
	buffered map[*Node]bool
	after    map[*Node]map[*Node]bool // who can only end after whom
}

func findWaits(nodes []*Node) waits {
	w := waits{buffered: map[*Node]bool{}, after: map[*Node]map[*Node]bool{}}
	for _, n := range nodes {
		if len(n.Broadcasts) == 0 {
			continue
		}
		sets, rest := map[*Node]bool{}, map[*Node]bool{}
		for _, b := range n.Broadcasts {
			ancestors(b.Input, sets)
		}
		for _, in := range n.Inputs {
			ancestors(in, rest)
		}
		if w.closesCircle(sets, rest) {
			w.buffered[n] = true
			continue
		}
		for a := range rest {
			if w.after[a] == nil {
				w.after[a] = map[*Node]bool{}
			}
			for s := range sets {
				w.after[a][s] = true
			}
		}
	}
	return w
}

// closesCircle reports whether a producer of the sets is, or waits for, one of the
// rest.
func (w waits) closesCircle(sets, rest map[*Node]bool) bool {
	seen := map[*Node]bool{}
	var search func(n *Node) bool
	search = func(n *Node) bool {
		if rest[n] {
			return true
		}
		if seen[n] {
			return false
		}
		seen[n] = true
		for next := range w.after[n] {
			if search(next) {
				return true
			}
		}
		return false
	}
	for s := range sets {
		if search(s) {
			return true
		}
	}
	return false
}

func ancestors(in Input, seen map[*Node]bool) {
	for _, e := range in {
		if !seen[e.From] {
			seen[e.From] = true
			e.From.edges(func(e Edge) { ancestors(Input{e}, seen) })
		}
	}
}

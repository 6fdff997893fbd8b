package plan

// waits tells which inputs must not hold their producers up.
//
// An operator with a broadcast set reads the set to its end first, and a hash join
// reads the side it builds its table of. Meanwhile its other inputs fill up, and
// whoever makes them stands still: none of their producers can end before all
// producers of what is read first have. If such waits go round in a circle, nobody
// would ever end. The shortest circle is a producer of both inputs; a longer one is
// two data sets, each a broadcast set beside the other.
//
// Operators are taken in their order. One whose waits would close a circle gets its
// later inputs by way of a spool, which takes whatever comes, and so nobody waits
// for it.
type waits struct {
	late  map[inputOf]bool // inputs that need a spool
	after map[*Node]map[*Node]bool
}

// inputOf is an input of a node.
type inputOf struct {
	node  *Node
	input int
}

// findWaits looks at nodes, of which first says which input is read first, or -1.
func findWaits(nodes []*Node, first func(*Node) int) waits {
	w := waits{late: map[inputOf]bool{}, after: map[*Node]map[*Node]bool{}}
	for _, n := range nodes {
		var early Input
		for _, b := range n.Broadcasts {
			early = append(early, b.Input...)
		}
		all := make([]int, len(n.Inputs))
		for i := range all {
			all[i] = i
		}
		w.wait(n, early, all)
		if f := first(n); f >= 0 {
			w.wait(n, append(early, n.Inputs[f]...), append(all[:f:f], all[f+1:]...))
		}
	}
	return w
}

// wait notes that n reads early before the inputs in late.
func (w waits) wait(n *Node, early Input, late []int) {
	if len(early) == 0 {
		return
	}
	before, rest := map[*Node]bool{}, map[*Node]bool{}
	ancestors(early, before)
	for _, i := range late {
		if !w.late[inputOf{n, i}] {
			ancestors(n.Inputs[i], rest)
		}
	}
	if w.closesCircle(before, rest) {
		for _, i := range late {
			w.late[inputOf{n, i}] = true
		}
		return
	}
	for a := range rest {
		if w.after[a] == nil {
			w.after[a] = map[*Node]bool{}
		}
		for b := range before {
			w.after[a][b] = true
		}
	}
}

// closesCircle reports whether a producer of what is read before is, or waits for,
// one of the rest.
func (w waits) closesCircle(before, rest map[*Node]bool) bool {
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
	for b := range before {
		if search(b) {
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

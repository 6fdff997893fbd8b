package explain

import (
	"cmp"
	"math"
	"slices"
)

// Sizes of a drawing, in pixels.
const (
	cardWidth  = 236.0
	columnGap  = 28.0 // between operators of a chain
	slabGap    = 34.0 // between chains, and edges that pass by
	passWidth  = 10.0 // of an edge that passes by
	chainedGap = 26.0 // between layers with edges inside chains only
	keptGap    = 54.0 // if something is said of them
	shippedGap = 98.0 // between others: room for what is said of the edge
	margin     = 28.0
	groupPad   = 12.0
	groupHead  = 20.0 // for the chain's name
)

// drawing is where everything of a plan stands. Operators stand in layers, each below
// all it reads, and beside each other as near as can be to what they are connected
// with (Sugiyama, Tagawa and Toda, Methods for Visual Understanding of Hierarchical
// System Structures, IEEE SMC 11, 1981). Instead of operators whole chains are ordered:
// a chain is a slab, which has all layers from its first operator to its last one
// for itself, and so has an edge that passes layers on its way.
type drawing struct {
	r       *Report
	cards   []card  // by index of the operator
	routes  []route // by index of the edge
	slabs   []*slab
	layers  []layer
	width   float64
	height  float64
	indexes map[int]int // of operators, by number
}

// card is an operator.
type card struct {
	layer  int
	slab   *slab
	offset float64 // of its centre from that of the slab
	x, y   float64 // of its centre, and of its upper edge
	height float64
}

// route is an edge. A passage is a slab of its own.
type route struct {
	from, to int // indexes of operators
	back     bool
	passage  *slab
}

// slab is what has some layers for itself.
type slab struct {
	chain       int // -1: an edge
	top, bottom int // layers
	width       float64
	x           float64 // of its centre
	wanted      float64
}

type layer struct{ y, height float64 }

// draw finds a place for everything.
func (r *Report) draw() *drawing {
	d := &drawing{r: r, cards: make([]card, len(r.Operators)), routes: make([]route, len(r.Edges)), indexes: map[int]int{}}
	for i := range r.Operators {
		d.indexes[r.Operators[i].ID] = i
		d.cards[i].height = r.Operators[i].cardHeight()
	}
	for i, e := range r.Edges {
		d.routes[i] = route{from: d.indexes[e.From], to: d.indexes[e.To], back: e.Loop}
	}
	d.layer()
	d.makeSlabs()
	d.arrange()
	d.measure()
	return d
}

// layer gives every operator its layer: below all it reads; and as far down as that
// allows if nothing, or one operator, is read, so that small inputs stand beside
// what they are joined with. Edges that close a circle lead back.
func (d *drawing) layer() {
	out := make([][]int, len(d.cards)) // edges
	for i := range d.routes {
		out[d.routes[i].from] = append(out[d.routes[i].from], i)
	}
	order := d.order(out)
	reads := make([]int, len(d.cards))
	for _, from := range order {
		for _, e := range out[from] {
			if to := &d.routes[e]; !to.back {
				d.cards[to.to].layer = max(d.cards[to.to].layer, d.cards[from].layer+1)
				reads[to.to]++
			}
		}
	}
	for _, from := range slices.Backward(order) {
		lowest := -1
		for _, e := range out[from] {
			if to := &d.routes[e]; !to.back && (lowest < 0 || d.cards[to.to].layer-1 < lowest) {
				lowest = d.cards[to.to].layer - 1
			}
		}
		if lowest > d.cards[from].layer && reads[from] <= 1 {
			d.cards[from].layer = lowest
		}
	}
}

// order returns the operators so that each comes after all it reads, edges that lead
// back left out; it finds those that no one has marked.
func (d *drawing) order(out [][]int) []int {
	const (
		fresh = iota
		open
		closed
	)
	state := make([]uint8, len(d.cards))
	order := make([]int, 0, len(d.cards))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		for _, e := range out[i] {
			switch to := &d.routes[e]; {
			case to.back:
			case state[to.to] == open:
				to.back = true
			case state[to.to] == fresh:
				visit(to.to)
			}
		}
		state[i] = closed
		order = append(order, i)
	}
	for i := range d.cards {
		if state[i] == fresh {
			visit(i)
		}
	}
	slices.Reverse(order)
	return order
}

// makeSlabs makes a slab of every chain, in which a branch stands beside the others,
// and one of every edge that passes layers.
func (d *drawing) makeSlabs() {
	chains := make([]*slab, d.r.chains())
	columns := make([]float64, len(d.cards))
	taken := make([]int, len(chains))
	inside := make([][]int, len(d.cards)) // operators of the same chain that read an operator
	placed := make([]bool, len(d.cards))
	heads := make([]bool, len(d.cards))
	for i := range heads {
		heads[i] = true
	}
	for i, e := range d.r.Edges {
		if to := &d.routes[i]; e.Ship == chained && !to.back && d.r.Operators[to.from].Chain == d.r.Operators[to.to].Chain {
			inside[to.from] = append(inside[to.from], to.to)
			heads[to.to] = false
		}
	}
	var place func(i int)
	place = func(i int) {
		if placed[i] {
			return
		}
		placed[i] = true
		chain := d.r.Operators[i].Chain
		first, branches := 0.0, 0
		last := 0.0
		for _, to := range inside[i] {
			if placed[to] {
				continue
			}
			place(to)
			if branches == 0 {
				first = columns[to]
			}
			last = columns[to]
			branches++
		}
		if branches == 0 {
			first = float64(taken[chain])
			last = first
			taken[chain]++
		}
		columns[i] = (first + last) / 2
	}
	for _, only := range []bool{true, false} {
		for i := range d.cards {
			if heads[i] || !only {
				place(i)
			}
		}
	}
	for i := range d.cards {
		c, chain := &d.cards[i], d.r.Operators[i].Chain
		s := chains[chain]
		if s == nil {
			n := float64(taken[chain])
			s = &slab{chain: chain, top: c.layer, bottom: c.layer, width: n*cardWidth + (n-1)*columnGap + 2*groupPad}
			chains[chain] = s
			d.slabs = append(d.slabs, s)
		}
		s.top, s.bottom = min(s.top, c.layer), max(s.bottom, c.layer)
		c.slab = s
		c.offset = (columns[i] - float64(taken[chain]-1)/2) * (cardWidth + columnGap)
	}
	for i := range d.routes {
		to := &d.routes[i]
		from, below := d.cards[to.from].layer, d.cards[to.to].layer
		switch {
		case to.back:
			to.passage = &slab{chain: -1, top: below, bottom: max(from, below), width: d.r.Edges[i].remarkWidth()}
		case below > from+1 && d.cards[to.from].slab != d.cards[to.to].slab:
			to.passage = &slab{chain: -1, top: from + 1, bottom: below - 1, width: passWidth}
		default:
			continue
		}
		d.slabs = append(d.slabs, to.passage)
	}
}

// rounds is how often slabs are moved; few if there are very many.
func (d *drawing) rounds() int {
	if len(d.slabs) > 1000 {
		return 4
	}
	return 48
}

// arrange moves slabs towards what they are connected with, and apart where they
// would overlap. It begins with several orders and keeps the best of all it has seen.
func (d *drawing) arrange() {
	given := slices.Clone(d.slabs)
	best, least := make([]float64, len(given)), math.Inf(1)
	for _, order := range [][]*slab{given, d.fromSinks(false), d.fromSinks(true)} {
		x := 0.0
		for _, s := range order {
			s.x = x
			x += s.width + slabGap
		}
		for round := range d.rounds() {
			d.pull(round%3 != 0)
			d.separate()
			if c := d.effort(); c < least-1e-6 {
				least = c
				for i, s := range given {
					best[i] = s.x
				}
			}
		}
	}
	left := math.Inf(1)
	for i, s := range given {
		s.x = best[i]
		left = min(left, s.x-s.width/2)
	}
	for _, s := range given {
		s.x += margin - left
		d.width = max(d.width, s.x+s.width/2+margin)
	}
}

// fromSinks returns the slabs in the order in which they are met on the way from sinks
// to sources, what is read first before what reads it.
func (d *drawing) fromSinks(backwards bool) []*slab {
	into := make([][]int, len(d.cards))
	out := make([]int, len(d.cards))
	for i := range d.routes {
		into[d.routes[i].to] = append(into[d.routes[i].to], i)
		out[d.routes[i].from]++
	}
	var order []*slab
	met := map[*slab]bool{}
	add := func(s *slab) {
		if s != nil && !met[s] {
			met[s] = true
			order = append(order, s)
		}
	}
	seen := make([]bool, len(d.cards))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		edges := slices.Clone(into[i])
		slices.SortStableFunc(edges, func(a, b int) int { return cmp.Compare(d.r.Edges[a].Input, d.r.Edges[b].Input) })
		if backwards {
			slices.Reverse(edges)
		}
		for _, e := range edges {
			visit(d.routes[e].from)
			add(d.routes[e].passage)
		}
		add(d.cards[i].slab)
	}
	for i := range d.cards {
		if out[i] == 0 {
			visit(i)
		}
	}
	for i := range d.cards {
		visit(i)
	}
	return order
}

// pull says where each slab wants to be: amid all it is connected with, or, if not
// both, amid what is above it.
func (d *drawing) pull(both bool) {
	weights := make(map[*slab]float64, len(d.slabs))
	for _, s := range d.slabs {
		s.wanted = 0
	}
	pull := func(s *slab, to, weight float64) {
		s.wanted += to * weight
		weights[s] += weight
	}
	for i := range d.routes {
		e := &d.routes[i]
		from, to := &d.cards[e.from], &d.cards[e.to]
		fromX, toX := from.slab.x+from.offset, to.slab.x+to.offset
		switch {
		case e.back: // beside both, not between them
			pull(e.passage, max(from.slab.x+from.slab.width/2, to.slab.x+to.slab.width/2)+e.passage.width, 1)
		case e.passage != nil:
			pull(e.passage, (fromX+toX)/2, 1)
			if both {
				pull(from.slab, e.passage.x-from.offset, 0.5)
			}
			pull(to.slab, e.passage.x-to.offset, 0.5)
		case from.slab != to.slab:
			if both {
				pull(from.slab, toX-from.offset, 1)
			}
			pull(to.slab, fromX-to.offset, 1)
		}
	}
	for _, s := range d.slabs {
		if n := weights[s]; n > 0 {
			s.wanted = (s.wanted/n + s.x) / 2 // or two that pull each other would change places for ever
		} else {
			s.wanted = s.x
		}
	}
}

// effort is how hard a drawing is to follow: how far edges go to the side, and much
// more for every chain that one crosses.
func (d *drawing) effort() (sum float64) {
	for i := range d.routes {
		e := &d.routes[i]
		from, to := &d.cards[e.from], &d.cards[e.to]
		if e.back || from.slab == to.slab {
			continue
		}
		ends := []float64{from.slab.x + from.offset, to.slab.x + to.offset}
		if e.passage != nil {
			ends = []float64{ends[0], e.passage.x, ends[1]}
		}
		for k := range len(ends) - 1 {
			a, b := ends[k], ends[k+1]
			sum += math.Abs(a - b)
			above := from.layer // of the gap the edge goes aside in
			if k > 0 {
				above = to.layer - 1
			}
			for _, s := range d.slabs {
				if s.chain >= 0 && s.top <= above && s.bottom > above && s != from.slab && s != to.slab && min(a, b) < s.x && s.x < max(a, b) {
					sum += 1000
				}
			}
		}
	}
	return sum
}

// separate puts slabs where they are wanted, in the order of that, but so that none
// overlap: halfway between the places they have if all give way to the right, and if
// all give way to the left. Both are far enough from each other, so the middle is.
func (d *drawing) separate() {
	order := slices.Clone(d.slabs)
	slices.SortStableFunc(order, func(a, b *slab) int { return cmp.Compare(a.wanted, b.wanted) })
	depth := 0
	for _, s := range order {
		depth = max(depth, s.bottom+1)
	}
	edge := make([]float64, depth) // of what stands in a layer so far
	used := make([]bool, depth)
	push := func(s *slab, sign float64) float64 {
		x := sign * s.wanted
		for l := s.top; l <= s.bottom; l++ {
			if used[l] {
				x = max(x, edge[l]+slabGap+s.width/2)
			}
		}
		for l := s.top; l <= s.bottom; l++ {
			edge[l], used[l] = x+s.width/2, true
		}
		return sign * x
	}
	for _, s := range order {
		s.x = push(s, 1)
	}
	clear(used)
	for _, s := range slices.Backward(order) {
		s.x = (s.x + push(s, -1)) / 2
	}
}

// measure gives layers their heights and operators their places.
func (d *drawing) measure() {
	depth := 0
	for i := range d.cards {
		depth = max(depth, d.cards[i].layer+1)
	}
	d.layers = make([]layer, depth)
	gaps := make([]float64, depth) // above each
	for i := range d.cards {
		l := &d.layers[d.cards[i].layer]
		l.height = max(l.height, d.cards[i].height)
	}
	for i := range d.routes {
		e := &d.routes[i]
		from, to := &d.cards[e.from], &d.cards[e.to]
		switch {
		case e.back || from.slab != to.slab:
			gaps[to.layer] = shippedGap
			if below := from.layer + 1; below < depth && !e.back {
				gaps[below] = shippedGap
			}
		case d.r.Edges[i].said():
			gaps[to.layer] = max(gaps[to.layer], keptGap)
		}
	}
	y := margin
	for l := range d.layers {
		switch {
		case l == 0:
			y += groupHead + groupPad + gaps[0]/2
		default:
			y += max(gaps[l], chainedGap)
		}
		d.layers[l].y = y
		y += d.layers[l].height
	}
	d.height = y + groupPad + margin
	for i := range d.routes {
		if d.routes[i].back && d.cards[d.routes[i].from].layer == depth-1 {
			d.height = y + shippedGap/2 + margin
		}
	}
	for i := range d.cards {
		c := &d.cards[i]
		c.x, c.y = c.slab.x+c.offset, d.layers[c.layer].y
	}
}

package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Heads of arrows, in pixels.
const (
	arrow      = 9.0
	thickArrow = 14.0
)

// thickness of an edge grows with the bytes that go over it: by half a pixel for four
// times as many, from a KiB on.
func (e *Edge) thickness() float64 {
	if e.Bytes == nil || !(e.Bytes.Value > 1024) {
		return 1.4
	}
	return min(1.4+0.25*math.Log2(e.Bytes.Value/1024), 7)
}

// point is a place in a drawing.
type point struct{ x, y float64 }

// curve is a cubic Bézier curve between two places, vertical at both.
type curve struct {
	from, to point
	bend     float64 // how far it goes on straight
}

// at returns a place on the curve, from 0 to 1.
func (c curve) at(t float64) point {
	u := 1 - t
	a, b, cc, d := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return point{
		a*c.from.x + b*c.from.x + cc*c.to.x + d*c.to.x,
		a*c.from.y + b*(c.from.y+c.bend) + cc*(c.to.y-c.bend) + d*c.to.y,
	}
}

// atHeight returns the place on a curve that leads down.
func (c curve) atHeight(y float64) point {
	low, high := 0.0, 1.0
	for range 20 {
		if middle := (low + high) / 2; c.at(middle).y < y {
			low = middle
		} else {
			high = middle
		}
	}
	return c.at(low)
}

func (c curve) String() string {
	return fmt.Sprintf("C%.1f %.1f %.1f %.1f %.1f %.1f", c.from.x, c.from.y+c.bend, c.to.x, c.to.y-c.bend, c.to.x, c.to.y)
}

// spread gives edges that begin, or end, at one operator places beside each other, in
// the order of where they lead to, or come from: the distance of each from the middle.
func (d *drawing) spread(end func(*route) int, other func(*route) float64) []float64 {
	at := make([][]int, len(d.cards))
	for i := range d.routes {
		at[end(&d.routes[i])] = append(at[end(&d.routes[i])], i)
	}
	offsets := make([]float64, len(d.routes))
	for _, edges := range at {
		slices.SortStableFunc(edges, func(a, b int) int { return cmp.Compare(other(&d.routes[a]), other(&d.routes[b])) })
		step := min(24, (cardWidth-60)/float64(max(len(edges), 1)))
		for k, e := range edges {
			offsets[e] = step * (float64(k) - float64(len(edges)-1)/2)
		}
	}
	return offsets
}

// edges draws all edges, and above them what is said of them.
func (d *drawing) edges(p *page) {
	begins := d.spread(func(t *route) int { return t.from }, func(t *route) float64 {
		if t.passage != nil {
			return t.passage.x
		}
		return d.cards[t.to].x
	})
	ends := d.spread(func(t *route) int { return t.to }, func(t *route) float64 {
		if t.passage != nil {
			return t.passage.x
		}
		return d.cards[t.from].x
	})
	labels := &labels{}
	for i := range d.routes {
		e, t := &d.r.Edges[i], &d.routes[i]
		path, places := d.path(t, e, begins[i], ends[i])
		class := "edge"
		switch {
		case t.back:
			class += " back"
		case e.Ship == chained:
			class += " chained"
		case e.Input == broadcastSet, e.Ship == "broadcast":
			class += " broadcast"
		}
		if e.thickness() > 4 {
			class += " thick"
		}
		p.put(`<g class="%s" data-from="%d" data-to="%d"><path d="%s" style="--thick:%.2fpx"/><title>%s</title></g>`+"\n",
			class, e.From, e.To, path, e.thickness(), fmt.Sprintf("[%d] to [%d]: %s", e.From, e.To, e.line()))
		if e.said() || t.back {
			labels.put(e, places)
		}
	}
	p.WriteString(labels.String())
}

// path returns an edge as the path of an SVG, and where there is room for what is
// said of it, the best place first.
func (d *drawing) path(t *route, e *Edge, begin, end float64) (path string, places []point) {
	from, to := &d.cards[t.from], &d.cards[t.to]
	head := arrow
	if e.thickness() > 4 {
		head = thickArrow
	}
	s := point{from.x + begin, from.y + from.height}
	last := point{to.x + end, to.y - head}
	low := d.layers[from.layer].y + d.layers[from.layer].height // of what stands beside from
	direct := func(a, b point) curve { return curve{a, b, (b.y - a.y) * 0.5} }
	// gap is where chains have room between layers.
	gap := func(c curve, above float64, below float64) {
		high, low := above+groupPad, below-groupPad-groupHead
		for _, aside := range []float64{0, -labelHeight - 1, labelHeight + 1} {
			places = append(places, c.atHeight((high+low)/2+aside))
		}
	}
	switch {
	case t.back:
		out := shippedGap * 0.55
		down := fmt.Sprintf("C%.1f %.1f %.1f %.1f %.1f %.1f", s.x, low+out, t.passage.x, low+out, t.passage.x, low-groupPad)
		up := fmt.Sprintf("C%.1f %.1f %.1f %.1f %.1f %.1f", t.passage.x, last.y-out, last.x, last.y-out, last.x, last.y)
		for _, part := range []float64{0.5, 0.35, 0.65} {
			places = append(places, point{t.passage.x, low + (last.y-low)*part})
		}
		return fmt.Sprintf("M%.1f %.1f%sV%.1f%s", s.x, s.y, down, last.y, up), places
	case t.passage != nil:
		top := point{t.passage.x, d.layers[t.passage.top].y - groupPad}
		l := d.layers[t.passage.bottom]
		bottom := point{t.passage.x, l.y + l.height + groupPad}
		first, second := direct(s, top), direct(bottom, last)
		gap(first, low, d.layers[t.passage.top].y)
		gap(second, l.y+l.height, to.y)
		return fmt.Sprintf("M%.1f %.1f%sV%.1f%s", s.x, s.y, first, bottom.y, second), places
	}
	c := direct(s, last)
	if e.Ship == chained {
		places = append(places, c.at(0.5))
	} else {
		gap(c, low, d.layers[to.layer].y)
	}
	return fmt.Sprintf("M%.1f %.1f%s", s.x, s.y, c), places
}

// said reports whether there is something to say of an edge that the picture does not.
func (e *Edge) said() bool { return e.Ship != chained || e.Kept != "" || e.Loop }

// remark is what is said of an edge.
func (e *Edge) remark() string {
	l := short(e.label(), 30)
	if e.Kept != "" {
		l = short(e.Kept, 34)
	}
	if e.Bytes != nil && e.Ship != chained {
		l += " · " + size(e.Bytes.Value)
	}
	return l
}

// Sizes of what is said of edges, in pixels.
const (
	labelHeight = 20.0
	letterWidth = 6.9
)

func (e *Edge) remarkWidth() float64 { return 16 + letterWidth*float64(len([]rune(e.remark()))) }

// labels are what is said of edges, each where it hides no other.
type labels struct {
	page
	taken []box
}

type box struct{ left, top, right, bottom float64 }

func (l *labels) put(e *Edge, places []point) {
	w := e.remarkWidth()
	at := places[0]
	for _, p := range places {
		if !l.overlaps(boxAt(p, w)) {
			at = p
			break
		}
	}
	b := boxAt(at, w)
	l.taken = append(l.taken, b)
	l.page.put(`<g class="label" data-from="%d" data-to="%d"><rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="8"/><text x="%.1f" y="%.1f">%s</text></g>`+"\n",
		e.From, e.To, b.left, b.top, w, labelHeight, at.x, at.y+4, strings.TrimSpace(e.remark()))
}

func boxAt(p point, width float64) box {
	return box{p.x - width/2, p.y - labelHeight/2, p.x + width/2, p.y + labelHeight/2}
}

func (l *labels) overlaps(b box) bool {
	return slices.ContainsFunc(l.taken, func(o box) bool {
		return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
	})
}

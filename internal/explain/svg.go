package explain

import (
	"fmt"
	"math"
	"strings"
)

// cardHeight is the height of an operator in a drawing, as its lines need it.
func (o *Operator) cardHeight() float64 {
	return 20 + 17*float64(2+len(o.facts()))
}

// facts are the lines of a card below its name and kind.
func (o *Operator) facts() (lines []string) {
	if o.Strategy != "" {
		lines = append(lines, o.choice())
	}
	switch {
	case o.Actual != nil && o.Rows != nil:
		lines = append(lines, count(float64(o.Actual.rows()))+" rows, "+beside(o.Rows.Value, float64(o.Actual.rows()), "fewer"))
	case o.Actual != nil:
		lines = append(lines, count(float64(o.Actual.rows()))+" rows")
	case o.Rows != nil:
		lines = append(lines, count(o.Rows.Value)+" rows"+o.Rows.origin())
	}
	return lines
}

// weight is what part of the whole an operator takes, from 0 to 1: of the time of
// processors after a run, else of the estimated cost.
func (r *Report) weight(o *Operator) float64 {
	w := 0.0
	if busy := r.busy(); busy > 0 {
		if o.Actual != nil {
			w = o.Actual.Busy / busy
		}
	} else if o.Cost != nil && r.Cost != nil && r.Cost.Seconds > 0 {
		w = o.Cost.Seconds / r.Cost.Seconds
	}
	if math.IsNaN(w) {
		return 0
	}
	return min(max(w, 0), 1)
}

// spent is the time an operator takes, as weight tells it.
func (r *Report) spent(o *Operator) string {
	switch {
	case r.busy() > 0 && o.Actual != nil:
		return seconds(o.Actual.Busy)
	case o.Cost != nil:
		return seconds(o.Cost.Seconds)
	}
	return ""
}

// svg draws the plan.
func (d *drawing) svg(p *page) {
	p.put(`<svg id="graph" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="group" aria-label="%s">`+"\n",
		d.width, d.height, d.width, d.height, "The plan of "+d.r.Job+" as a graph")
	p.put(`<defs>`)
	for _, m := range []struct {
		id   string
		size float64
	}{{"arrow", arrow}, {"arrow-thick", thickArrow}} {
		p.put(`<marker id="%s" viewBox="0 0 8 8" refX="0.6" refY="4" markerWidth="%.0f" markerHeight="%.0f" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.6 8 4 0 7.4Z"/></marker>`, m.id, m.size, m.size)
	}
	p.put("</defs>\n")
	for _, s := range d.slabs {
		if s.chain >= 0 {
			d.group(p, s)
		}
	}
	d.edges(p)
	for i := range d.cards {
		d.card(p, i)
	}
	p.put("</svg>\n")
}

// group draws the ground of a chain.
func (d *drawing) group(p *page, s *slab) {
	y := d.layers[s.top].y - groupPad - groupHead
	last := d.layers[s.bottom]
	parallelism := 0
	bottom := last.y
	for i := range d.cards {
		if c := &d.cards[i]; c.slab == s {
			parallelism = d.r.Operators[i].Parallelism
			bottom = max(bottom, c.y+c.height)
		}
	}
	p.put(`<g class="chain"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="14"/><text x="%.1f" y="%.1f">chain %d<tspan class="by" dx="7">×%d</tspan></text></g>`+"\n",
		s.x-s.width/2, y, s.width, bottom+groupPad-y, s.x-s.width/2+groupPad+2, y+18, s.chain, parallelism)
}

// card draws an operator as a link to what is known of it.
func (d *drawing) card(p *page, i int) {
	o, c := &d.r.Operators[i], &d.cards[i]
	x, weight := c.x-cardWidth/2, d.r.weight(o)
	share := ""
	if weight > 0 {
		share = percent(weight, 1)
	}
	class := "op"
	if o.Actual != nil && o.Actual.Bottleneck {
		class += " bottleneck"
	}
	says := []string{fmt.Sprintf("[%d] %s, %s", o.ID, o.Name, o.title())}
	says = append(says, o.facts()...)
	if s := d.r.spent(o); s != "" {
		says = append(says, s+" "+share)
	}
	p.put(`<a class="%s" href="#op-%d" data-op="%d" data-x="%.0f" data-y="%.0f" style="--heat:%.3f" aria-label="%s">`,
		class, o.ID, o.ID, c.x, c.y, weight, strings.Join(says, ", "))
	p.put(`<title>%s</title>`, strings.Join(says, "\n"))
	p.put(`<rect class="card" x="%.1f" y="%.1f" width="%.0f" height="%.0f" rx="9"/>`, x, c.y, cardWidth, c.height)
	p.put(`<rect class="heat" x="%.1f" y="%.1f" width="4" height="%.0f" rx="2"/>`, x+6, c.y+9, c.height-18)
	p.put(`<foreignObject x="%.1f" y="%.1f" width="%.0f" height="%.0f"><div class="body">`, x, c.y, cardWidth, c.height)
	p.put(`<p><span class="name">%s</span><span class="share">%s</span></p>`, o.Name, share)
	kind := o.Kind
	if len(o.Detail) > 0 {
		kind += " · " + strings.Join(o.Detail, ", ")
	}
	p.put(`<p><span>%s</span><span>%s</span></p>`, kind, d.r.spent(o))
	for k, line := range o.facts() {
		class := "fact"
		if k == 0 && o.Strategy != "" {
			class = "strategy"
		}
		p.put(`<p><span class="%s">%s</span></p>`, class, line)
	}
	p.put(`</div></foreignObject>`)
	p.put("</a>\n")
}

package explain

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// style and script are parts of every page.
var (
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// HTML returns the report as one page that needs nothing else: the plan as a graph,
// and below it what is known of every operator. All of that is there without script;
// the script shows one operator at a time, and lets the reader choose between light
// and dark. The report itself is in the page as JSON, in the element "report".
func (r *Report) HTML() string {
	p := &page{}
	p.put("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
	p.put(`<meta name="viewport" content="width=device-width, initial-scale=1"/>` + "\n" + `<meta name="color-scheme" content="light dark"/>` + "\n")
	p.put("<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n", r.Job+": plan", markup(style))
	r.masthead(p)
	p.put("<main>\n")
	r.notes(p)
	p.put(`<section class="plan" aria-label="Plan">` + "\n" + `<div class="sheet">` + "\n")
	p.put(`<div class="bar"><h2>Plan</h2><p class="legend">%s</p><div class="zoom" hidden="hidden"><button type="button" id="fit">Fit</button><button type="button" id="full">100 %%</button></div></div>`+"\n", r.legend())
	p.put(`<div class="canvas" id="canvas" tabindex="0">` + "\n")
	r.draw().svg(p)
	p.put("</div>\n</div>\n<aside class=\"details\" id=\"details\" aria-label=\"Operators\">\n")
	for i := range r.Operators {
		r.details(p, &r.Operators[i])
	}
	p.put("</aside>\n</section>\n")
	r.hotSpots(p)
	r.asides(p)
	p.put("</main>\n")
	p.put(`<script type="application/json" id="report">%s</script>`+"\n", markup(r.embedded()))
	p.put("<script>\n%s</script>\n</body>\n</html>\n", markup(script))
	return p.String()
}

// embedded is the report in a form that can stand in a page: JSON in which there is no
// angle bracket and no ampersand.
func (r *Report) embedded() string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(true)
	_ = r.JSON() // for finite numbers
	if err := e.Encode(r); err != nil {
		panic(err) // as in JSON
	}
	return strings.TrimSpace(b.String())
}

// legend says what the picture shows.
func (r *Report) legend() string {
	switch {
	case r.busy() > 0:
		return "Warmer operators took more processor time, thicker edges carry more bytes."
	case r.Cost != nil:
		return "Warmer operators cost more, thicker edges carry more bytes."
	}
	return "Rows flow from top to bottom. Operators on one ground run as one task."
}

// masthead is the name of the job and the numbers of the whole.
func (r *Report) masthead(p *page) {
	facts := []string{plural(len(r.Operators), "operator") + " in " + plural(r.chains(), "chain"), fmt.Sprintf("parallelism %d", r.Parallelism)}
	if r.Processes > 1 {
		facts = append(facts, fmt.Sprintf("%d processes", r.Processes))
	}
	if r.Memory > 0 {
		facts = append(facts, size(float64(r.Memory))+" of memory"+each(r.Processes))
	}
	p.put(`<header><div class="title"><p class="eyebrow">%s</p><h1>%s</h1><p class="sub">%s</p></div>`+"\n",
		r.eyebrow(), r.Job, strings.Join(facts, " · "))
	p.put(`<button type="button" id="theme" hidden="hidden" aria-label="Colours: as the system"><span aria-hidden="true" class="sun"></span><span id="theme-name">Auto</span></button></header>` + "\n")
	var figures [][3]string
	figure := func(what, value, note string) { figures = append(figures, [3]string{what, value, note}) }
	if r.Seconds > 0 {
		note := seconds(r.busy()) + " of processors"
		figure("Ran", seconds(r.Seconds), note)
	}
	if c := r.Cost; c != nil {
		note := "whole plan"
		if r.Seconds > 0 && c.Seconds > 0 {
			note = "the run took " + beside(c.Seconds, r.Seconds, "less")
			if r.Seconds > c.Seconds {
				note = strings.Replace(note, "more", "longer", 1)
			}
		}
		figure("Estimated", seconds(c.Seconds), note)
		figure("Network", size(c.Network), "between subtasks")
		figure("Disk", size(c.Disk), "read and spilled")
	}
	if n := r.spilled(); n > 0 {
		figure("Spilled", size(float64(n)), "memory ended")
	}
	for i := range r.Operators {
		if o := &r.Operators[i]; o.Actual != nil && o.Actual.Bottleneck {
			figure("Bottleneck", o.Name, percent(o.Actual.Busy, r.busy())+" of processor time")
		}
	}
	if len(figures) == 0 {
		return
	}
	p.put(`<dl class="figures">`)
	for _, f := range figures {
		p.put(`<div><dt>%s</dt><dd>%s<small>%s</small></dd></div>`, f[0], f[1], f[2])
	}
	p.put("</dl>\n")
}

func (r *Report) eyebrow() string {
	if r.Seconds > 0 {
		return "Plan and run"
	}
	return "Plan"
}

// notes are warnings, what is supposed and what nobody knows.
func (r *Report) notes(p *page) {
	worst := r.worst()
	if len(r.Warnings)+len(r.Supposed)+len(r.Unknown) == 0 && worst == nil {
		return
	}
	p.put(`<ul class="notes">`)
	for _, w := range r.Warnings {
		p.put(`<li class="warning"><b>Warning</b> %s</li>`, w)
	}
	for _, f := range r.Supposed {
		p.put(`<li><b>Supposed</b> %s = %s</li>`, f.Name, quantity(f.Name, f.Value))
	}
	if len(r.Unknown) > 0 {
		p.put(`<li><b>Unknown</b> %s</li>`, strings.Join(r.Unknown, ", "))
	}
	if o := worst; o != nil {
		p.put(`<li><b>Furthest off</b> <a href="#op-%d">%s</a>: %s rows instead of %s%s</li>`,
			o.ID, o.Name, count(float64(o.Actual.rows())), count(o.Rows.Value), o.Rows.origin())
	}
	p.put("</ul>\n")
}

// hotSpots are the operators that take the most.
func (r *Report) hotSpots(p *page) {
	var hot []*Operator
	for i := range r.Operators {
		if o := &r.Operators[i]; r.weight(o) >= 0.005 {
			hot = append(hot, o)
		}
	}
	if len(hot) == 0 {
		return
	}
	slices.SortStableFunc(hot, func(a, b *Operator) int {
		if r.weight(a) > r.weight(b) {
			return -1
		}
		return 1
	})
	head := "Where the time is expected to go"
	if r.busy() > 0 {
		head = "Where the time went"
	}
	p.put(`<section class="panel hot"><h2>%s</h2><ol>`, head)
	most := r.weight(hot[0])
	for _, o := range hot[:min(len(hot), 12)] {
		perRow := ""
		if a := o.Actual; a != nil && max(a.RowsIn, a.rows()) > 0 && r.busy() > 0 {
			perRow = seconds(a.Busy/float64(max(a.RowsIn, a.rows()))) + " a row"
		}
		p.put(`<li style="--heat:%.3f;--part:%.4f"><a href="#op-%d"><span class="who">%s</span><span class="what">%s</span></a><span class="track"><i></i></span><span class="num">%s</span><span class="num">%s</span><span class="num quiet">%s</span></li>`,
			r.weight(o), r.weight(o)/most, o.ID, o.Name, o.Kind+", "+o.Site, percent(r.weight(o), 1), r.spent(o), perRow)
	}
	p.put("</ol></section>\n")
}

// asides are flips, changes, arguments and what does not run.
func (r *Report) asides(p *page) {
	if len(r.Flips) > 0 {
		p.put(`<section class="panel"><h2>The plan would be another one if</h2><ul class="flips">`)
		for i := range r.Flips {
			f := &r.Flips[i]
			p.put(`<li><p><b>%s</b> were <b>%s</b><span class="chip">%s</span></p><p class="quiet">now %s%s</p><ul>`,
				f.Fact, quantity(f.Fact, f.At), times(f.Factor), quantity(f.Fact, f.Now.Value), f.Now.origin())
			for _, c := range f.Changes {
				p.put("<li>%s</li>", c)
			}
			p.put("</ul></li>")
		}
		p.put("</ul></section>\n")
	}
	if len(r.History) > 0 {
		p.put(`<section class="panel"><h2>Changed while it ran</h2><ol class="flips">`)
		for _, c := range r.History {
			p.put(`<li><p>after <b>%s</b></p><ul>`, c.After)
			for _, change := range c.Changes {
				p.put("<li>%s</li>", change)
			}
			p.put("</ul></li>")
		}
		p.put("</ol></section>\n")
	}
	if len(r.Arguments) > 0 {
		p.put(`<section class="panel"><h2>Arguments</h2><dl class="pairs">`)
		names := map[string]bool{}
		for n := range r.Arguments {
			names[n] = true
		}
		for _, n := range sorted(names) {
			p.put("<div><dt>%s</dt><dd>%s</dd></div>", n, r.Arguments[n])
		}
		p.put("</dl></section>\n")
	}
	if len(r.Unused) > 0 {
		p.put(`<section class="panel"><h2>No sink reads these, so they do not run</h2><ul class="plain">`)
		for _, u := range r.Unused {
			p.put(`<li>[%d] %s <code>%s</code></li>`, u.ID, u.Name, u.Site)
		}
		p.put("</ul></section>\n")
	}
	p.put(`<footer>fingerprint <code>%s</code></footer>`+"\n", r.Fingerprint)
}

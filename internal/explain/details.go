package explain

import "strings"

// details are all that is known of an operator.
func (r *Report) details(p *page, o *Operator) {
	p.put(`<article id="op-%d" class="operator" tabindex="-1" style="--heat:%.3f">`+"\n", o.ID, r.weight(o))
	p.put(`<header><p class="eyebrow">[%d] %s</p><h3>%s</h3>`, o.ID, o.Kind, o.Name)
	if len(o.Detail) > 0 {
		p.put(`<p class="detail">%s</p>`, strings.Join(o.Detail, ", "))
	}
	if len(o.Pushed) > 0 {
		p.put(`<p class="detail">%s</p>`, strings.Join(o.Pushed, "; "))
	}
	p.put(`<p class="where"><code>%s</code> · chain %d · ×%d`, o.Site, o.Chain, o.Parallelism)
	if o.Client {
		p.put(" · in the caller’s process")
	}
	p.put("</p></header>\n")
	r.choices(p, o)
	r.comparison(p, o)
	r.connections(p, o)
	if o.Output != "" {
		p.put(`<h4>Records</h4><p class="type"><code>%s</code></p>`+"\n", o.Output)
	}
	p.put("</article>\n")
}

// choices are the strategy and those that were rejected, with bars as long as their
// factors.
func (r *Report) choices(p *page, o *Operator) {
	if o.Strategy == "" && len(o.Alternatives) == 0 {
		return
	}
	most := 1.0
	for _, a := range o.Alternatives {
		most = max(most, min(a.Factor, 20))
	}
	bar := func(class, name, note string, factor float64, value string) {
		p.put(`<li class="%s" style="--part:%.4f"><span class="who">%s</span><span class="num">%s</span>`, class, min(factor, 20)/most, name, value)
		if factor > 0 {
			p.put(`<span class="track"><i></i></span>`)
		}
		if note != "" {
			p.put(`<span class="why">%s</span>`, note)
		}
		p.put("</li>")
	}
	p.put(`<h4>Strategy</h4><ol class="choices">`)
	if o.Strategy != "" {
		value, factor := "", 0.0
		if r.Cost != nil && r.Cost.Seconds > 0 {
			value, factor = seconds(r.Cost.Seconds), 1
		}
		bar("chosen", o.Strategy, o.Because, factor, value)
	}
	for _, a := range o.Alternatives {
		value := ""
		if a.Refused != "" {
			bar("refused", a.Strategy, a.Refused, 0, "")
			continue
		}
		if a.Cost != nil {
			value = seconds(a.Cost.Seconds)
		}
		note := ""
		if a.Factor > 0 {
			note = times(a.Factor) + " the time of the whole plan"
		}
		bar("other", a.Strategy, note, a.Factor, value)
	}
	p.put("</ol>\n")
}

// comparison is the table of estimates and of what came.
func (r *Report) comparison(p *page, o *Operator) {
	var rows [][5]string // what, estimated, by what, actual, remark
	of := func(what, estimated, origin, actual, remark string) {
		if estimated != "" || actual != "" {
			rows = append(rows, [5]string{what, estimated, origin, actual, remark})
		}
	}
	row := func(what, estimated, actual, remark string) { of(what, estimated, "", actual, remark) }
	a := o.Actual
	ran := func(text string) string {
		if o.Actual == nil {
			return ""
		}
		return text
	}
	if a == nil {
		a = &Actual{}
	}
	remark := func(expected, came float64, less string) string {
		if o.Actual == nil || expected <= 0 {
			return ""
		}
		return beside(expected, came, less)
	}
	if o.Rows != nil {
		of("Rows", count(o.Rows.Value), o.Rows.Origin, ran(count(float64(a.rows()))), remark(o.Rows.Value, float64(a.rows()), "fewer"))
	} else {
		row("Rows", "", ran(count(float64(a.rows()))), "")
	}
	if a.RowsIn > 0 {
		row("Rows in", "", count(float64(a.RowsIn)), "")
	}
	if o.Width != nil {
		of("A row", size(o.Width.Value), o.Width.Origin, "", "")
	}
	if o.Cost != nil {
		row("Time", seconds(o.Cost.Seconds), ran(seconds(r.elapsed(o))), remark(o.Cost.Seconds, r.elapsed(o), "less"))
	}
	row("Processors", "", ran(seconds(a.Busy)), ran(percent(a.Busy, r.busy())))
	if o.Cost != nil {
		for _, c := range []struct {
			what  string
			bytes float64
		}{{"Network", o.Cost.Network}, {"Disk", o.Cost.Disk}, {"Worked on", o.Cost.Processor}} {
			if c.bytes > 0 {
				row(c.what, size(c.bytes), "", "")
			}
		}
	}
	if a.BytesIn > 0 {
		row("Read", "", size(float64(a.BytesIn)), "")
	}
	if a.BytesOut > 0 {
		row("Sent", "", size(float64(a.BytesOut)), "")
	}
	if o.Share > 0 || a.MemoryPeak > 0 {
		share, peak := "", ""
		if o.Share > 0 {
			share = size(float64(o.Share) * float64(o.Parallelism))
		}
		if o.Actual != nil {
			peak = size(float64(a.MemoryPeak))
		}
		row("Memory", share, peak, "")
	}
	if o.Spills > 0 || a.Spilled > 0 {
		row("Spilled", size(o.Spills), ran(size(float64(a.Spilled))), remark(o.Spills, float64(a.Spilled), "less"))
	}
	if a.Skew > 0 {
		row("Skew", "", times(a.Skew), "the fullest subtask")
	}
	if o.Actual != nil {
		row("Waited", "", seconds(a.Idle), "for input")
		row("Held up", "", seconds(a.Blocked), "by who reads it")
	}
	if len(rows) == 0 {
		return
	}
	actual := ""
	if o.Actual != nil {
		actual = "Actual"
	}
	p.put(`<h4>Figures</h4><table><thead><tr><td></td><th scope="col">Estimated</th><th scope="col">%s</th><td></td></tr></thead><tbody>`, actual)
	for _, c := range rows {
		p.put(`<tr><th scope="row">%s</th><td>%s<small>%s</small></td><td>%s</td><td class="quiet">%s</td></tr>`, c[0], c[1], c[2], c[3], c[4])
	}
	p.put("</tbody></table>\n")
}

// connections are the edges of an operator.
func (r *Report) connections(p *page, o *Operator) {
	list := func(head string, edges []*Edge, other func(*Edge) int) {
		if len(edges) == 0 {
			return
		}
		p.put(`<h4>%s</h4><ul class="edges">`, head)
		for _, e := range edges {
			x := r.operator(other(e))
			p.put(`<li><a href="#op-%d">[%d] %s</a> <span class="quiet">%s</span>`, x.ID, x.ID, x.Name, e.line())
			if e.Cost != nil && e.Cost.Seconds > 0 {
				p.put(` <span class="quiet">· cost %s</span>`, seconds(e.Cost.Seconds))
			}
			p.put("</li>")
		}
		p.put("</ul>\n")
	}
	var out []*Edge
	for i := range r.Edges {
		if r.Edges[i].From == o.ID {
			out = append(out, &r.Edges[i])
		}
	}
	list("Reads", r.into(o.ID), func(e *Edge) int { return e.From })
	list("Read by", out, func(e *Edge) int { return e.To })
}

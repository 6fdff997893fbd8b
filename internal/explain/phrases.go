package explain

import (
	"fmt"
	"strings"
)

// title is the operator's name, kind and properties: `count words: aggregate
// (key Text, sum Count)`.
func (o *Operator) title() string {
	t := o.Kind
	if o.Name != o.Kind {
		t = o.Name + ": " + o.Kind
	}
	if len(o.Detail) > 0 {
		t += " (" + strings.Join(o.Detail, ", ") + ")"
	}
	return t
}

// choice is the strategy and why it was taken.
func (o *Operator) choice() string {
	if o.Because == "" {
		return o.Strategy
	}
	return o.Strategy + " (" + o.Because + ")"
}

// estimate is what is expected to come out: "6.00 M rows × 96 B (sampled)".
func (o *Operator) estimate() string {
	switch {
	case o.Rows == nil:
		return "rows of " + size(o.Width.Value) + o.Width.origin()
	case o.Width == nil:
		return count(o.Rows.Value) + " rows" + o.Rows.origin()
	case o.Rows.Origin == o.Width.Origin:
		return count(o.Rows.Value) + " rows × " + size(o.Width.Value) + o.Rows.origin()
	}
	return count(o.Rows.Value) + " rows" + o.Rows.origin() + " × " + size(o.Width.Value) + o.Width.origin()
}

func (n *Number) origin() string {
	if n.Origin == "" {
		return ""
	}
	return " (" + n.Origin + ")"
}

// phrase is the cost of a part beside that of the whole: "2.20 s, 65 %".
func (c *Cost) phrase(whole *Cost) string {
	p := "cost " + seconds(c.Seconds)
	if whole != nil && whole.Seconds > 0 && c.Seconds > 0 {
		p += ", " + percent(c.Seconds, whole.Seconds)
	}
	return p
}

// parts are the bytes of a cost: "network 1.20 GiB, disk 700 MiB".
func (c *Cost) parts() string {
	var p []string
	for _, part := range []struct {
		what  string
		bytes float64
	}{{"network", c.Network}, {"disk", c.Disk}, {"worked on", c.Processor}} {
		if part.bytes > 0 {
			p = append(p, part.what+" "+size(part.bytes))
		}
	}
	return strings.Join(p, ", ")
}

// phrase is an alternative with what it would cost: "hash second 1.4×, 3.10 s".
func (a *Alternative) phrase() string {
	if a.Refused != "" {
		return a.Strategy + ": " + a.Refused
	}
	p := a.Strategy
	if a.Factor > 0 {
		p += " " + times(a.Factor)
	}
	if a.Cost != nil {
		p += ", " + seconds(a.Cost.Seconds)
	}
	return p
}

// label is how an edge distributes rows: "hash(Text), input 1".
func (e *Edge) label() string {
	l := e.Ship
	if e.Key != "" {
		l += "(" + e.Key + ")"
	}
	if e.Input == broadcastSet {
		l = broadcastSet
	} else if e.Input != "0" {
		l += ", input " + e.Input
	}
	if e.Port > 0 {
		l += fmt.Sprintf(", output %d", e.Port)
	}
	if e.Buffered {
		l += ", buffered"
	}
	return l
}

// line is the label with what is expected on the edge.
func (e *Edge) line() string {
	l := e.label()
	if e.Loop {
		l += ", back"
	}
	if e.Kept != "" {
		l += ", " + e.Kept
	}
	if e.Bytes != nil && e.Ship != chained {
		l += ", " + size(e.Bytes.Value)
	}
	return l
}

// chains returns how many chains there are.
func (r *Report) chains() int {
	n := 0
	for i := range r.Operators {
		n = max(n, r.Operators[i].Chain+1)
	}
	return n
}

// processes is what the head says of them, if there are several.
func (r *Report) processes() string {
	if r.Processes > 1 {
		return fmt.Sprintf(", %d processes", r.Processes)
	}
	return ""
}

// operator returns the operator of that number; every edge leads between two that
// are there.
func (r *Report) operator(id int) *Operator {
	for i := range r.Operators {
		if r.Operators[i].ID == id {
			return &r.Operators[i]
		}
	}
	return &Operator{ID: id, Name: "missing"}
}

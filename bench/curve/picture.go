package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/thalweg/thalweg/internal/memory"
)

// Colours that can be told from white and from black paper: the picture has no
// background of its own.
const (
	inkColour   = "#6e7b88" // text and axes
	oursColour  = "#2f81f7"
	flinkColour = "#d4681f"
	deckColour  = "#8b8f96"
)

// Measures of a panel in pixels: the plot, what is around it, and the legend below
// all panels.
const (
	plotWidth, plotHeight   = 266.0, 210.0
	leftMargin, rightMargin = 40.0, 18.0
	topMargin, bottomMargin = 70.0, 68.0
	panelWidth              = leftMargin + plotWidth + rightMargin
	leastWidth              = 440.0 // of the picture
	rowHeight               = 22.0  // of the legend
	letter                  = 6.8   // about the width of one in the legend
	dot                     = 2.6   // radius
)

// canvas collects the elements of an SVG file.
type canvas struct{ bytes.Buffer }

func (c *canvas) put(format string, args ...any) { fmt.Fprintf(&c.Buffer, format+"\n", args...) }

// text writes a line at a place. Class chooses size and weight, anchor is start,
// middle or end.
func (c *canvas) text(x, y float64, class, anchor, format string, args ...any) {
	c.put(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(fmt.Sprintf(format, args...)))
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// draw makes a picture with a panel for each program.
func draw(curves []curve) []byte {
	var programs []string
	for _, k := range curves {
		if len(programs) == 0 || programs[len(programs)-1] != k.Program {
			programs = append(programs, k.Program)
		}
	}
	c := &canvas{}
	width := max(panelWidth*float64(len(programs)), leastWidth)
	legend, rows := legendOf(curves, programs, width)
	height := topMargin + plotHeight + bottomMargin + rowHeight*float64(rows) + 10
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img">`, width, height, width, height)
	c.put(`<title>Time of programs whose input grows beyond the working memory</title>`)
	c.put(`<style>
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: %[1]s }
.title { font-size: 15px; font-weight: 600 }
.small { font-size: 11px }
.axis { stroke: %[1]s; stroke-width: 1 }
.grid { stroke: %[1]s; stroke-width: 0.5; stroke-opacity: 0.35 }
.limit { stroke: %[1]s; stroke-width: 1; stroke-dasharray: 2 3 }
polyline { fill: none; stroke-linejoin: round }
.ours { stroke: %[2]s; stroke-width: 2 } .ours-dot { fill: %[2]s }
.flink { stroke: %[3]s; stroke-width: 2 } .flink-dot { fill: %[3]s }
.deck { stroke: %[4]s; stroke-width: 1.2; stroke-dasharray: 5 3 }
</style>`, inkColour, oursColour, flinkColour, deckColour)
	for i, name := range programs {
		var own []curve
		for _, k := range curves {
			if k.Program == name {
				own = append(own, k)
			}
		}
		drawPanel(c, panelWidth*float64(i), own)
	}
	for _, e := range legend {
		e.draw(c)
	}
	c.put(`</svg>`)
	return c.Bytes()
}

// captions are what a panel says about its program; the first one takes the size of
// the other side.
var captions = map[string]struct{ title, below, y string }{
	"join":  {"Hash join", "one side grows, the other has %s", "time, first point = 1"},
	"sort":  {"Sort", "random keys", "time per record, first point = 1"},
	"group": {"Group by", "every key twice", "time per record, first point = 1"},
}

// scale takes values to places in a panel.
type scale struct {
	left             float64 // of the plot
	low, high        float64 // of x, on a logarithmic scale
	tallest, spacing float64 // of y, from 0, and between its ticks
}

func (s scale) x(v float64) float64 {
	return s.left + plotWidth*math.Log(v/s.low)/math.Log(s.high/s.low)
}

func (s scale) y(v float64) float64 { return topMargin + plotHeight*(1-v/s.tallest) }

// drawPanel draws the curves of one program.
func drawPanel(c *canvas, left float64, curves []curve) {
	first := curves[0].Points[0]
	words := captions[curves[0].Program]
	lines := map[string][]xy{}
	for _, k := range curves {
		lines[classOf(k.Engine)] = k.relative(wall)
	}
	if curves[0].Program == "join" {
		words.below = fmt.Sprintf(words.below, memory.Text(first.Probe*recordBytes))
		lines["deck"] = deck()
	}
	s := scaleOf(left+leftMargin, lines)
	c.text(s.left, 20, "title", "start", "%s", words.title)
	c.text(s.left, 37, "small", "start", "%s", words.below)
	c.text(left+8, topMargin-12, "small", "start", "%s", words.y)
	drawAxes(c, s)
	for _, class := range []string{"deck", "flink", "ours"} {
		drawLine(c, s, lines[class], class)
	}
	bottom := topMargin + plotHeight
	c.text(s.left+plotWidth/2, bottom+34, "small", "middle", "input ÷ working memory of %s", memory.Text(first.Memory))
	var starts []string
	for _, k := range curves {
		name, _, _ := strings.Cut(k.Engine, " ")
		starts = append(starts, name+" "+duration(k.Points[0].Wall.Median))
	}
	c.text(s.left+plotWidth/2, bottom+51, "small", "middle", "first points: %s", strings.Join(starts, ", "))
}

// duration shows seconds, or milliseconds if there are few.
func duration(s float64) string {
	if s < 0.95 {
		return fmt.Sprintf("%.0f ms", 1000*s)
	}
	return fmt.Sprintf("%.1f s", s)
}

// classOf is the class of an engine's line.
func classOf(engine string) string {
	if engine == oursName {
		return "ours"
	}
	return "flink"
}

// scaleOf makes room for all lines.
func scaleOf(left float64, lines map[string][]xy) scale {
	s := scale{left: left, low: math.Inf(1), high: math.Inf(-1)}
	tallest := 1.0
	for _, points := range lines {
		for _, p := range points {
			s.low, s.high, tallest = min(s.low, p.x), max(s.high, p.x), max(tallest, p.y)
		}
	}
	if s.low == s.high {
		s.low, s.high = s.low/2, s.high*2
	}
	s.spacing = niceStep(tallest / 5)
	s.tallest = s.spacing * math.Ceil(tallest/s.spacing)
	return s
}

// niceStep returns the least of 1, 2, 2.5 and 5 times a power of ten that is not
// smaller than v.
func niceStep(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 2.5, 5} {
		if f*unit >= v {
			return f * unit
		}
	}
	return 10 * unit
}

// drawAxes draws grid, ticks and the line where the input is as large as the
// memory.
func drawAxes(c *canvas, s scale) {
	bottom, right := topMargin+plotHeight, s.left+plotWidth
	for i := 0; float64(i)*s.spacing <= s.tallest*1.001; i++ {
		v := float64(i) * s.spacing
		if i > 0 {
			c.line(s.left, s.y(v), right, s.y(v), "grid")
		}
		c.text(s.left-6, s.y(v)+4, "small", "end", "%.4g", v)
	}
	for e := math.Ceil(math.Log2(s.low) - 0.001); e <= math.Log2(s.high)+0.001; e++ {
		v := math.Exp2(e)
		c.line(s.x(v), bottom, s.x(v), bottom+4, "axis")
		c.text(s.x(v), bottom+17, "small", "middle", "%s", power(v))
	}
	if s.low < 1 && s.high > 1 {
		c.line(s.x(1), topMargin, s.x(1), bottom, "limit")
	}
	c.line(s.left, bottom, right, bottom, "axis")
	c.line(s.left, topMargin, s.left, bottom, "axis")
}

// power shows a power of two.
func power(v float64) string {
	switch v {
	case 0.25:
		return "¼"
	case 0.5:
		return "½"
	}
	return fmt.Sprintf("%.4g", v)
}

// drawLine draws points, with dots but for the deck's.
func drawLine(c *canvas, s scale, points []xy, class string) {
	if len(points) == 0 {
		return
	}
	var at []string
	for _, p := range points {
		at = append(at, fmt.Sprintf("%.1f,%.1f", s.x(p.x), s.y(p.y)))
	}
	c.put(`<polyline points="%s" class="%s"/>`, strings.Join(at, " "), class)
	for _, p := range points {
		drawDot(c, s.x(p.x), s.y(p.y), class)
	}
}

// drawDot marks a point: ours with a disc, Flink's with a square.
func drawDot(c *canvas, x, y float64, class string) {
	switch class {
	case "ours":
		c.put(`<circle cx="%.1f" cy="%.1f" r="%.1f" class="ours-dot"/>`, x, y, dot)
	case "flink":
		c.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="flink-dot"/>`, x-dot, y-dot, 2*dot, 2*dot)
	}
}

// entry is a line of the legend at its place.
type entry struct {
	name, class string
	x, y        float64
}

// legendOf says which line is whose, below all panels, in as many rows as it
// takes.
func legendOf(curves []curve, programs []string, width float64) (legend []entry, rows int) {
	for _, k := range curves {
		if k.Program == programs[0] {
			legend = append(legend, entry{name: k.Engine, class: classOf(k.Engine)})
		}
	}
	if programs[0] == "join" {
		legend = append(legend, entry{name: "Flink in 2015, with 4 GB, and 64 GB on the other side", class: "deck"})
	}
	rows = 1
	x := leftMargin
	for i := range legend {
		e := &legend[i]
		space := 32 + letter*float64(len(e.name))
		if x+space > width {
			x, rows = leftMargin, rows+1
		}
		e.x, e.y = x, topMargin+plotHeight+bottomMargin+rowHeight*(float64(rows)-0.3)
		x += space + 24
	}
	return legend, rows
}

func (e entry) draw(c *canvas) {
	c.line(e.x, e.y-4, e.x+26, e.y-4, e.class)
	drawDot(c, e.x+13, e.y-4, e.class)
	c.text(e.x+32, e.y, "", "start", "%s", e.name)
}

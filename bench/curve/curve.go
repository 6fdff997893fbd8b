package main

import (
	"fmt"
	"io"
	"math"

	"github.com/thalweg/thalweg/bench/harness"
)

// The engines.
const (
	oursName  = "Thalweg"
	flinkName = "Flink 1.20"
)

// curve is what one engine took for one program.
type curve struct {
	Program, Engine string
	Points          []cost // from the smallest input to the largest
}

// cost is what one point took, in all rounds. Times are in seconds, sizes in
// bytes, inputs in records.
type cost struct {
	Records, Probe, Memory int64
	Parallelism, Rounds    int
	Wall, CPU              harness.Spread
	Resident               int64 // the greatest
}

func costOf(p point, answers []answer) cost {
	c := cost{Records: p.Records, Probe: p.Probe, Memory: p.Memory, Parallelism: p.Parallelism, Rounds: len(answers)}
	var wall, cpu []float64
	for _, a := range answers {
		wall, cpu = append(wall, a.Wall.Seconds()), append(cpu, a.CPU.Seconds())
		c.Resident = max(c.Resident, a.Resident)
	}
	c.Wall, c.CPU = harness.SpreadOf(wall), harness.SpreadOf(cpu)
	return c
}

// x is the input that grows, in working memories.
func (c cost) x() float64 { return float64(c.Records) * recordBytes / float64(c.Memory) }

// wall and cpu are the two ways to say what a point took.
func wall(c cost) float64 { return c.Wall.Median }
func cpu(c cost) float64  { return c.CPU.Median }

// y is the time that should not rise: of the whole job if an input of it stays the
// same, else of one record.
func (c cost) y(of func(cost) float64) float64 {
	if c.Probe > 0 {
		return of(c)
	}
	return of(c) / float64(c.Records)
}

// xy is a place in a picture.
type xy struct{ x, y float64 }

// relative returns the points with y relative to the first one's.
func (k curve) relative(of func(cost) float64) (points []xy) {
	for _, c := range k.Points {
		points = append(points, xy{c.x(), c.y(of) / k.Points[0].y(of)})
	}
	return points
}

// deckMinutes is the curve of the deck's slide, for 1 to 12 GB of what grows, with
// 4 GB of working memory.
var deckMinutes = []float64{5.68, 5.84, 5.94, 6.99, 7.83, 8.59, 8.99, 9.53, 10.02, 10.37, 10.74, 11.03}

func deck() (points []xy) {
	for i, m := range deckMinutes {
		points = append(points, xy{float64(i+1) / 4, m / deckMinutes[0]})
	}
	return points
}

// at returns y at an x, between two points on a straight line over the logarithm
// of x, and false where there are no points.
func at(points []xy, x float64) (float64, bool) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if a.x <= x && x <= b.x {
			share := math.Log(x/a.x) / math.Log(b.x/a.x)
			return a.y + share*(b.y-a.y), true
		}
	}
	return 0, false
}

// slope is y at three times the memory divided by y at three quarters of it.
func slope(points []xy) (float64, bool) {
	low, okLow := at(points, 0.75)
	high, okHigh := at(points, 3)
	return high / low, okLow && okHigh
}

// largestStep returns the greatest y of a point divided by that of the one before,
// and the x of both.
func largestStep(points []xy) (step, from, to float64) {
	for i := 1; i < len(points); i++ {
		if s := points[i].y / points[i-1].y; s > step {
			step, from, to = s, points[i-1].x, points[i].x
		}
	}
	return step, from, to
}

// The bars of our join.
const (
	slopeBar = 1.5
	stepBar  = 1.2
	timesBar = 5 // Flink's time divided by ours
)

// printReport writes a table with a line for each curve, and one for the deck's.
func printReport(w io.Writer, curves []curve) {
	rows := [][]string{{"program", "engine", "first point", "last point", "slope, wall", "slope, CPU", "largest step, wall", "CPU", "Flink/ours wall", "CPU", "bar", "verdict"}}
	for _, k := range curves {
		walls, cpus := k.relative(wall), k.relative(cpu)
		row := []string{
			k.Program, k.Engine, k.Points[0].Wall.String() + " s", k.Points[len(k.Points)-1].Wall.String() + " s",
			slopeText(walls), slopeText(cpus), stepText(walls), stepText(cpus), "", "", "", "",
		}
		if peer, found := find(curves, k.Program, flinkName); found && k.Engine == oursName && len(peer.Points) == len(k.Points) {
			times := advantage(k, peer, wall)
			row[8], row[9] = times.String(), advantage(k, peer, cpu).String()
			if k.Program == "join" {
				row[10], row[11] = fmt.Sprintf("slope ≤ %g, step ≤ %g, Flink/ours ≥ %d", slopeBar, stepBar, timesBar), "missed"
				s, ok := slope(walls)
				if step, _, _ := largestStep(walls); ok && s <= slopeBar && step <= stepBar && times.Median >= timesBar {
					row[11] = "met"
				}
			}
		}
		rows = append(rows, row)
	}
	last := len(deckMinutes) - 1
	rows = append(rows, []string{
		"join", "the deck's", fmt.Sprintf("%.0f s", 60*deckMinutes[0]), fmt.Sprintf("%.0f s", 60*deckMinutes[last]),
		slopeText(deck()), "", stepText(deck()), "", "", "", "", "",
	})
	harness.WriteTable(w, rows)
}

func slopeText(points []xy) string {
	s, ok := slope(points)
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.2f", s)
}

func stepText(points []xy) string {
	step, from, to := largestStep(points)
	return fmt.Sprintf("%.2f (at %.2f → %.2f)", step, from, to)
}

// find returns the curve of a program and an engine.
func find(curves []curve, program, engine string) (curve, bool) {
	for _, k := range curves {
		if k.Program == program && k.Engine == engine {
			return k, true
		}
	}
	return curve{}, false
}

// advantage returns the peer's time divided by ours, over all points.
func advantage(ours, peer curve, of func(cost) float64) harness.Spread {
	var ratios []float64
	for i := range ours.Points {
		ratios = append(ratios, of(peer.Points[i])/of(ours.Points[i]))
	}
	return harness.SpreadOf(ratios)
}

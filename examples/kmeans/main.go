// Kmeans divides points into k clusters, each around its mean (Lloyd, "Least
// squares quantization in PCM", 1982). The loop over the data is an ordinary loop:
// each turn runs a job and fetches the new centers, which the next one gets as a
// broadcast set.
//
//	go run ./examples/kmeans --input points.csv --k 5
package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
)

func main() { thalweg.Main("k-means", build) }

// Point is a point of the plane.
type Point struct {
	X float64 `csv:"x"`
	Y float64 `csv:"y"`
}

// Center is the mean of a cluster of points. Of one point it is the point itself.
type Center struct {
	ID int64 `csv:"cluster"`
	Point
	Points int64 `csv:"-"` // how many
}

func id(c *Center) *int64     { return &c.ID }
func x(c *Center) *float64    { return &c.X }
func y(c *Center) *float64    { return &c.Y }
func points(c *Center) *int64 { return &c.Points }

// String is the center as it is printed.
func (c Center) String() string {
	return fmt.Sprintf("%d: %d points around (%.3f, %.3f)", c.ID, c.Points, c.X, c.Y)
}

func build(env *thalweg.Environment) error {
	input := env.Arg("input", "", "CSV with the columns x and y (made by the program if not given)")
	k := env.ArgInt("k", 5, "how many clusters")
	turns := env.ArgInt("iterations", 100, "turns at most; it ends when no center moves any more")
	output := env.Arg("output", "", "directory for the points with their clusters as CSV")

	all := generated(env, 10_000)
	if input != "" {
		all = batch.ReadCSV[Point](env, input, csv.Header())
	}
	centers, err := first(all, k)
	for turn, moved := 0, true; moved && turn < turns && err == nil; turn++ {
		before := centers
		centers, err = step(env, all, before)
		moved = !slices.Equal(before, centers)
	}
	if err != nil {
		return err
	}
	batch.Print(batch.Sort(batch.FromSlice(env, centers), batch.Asc(id)))
	if output != "" {
		batch.WriteCSV(assign(env, all, centers), output, csv.Header())
	}
	return nil
}

// step moves each center to the mean of the points that are nearest to it. One
// without any disappears.
func step(env *thalweg.Environment, all *batch.DataSet[Point], centers []Center) ([]Center, error) {
	sums := batch.GroupBy(assign(env, all, centers), id).Aggregate(agg.Sum(x), agg.Sum(y), agg.Count(points))
	means := batch.Map(sums, func(c Center) Center {
		c.X, c.Y = c.X/float64(c.Points), c.Y/float64(c.Points)
		return c
	})
	moved, err := batch.Fetch(means)
	slices.SortFunc(moved, func(a, b Center) int { return cmp.Compare(a.ID, b.ID) })
	return moved, err
}

// assign makes a cluster of each point, with the number of the center that is
// nearest.
func assign(env *thalweg.Environment, all *batch.DataSet[Point], centers []Center) *batch.DataSet[Center] {
	set := batch.AsBroadcastSet(batch.FromSlice(env, centers))
	return batch.MapRich(all, func(ctx *thalweg.Context) (func(Point) Center, error) {
		centers := set.Rows(ctx)
		return func(p Point) Center { return Center{nearest(centers, p), p, 1} }, nil
	}).WithBroadcastSet(set)
}

// nearest returns the number of the center that is nearest to a point, of several
// the lowest.
func nearest(centers []Center, p Point) int64 {
	best, least := int64(-1), math.Inf(1)
	for _, c := range centers {
		distance := (c.X-p.X)*(c.X-p.X) + (c.Y-p.Y)*(c.Y-p.Y)
		if distance < least || distance == least && c.ID < best {
			best, least = c.ID, distance
		}
	}
	return best
}

// first chooses k points as the first centers, in an order that looks random but
// does not depend on how the points are divided among subtasks.
func first(all *batch.DataSet[Point], k int) ([]Center, error) {
	chosen, err := batch.Fetch(all.Top(k, func(a, b Point) int {
		return cmp.Or(cmp.Compare(scatter(a), scatter(b)), cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	}))
	centers := make([]Center, len(chosen))
	for i, p := range chosen {
		centers[i] = Center{int64(i), p, 1}
	}
	return centers, err
}

func scatter(p Point) uint64 {
	bits := math.Float64bits(p.X)*0x9e3779b97f4a7c15 + math.Float64bits(p.Y)
	bits = (bits ^ bits>>30) * 0xbf58476d1ce4e5b9
	return bits ^ bits>>31
}

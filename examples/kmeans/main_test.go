package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/examples/exampletest"
)

var program = exampletest.Program{Name: "k-means", Build: build, Headers: true}

func TestMain(m *testing.M) { program.Main(m) }

// clusters is Lloyd's algorithm in the plainest way, from the same first centers.
func clusters(all []Point, k, turns int) []string {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Point) int {
		return cmp.Or(cmp.Compare(scatter(a), scatter(b)), cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	})
	centers := map[int]Point{}
	for i, p := range all[:k] {
		centers[i] = p
	}
	choose := func(p Point) (best int) {
		best = -1
		for i := range k {
			c, ok := centers[i]
			if ok && (best < 0 || square(c, p) < square(centers[best], p)) {
				best = i
			}
		}
		return best
	}
	for range turns {
		sums, n := map[int]Point{}, map[int]float64{}
		for _, p := range all {
			i := choose(p)
			sums[i] = Point{sums[i].X + p.X, sums[i].Y + p.Y}
			n[i]++
		}
		centers = map[int]Point{}
		for i, s := range sums {
			centers[i] = Point{s.X / n[i], s.Y / n[i]}
		}
	}
	var lines []string
	for _, p := range all {
		lines = append(lines, fmt.Sprintf("%d,%v,%v", choose(p), p.X, p.Y))
	}
	slices.Sort(lines)
	return lines
}

func square(a, b Point) float64 { return (a.X-b.X)*(a.X-b.X) + (a.Y-b.Y)*(a.Y-b.Y) }

func TestPointsFindTheirClusters(t *testing.T) {
	var own []Point
	for i := range int64(10_000) {
		own = append(own, point(i))
	}
	for i, options := range exampletest.Everywhere {
		if got, want := program.Rows(t, nil, options...), clusters(own, 5, 100); !slices.Equal(got, want) {
			t.Errorf("way %d: the clusters of the program's own points are others", i)
		}
	}
	lines := clusters(own, 5, 100)
	hearts := map[byte]int{}
	for _, l := range lines {
		hearts[l[0]]++
	}
	for _, n := range hearts {
		if len(hearts) != 5 || n < 1900 || n > 2100 {
			t.Errorf("clusters of %v points", hearts)
		}
	}
}

// Points with a grid for coordinates add up exactly, so that clusters do not depend
// on the order in which they are added.
func TestRandomPointsFindTheirClusters(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		var all []Point
		text := "y,x\n"
		for range 500 {
			p := Point{grid(r.Float64() * 10), grid(r.NormFloat64())}
			all = append(all, p)
			text += fmt.Sprintf("%v,%v\n", p.Y, p.X)
		}
		path := exampletest.Save(t, "points.csv", text)
		for turns, way := range exampletest.Everywhere {
			arguments := map[string]string{"input": path, "k": "9", "iterations": fmt.Sprint(turns)}
			if got, want := program.Rows(t, arguments, way...), clusters(all, 9, turns); !slices.Equal(got, want) {
				t.Errorf("seed %d, after %d turns: got %q, want %q", seed, turns, got, want)
			}
		}
	}
}

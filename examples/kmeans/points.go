package main

import (
	"math"
	"math/rand/v2"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
)

// hearts are where the points of the program's own data lie around.
var hearts = []Point{{0, 0}, {10, 2}, {4, 9}, {-7, 6}, {-3, -8}}

// generated makes n points. A point depends on its number alone, so it is the same
// in every run.
func generated(env *thalweg.Environment, n int64) *batch.DataSet[Point] {
	return batch.Map(batch.Sequence(env, 0, n), point)
}

// point draws a point around one of the hearts. Coordinates are multiples of 1/64:
// such floats add up exactly, in any order.
func point(number int64) Point {
	r := rand.New(rand.NewPCG(uint64(number), 1))
	heart := hearts[r.IntN(len(hearts))]
	return Point{grid(heart.X + 1.5*r.NormFloat64()), grid(heart.Y + 1.5*r.NormFloat64())}
}

func grid(v float64) float64 { return math.Round(v*64) / 64 }

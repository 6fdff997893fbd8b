// Package side is what the programs that take part in a comparison of bench/batch
// share: what they are told, how they answer, sinks that check or keep a result, and
// the files they read. Floor 7.
//
// A program calls [Serve] with the data sets it knows. Each family of programs is a
// binary of its own, so that only those are compiled that take part.
package side

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strconv"
)

// The engines that take part. Ours and Hand are programs of this module.
const (
	Ours   = "ours"
	Hand   = "hand"
	Floor  = "floor"
	DuckDB = "duckdb"
	Polars = "polars"
)

// Job is what a process has to do.
type Job struct {
	Suite      string `json:"suite"`
	Engine     string `json:"engine"`
	Threads    int    `json:"threads"`
	Rows       int    `json:"rows"`
	H2ORows    int    `json:"h2oRows"`
	Megabytes  int    `json:"megabytes"`  // of the file to sort
	Memory     int    `json:"memory"`     // MiB of our engine's budget; 0 is its default
	SortMemory int    `json:"sortMemory"` // MiB in all to sort the file
	Dir        string `json:"dir"`        // of generated files
	Profile    string `json:"profile"`    // folder for a CPU profile of one more run of ours
}

// Encoded is the job as the argument of a process.
func (j Job) Encoded() string {
	b, err := json.Marshal(j)
	if err != nil {
		panic(err) // it has nothing that JSON cannot carry
	}
	return string(b)
}

// LineSize is the bytes of a record of the file to sort.
const LineSize = 100

// Lines is how many records the file to sort has.
func (j Job) Lines() int64 { return int64(j.Megabytes) * 1_000_000 / LineSize }

// Input is the path of the file to sort.
func (j Job) Input() string { return filepath.Join(j.Dir, "lines") }

// Output is the folder for its records in order: files part-00000 and so on.
func (j Job) Output() string { return filepath.Join(j.Dir, "sorted-by-"+j.Engine) }

// Answer is what a process says, in a line of JSON. Times are in seconds.
type Answer struct {
	Ready bool     `json:"ready,omitempty"`
	Error string   `json:"error,omitempty"`
	Wall  float64  `json:"wall"`
	CPU   float64  `json:"cpu"`
	Rows  int64    `json:"rows"`
	Check []string `json:"check"`
}

// closeEnough is by how much sums of floating-point numbers may differ, which are
// added up in another order.
const closeEnough = 1e-9

// Same reports whether two answers mean the same. Numbers are compared digit by digit
// if both are whole, which has to be so for checksums.
func (a Answer) Same(b Answer) bool {
	if a.Rows != b.Rows || len(a.Check) != len(b.Check) {
		return false
	}
	for i := range a.Check {
		if !sameNumber(a.Check[i], b.Check[i]) {
			return false
		}
	}
	return true
}

func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if whole(a) && whole(b) {
		return false
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Abs(x-y) <= closeEnough*max(math.Abs(x), math.Abs(y))
}

// whole reports whether a text is a number without a point or an exponent.
func whole(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (i > 0 || s[i] != '-') {
			return false
		}
	}
	return s != ""
}

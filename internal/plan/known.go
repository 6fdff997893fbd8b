package plan

import (
	"strings"

	"github.com/thalweg/thalweg/internal/operator"
)

// Key is what an operator takes records together by, or an exchange looks at.
type Key struct {
	Name  string // in plans
	Field bool   // it is a field of the record, or the record itself; else it is computed
	Path  string // of the field; "" is the record itself

	// Hash writes the hashes of the keys of a batch's records, which are of the input's
	// type, one for each. It is safe for concurrent use; nil if nobody can do it.
	Hash func(rows operator.Carrier, hashes []uint64)
}

// Known is what is known of an operator without running it: how many records it
// makes of how many, and which fields go through it unchanged. The zero value says
// nothing.
type Known struct {
	Rows   Rows
	Limit  int64  // of AtMost
	Keys   []Key  // by input: what records are taken together by
	Copies []Copy // fields of output 0
	Hints  Hints

	// Optional inputs may have no part in a record that comes out: the other sides of
	// outer joins.
	Optional []bool

	Anti bool // SemiRows: those without a partner

	// Reads are the paths of the fields that the operator looks at, by input, beside
	// those of keys and what goes through it unchanged. Nil is everything.
	Reads [][]string
}

// Rows is how the number of records an operator makes follows from its input.
type Rows uint8

// How many records come out.
const (
	AnyRows   Rows = iota
	SameRows       // one for each
	Subset         // some of them
	OnePerKey      // one for each key in a subtask
	PerPair        // one for each pair of records with equal keys
	SemiRows       // those of input 0 with a partner, or those without one
	AllPairs       // one for each pair of records
	AtMost         // Limit in each subtask
)

// Copy is a field of the output that has the value of a field of the input, in every
// record that comes of it. Equal paths in sub-fields are copied with it.
type Copy struct {
	Input    int
	From, To string // paths; "" is the record itself
}

// Whole says that records go through as they are.
var Whole = []Copy{{}}

// Hints are what the user says about an operator's output; 0 is nothing.
type Hints struct {
	Rows        float64
	Size        float64            // bytes of all records: Rows follows, if there is none, from Width or an estimate of it
	Width       float64            // bytes of a record
	Selectivity float64            // records that come out for each that goes in
	Distinct    map[string]float64 // different values, by path
}

// Method is the algorithm of a strategy, for who estimates what it costs.
type Method uint8

// The methods. What an operator with none costs is the user's function.
const (
	Streaming      Method = iota // a record at a time
	HashJoin                     // a table of the first input, the other is looked up
	MergeJoin                    // both inputs are sorted
	NestedLoops                  // the first input is kept, the other gone through for all of it
	HashGroups                   // a table of groups
	SortGroups                   // records are sorted by key
	HashCombine                  // as HashGroups, but lets through what has no place
	SortCombine                  // as SortGroups, in pieces
	PassGroups                   // a group is made of each record
	AdjacentGroups               // rows of equal keys already stand side by side
	SortRecords                  // records are sorted by an order
	KeepRecords                  // records are kept
)

// Choices are what is decided about the ways to run a graph. They do not change what
// the graph computes.
type Choices struct {
	// Strategies are the names of strategies, by node. A node that is missing has its
	// first one.
	Strategies map[int]string `json:"strategies,omitempty"`

	// Kept are edges whose records already are in the subtasks they are to be
	// distributed to: they are forward edges.
	Kept []EdgeRef `json:"kept,omitempty"`

	// Push has sources leave out what nobody needs.
	Push bool `json:"push,omitempty"`
}

// EdgeRef names an edge.
type EdgeRef struct {
	Node  int `json:"node"`
	Input int `json:"input"`
	Edge  int `json:"edge"`
}

// JoinPath is the path of a field within a field.
func JoinPath(path, part string) string {
	if path == "" || part == "" || part[0] == '[' {
		return path + part
	}
	return path + "." + part
}

// partOf returns the rest of a path that begins with another one.
func partOf(path, whole string) (part string, ok bool) {
	part, ok = strings.CutPrefix(path, whole)
	switch {
	case !ok:
		return "", false
	case whole == "" || part == "" || part[0] == '[':
		return part, true
	}
	return strings.CutPrefix(part, ".")
}

// Part returns the path within the key of a field of the record, and whether the field
// is the key or a part of it.
func (k Key) Part(path string) (part string, ok bool) { return partOf(path, k.Path) }

// Overlap reports whether two fields of a record have something in common.
func Overlap(a, b string) bool {
	_, in := partOf(a, b)
	_, around := partOf(b, a)
	return in || around
}

package optimizer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/internal/plan"
)

// History is what runs of programs have made, by operator. An operator is recognized by
// what it is called and does, and by what it reads, not by its line or number: it is the
// same after the program has been moved, and another one once a file name or a key in
// front of it has changed. What functions do is not looked at: who changes one forgets
// the history.
//
//	{"version": 1, "operators": {"5f0c…": {"name": "orders", "rows": 1500000}}}
type History struct {
	Version   int                 `json:"version"`
	Operators map[string]Recorded `json:"operators"`
}

// Recorded is what an operator has made.
type Recorded struct {
	Name string  `json:"name"` // for people
	Rows float64 `json:"rows"`
}

const (
	historyVersion = 1
	maxHistory     = 64 << 20 // bytes
)

// ReadHistory reads what History's Bytes have written. Empty bytes are an empty history.
func ReadHistory(b []byte) (*History, error) {
	h := &History{Version: historyVersion, Operators: map[string]Recorded{}}
	switch {
	case len(b) == 0:
		return h, nil
	case len(b) > maxHistory:
		return nil, fmt.Errorf("a history of %d bytes is larger than any that was written", len(b))
	}
	if err := json.Unmarshal(b, h); err != nil {
		return nil, fmt.Errorf("no history of an optimizer: %w", err)
	}
	if h.Version != historyVersion {
		return nil, fmt.Errorf("a history of version %d; this program reads version %d", h.Version, historyVersion)
	}
	if h.Operators == nil {
		h.Operators = map[string]Recorded{}
	}
	for id, r := range h.Operators {
		if !(r.Rows >= 0) {
			return nil, fmt.Errorf("a history in which operator %s (%s) has made %v records", id, r.Name, r.Rows)
		}
	}
	return h, nil
}

// Bytes returns the history in the form that is kept.
func (h *History) Bytes() []byte {
	b, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		panic(err) // strings and finite numbers always marshal
	}
	return append(b, '\n')
}

// Record adds what a run has made: the records each of its nodes has sent on. Those that
// somebody stopped before they had made everything, and those that make more or less of
// the same depending on how they are run, are left out.
func (h *History) Record(nodes []*plan.Node, made map[int]int64) {
	stopped := map[*plan.Node]bool{}
	for _, n := range slices.Backward(nodes) {
		if n.Kind == "first" || stopped[n] {
			eachEdge(n, func(e plan.Edge, _ plan.EdgeRef, _ int) { stopped[e.From] = true })
		}
	}
	ids := identities(nodes)
	for _, n := range nodes {
		rows, ran := made[n.ID]
		if !ran || stopped[n] || combines(n) || len(n.Outputs) == 0 || len(n.Outputs) > 1 && n.Source == nil {
			continue
		}
		h.Operators[ids[n]] = Recorded{Name: n.Name, Rows: float64(rows)}
	}
}

// Statistics are what the history knows of nodes.
func (h *History) Statistics(nodes []*plan.Node) Statistics {
	stats := Statistics{}
	ids := identities(nodes)
	set := func(n *plan.Node, s Statistic) {
		stats = stats.With(Statistics{n.ID: s})
	}
	for _, n := range nodes {
		r, ok := h.Operators[ids[n]]
		if !ok {
			continue
		}
		rows := Quantity{r.Rows, Measured}
		set(n, Statistic{Rows: rows})
		if in := grouped(n); in != nil && in.Known.Keys[0].Field && len(in.Inputs[0]) == 1 && in.Inputs[0][0].Port == 0 {
			set(in.Inputs[0][0].From, Statistic{Distinct: map[string]Quantity{in.Known.Keys[0].Path: rows}})
		}
	}
	return stats
}

// grouped returns the node whose input has as many keys as n makes records: the combiner
// in front of n, or n itself; nil if there is none.
func grouped(n *plan.Node) *plan.Node {
	if n.Known.Rows != plan.OnePerKey || len(n.Known.Keys) != 1 || len(n.Inputs) != 1 || combines(n) {
		return nil
	}
	if in := n.Inputs[0]; len(in) == 1 && combines(in[0].From) {
		return in[0].From
	}
	return n
}

// identities are how nodes are recognized: the hash of what they are called, do and
// read; of several alike, with their place among them.
func identities(nodes []*plan.Node) map[*plan.Node]string {
	ids := map[*plan.Node]string{}
	seen := map[string]int{}
	for _, n := range nodes {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %q %q", n.Kind, n.Name, n.Detail)
		eachEdge(n, func(e plan.Edge, ref plan.EdgeRef, _ int) {
			fmt.Fprintf(&b, " %d:%s.%d", ref.Input, ids[e.From], e.Port)
		})
		text := b.String()
		fmt.Fprintf(&b, " %d", seen[text])
		seen[text]++
		sum := sha256.Sum256([]byte(b.String()))
		ids[n] = hex.EncodeToString(sum[:8])
	}
	return ids
}

package explain

import (
	"encoding/json"
	"fmt"
)

// Bounds of what is read.
const (
	maxBytes       = 64 << 20
	maxOperators   = 1 << 12
	maxParallelism = 1 << 20
)

// Read reads a report in its JSON form. Fields it does not know are left out. What it
// returns can be printed: its edges lead between operators that are there.
func Read(b []byte) (*Report, error) {
	if len(b) > maxBytes {
		return nil, fmt.Errorf("a plan of %s is larger than %s", size(float64(len(b))), size(maxBytes))
	}
	r := &Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("not a plan in JSON: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("not a plan: %w", err)
	}
	return r, nil
}

func (r *Report) check() error {
	if len(r.Operators) == 0 {
		return fmt.Errorf("it has no operators")
	}
	if len(r.Operators) > maxOperators || len(r.Edges) > 4*maxOperators {
		return fmt.Errorf("%d operators and %d edges are too many", len(r.Operators), len(r.Edges))
	}
	known := make(map[int]bool, len(r.Operators))
	for i := range r.Operators {
		switch o := &r.Operators[i]; {
		case known[o.ID]:
			return fmt.Errorf("there are two operators %d", o.ID)
		case o.Chain < 0 || o.Chain >= len(r.Operators):
			return fmt.Errorf("the chain of operator %d is %d", o.ID, o.Chain)
		case o.Parallelism < 1 || o.Parallelism > maxParallelism:
			return fmt.Errorf("the parallelism of operator %d is %d", o.ID, o.Parallelism)
		default:
			known[o.ID] = true
		}
	}
	for _, e := range r.Edges {
		if !known[e.From] || !known[e.To] {
			return fmt.Errorf("an edge leads from %d to %d, and one of them is missing", e.From, e.To)
		}
	}
	return nil
}

package optimizer

import (
	"slices"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// placed are the fields by which the output of a node is distributed, as far as that
// is of use to somebody.
func (s *search) placed(n *plan.Node, in combination) []string {
	if s.subtasks[n] == 1 || len(n.Outputs) == 0 {
		return nil
	}
	var all []string
	for i, edges := range n.Inputs {
		if i < len(n.Known.Optional) && n.Known.Optional[i] {
			continue
		}
		var paths []string
		seen := 0
		for _, how := range in.choices {
			if how.edge.Input != i {
				continue
			}
			mine := s.delivered(n, how)
			if seen++; seen == 1 {
				paths = mine
			} else {
				paths = slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !slices.Contains(mine, p) })
			}
		}
		if seen != len(edges) {
			continue
		}
		for _, p := range paths {
			for _, c := range n.Known.Copies {
				if part, ok := (plan.Key{Path: c.From}).Part(p); ok && c.Input == i {
					if to := plan.JoinPath(c.To, part); s.helps(n, to) && !slices.Contains(all, to) {
						all = append(all, to)
					}
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// delivered are the fields by which the rows of an edge are distributed when they
// arrive.
func (s *search) delivered(n *plan.Node, how choice) []string {
	same := s.subtasks[how.from.node] == s.subtasks[n]
	switch {
	case how.kept, how.ship.Ship == operator.Forward && same:
		return how.from.placed
	case how.ship.Ship == operator.Hash && how.ship.Key.Field:
		return []string{how.ship.Key.Path}
	}
	return nil
}

func (s *search) helps(n *plan.Node, path string) bool {
	return slices.ContainsFunc(s.useful[n], func(u string) bool {
		_, ok := plan.Key{Path: u}.Part(path)
		return ok
	})
}

// isAdjacent reports whether the rows of a key come to a node one after the other: the
// input has one edge, which leaves rows in their subtask.
func (s *search) isAdjacent(n *plan.Node, in combination) bool {
	if len(n.Known.Keys) != 1 || !n.Known.Keys[0].Field {
		return false
	}
	return slices.Contains(s.arranged(n, 0, in), n.Known.Keys[0].Path)
}

// arranged are the fields of which equal values come one after the other in an input.
func (s *search) arranged(n *plan.Node, input int, in combination) []string {
	if len(n.Inputs[input]) != 1 {
		return nil
	}
	for _, how := range in.choices {
		if how.edge.Input != input {
			continue
		}
		same := s.subtasks[how.from.node] == s.subtasks[n]
		one := same && s.subtasks[n] == 1 && how.ship.Ship != operator.Custom
		if n.Inputs[input][0].Port == 0 && (how.kept || one || same && how.ship.Ship == operator.Forward) {
			return how.from.adjacent
		}
	}
	return nil
}

// adjacent are the fields of which equal values come one after the other in the output
// of a node: where it has sorted by them, or leaves rows in their order.
func (s *search) adjacent(n *plan.Node, method plan.Method, in combination) []string {
	var all []string
	add := func(input int, path string) {
		for _, c := range n.Known.Copies {
			if part, ok := (plan.Key{Path: c.From}).Part(path); ok && c.Input == input {
				if to := plan.JoinPath(c.To, part); slices.Contains(s.useful[n], to) && !slices.Contains(all, to) {
					all = append(all, to)
				}
			}
		}
	}
	switch method {
	case plan.SortGroups, plan.SortRecords, plan.MergeJoin, plan.AdjacentGroups:
		for i, key := range n.Known.Keys {
			if key.Field && !(i < len(n.Known.Optional) && n.Known.Optional[i]) {
				add(i, key.Path)
			}
		}
	case plan.Streaming, plan.PassGroups:
		if len(n.Inputs) == 1 {
			for _, path := range s.arranged(n, 0, in) {
				add(0, path)
			}
		}
	}
	slices.Sort(all)
	return all
}

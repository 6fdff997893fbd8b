package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/thalweg/thalweg/internal/operator"
)

// Fingerprint describes a graph line by line: declared arguments, then cached files
// with their digests, then one line for each operator with its kind, name,
// properties, types, edges and the place in the program that made it. Two processes may run one job only if their
// fingerprints are equal.
type Fingerprint struct {
	Arguments []string
	Files     []string
	Operators []string
}

// Fingerprint returns the graph's fingerprint.
func (g *Graph) Fingerprint() Fingerprint {
	var f Fingerprint
	for _, a := range g.Arguments {
		f.Arguments = append(f.Arguments, fmt.Sprintf("--%s=%q", a.Name, a.Value))
	}
	for _, c := range g.Files {
		f.Files = append(f.Files, fmt.Sprintf("%q %q %x", c.Name, c.Path, c.Digest[:8]))
	}
	for _, n := range g.Nodes {
		f.Operators = append(f.Operators, n.canonical())
	}
	return f
}

// Sum returns the fingerprint in 16 hexadecimal digits.
func (f Fingerprint) Sum() string {
	h := sha256.New()
	parts := [][]string{f.Arguments, f.Operators}
	if len(f.Files) > 0 {
		parts = append(parts, f.Files)
	}
	for _, lines := range parts {
		fmt.Fprintf(h, "%d\n", len(lines))
		for _, line := range lines {
			fmt.Fprintf(h, "%d %s\n", len(line), line)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Diff returns nil if both are equal, else an error that names the first
// difference. Theirs is how the other side is called in the message.
func (f Fingerprint) Diff(other Fingerprint, theirs string) error {
	if err := diff("argument", f.Arguments, other.Arguments, theirs); err != nil {
		return err
	}
	if err := diff("cached file", f.Files, other.Files, theirs); err != nil {
		return err
	}
	return diff("operator", f.Operators, other.Operators, theirs)
}

func diff(what string, ours, other []string, theirs string) error {
	if first := firstDifference(what, ours, other, "here", theirs); first != "" {
		return fmt.Errorf("the program builds different graphs in different processes; the first difference is %s\na program may depend only on its declared arguments, not on time, environment, random numbers or map order", first)
	}
	return nil
}

// firstDifference names the first line in which two descriptions differ, or is empty.
func firstDifference(what string, ours, other []string, our, their string) string {
	for i := range max(len(ours), len(other)) {
		a, b := "(none)", "(none)"
		if i < len(ours) {
			a = ours[i]
		}
		if i < len(other) {
			b = other[i]
		}
		if a != b {
			return fmt.Sprintf("%s %d:\n  %s:%s%s\n  %s:%s%s", what, i, our, pad(their, our), a, their, pad(our, their), b)
		}
	}
	return ""
}

// Differs returns nil if the operators of both are the same, wherever they stand in the
// program, else an error that names the first difference. Arguments may differ.
func (f Fingerprint) Differs(other Fingerprint, ours, theirs string) error {
	unplaced := func(lines []string) []string {
		all := make([]string, len(lines))
		for i, line := range lines {
			all[i] = line[:max(strings.LastIndex(line, " at "), 0)]
		}
		return all
	}
	if first := firstDifference("operator", unplaced(f.Operators), unplaced(other.Operators), ours, theirs); first != "" {
		return fmt.Errorf("the first difference is %s", first)
	}
	return nil
}

// pad aligns the two sides of a difference.
func pad(longer, label string) string {
	return strings.Repeat(" ", max(len(longer)-len(label), 0)+1)
}

func (n *Node) canonical() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", n.Kind, n.Name)
	for _, d := range n.Detail {
		fmt.Fprintf(&b, " [%s]", d)
	}
	if n.Parallelism > 0 {
		fmt.Fprintf(&b, " ×%d", n.Parallelism)
	}
	for i, in := range n.Inputs {
		fmt.Fprintf(&b, " in%d(%s)", i, in.canonical())
	}
	for _, s := range n.Broadcasts {
		fmt.Fprintf(&b, " set%d(%s)", s.Set, s.Input.canonical())
	}
	for i, e := range n.Outputs {
		fmt.Fprintf(&b, " out%d(%s)", i, e.Schema())
	}
	fmt.Fprintf(&b, " at %s", n.Site)
	return b.String()
}

func (in Input) canonical() string {
	edges := make([]string, len(in))
	for i, e := range in {
		edges[i] = fmt.Sprintf("%d.%d", e.From.ID, e.Port)
		if e.Ship != operator.Forward {
			edges[i] += " " + e.label()
		}
	}
	return strings.Join(edges, ", ")
}

// label is the ship strategy with its keys: "hash(Text)".
func (e Edge) label() string {
	if e.Key.Name == "" {
		return e.Ship.String()
	}
	return fmt.Sprintf("%s(%s)", e.Ship, e.Key.Name)
}

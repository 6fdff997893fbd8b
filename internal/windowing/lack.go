package windowing

import "github.com/thalweg/thalweg/window"

// Lack says which of a key's windows lacks the fewest records to fire by their number: it
// has have of want. windows is how many have some and lack some; 0 if none does.
func (m *Machine[T, A]) Lack(s *State[A]) (windows int, have, want int64) {
	for i := range s.Open {
		o := &s.Open[i]
		if o.Over {
			continue
		}
		h, w := m.root.lack(view{o.End, o.Slots})
		if w == 0 {
			continue
		}
		windows++
		if want == 0 || w-h < want-have {
			have, want = h, w
		}
	}
	return windows, have, want
}

// lack says how many records have come, and how many the trigger waits for; no number is
// 0. Of parts of which each would do, or all are needed, it is that which lacks the
// fewest.
func (n *node) lack(v view) (have, want int64) {
	parts := n.parts
	switch n.Kind {
	case window.CountTrigger:
		if got := v.slots[n.slot]; got > 0 && got < int64(n.N) {
			return got, int64(n.N)
		}
		return 0, 0
	case window.EndTrigger:
		if n.isLate(v) {
			parts = parts[1:]
		} else {
			parts = parts[:min(len(parts), 1)]
		}
	case window.EachTrigger:
		at := min(int(v.slots[n.slot]), len(parts))
		parts = parts[at:min(at+1, len(parts))]
	}
	for i := range parts {
		if h, w := parts[i].lack(v); w > 0 && (want == 0 || w-h < want-have) {
			have, want = h, w
		}
	}
	return have, want
}

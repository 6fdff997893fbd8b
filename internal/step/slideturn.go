package step

import (
	"cmp"
	"slices"

	"github.com/thalweg/thalweg/agg"
)

// turn makes the full panes the front, of which there is none left: the latest first,
// so that a part finds the total of those after it. Parts that are ahead are linked anew.
func (s *slides[T, K, R]) turn() {
	for g := range s.keys {
		s.keys[g].counted, s.keys[g].newest = false, slidePart{}
	}
	open := s.windows.open
	ahead := len(open)
	for ahead > 0 && open[ahead-1].start >= s.full {
		ahead--
	}
	for _, o := range open[ahead:] {
		p := o.state.(*slidePane[T, K, R])
		for at, g := range p.groups {
			p.links[at], s.keys[g].newest = s.keys[g].newest, slidePart{p.number, int32(at)}
		}
	}
	for i := ahead - 1; i >= 0; i-- {
		p := open[i].state.(*slidePane[T, K, R])
		p.totals = lengthen(p.totals, len(p.states))
		copy(p.totals, p.states)
		for from := 0; from < len(p.states); from += len(s.more) {
			n := 0
			for at := from; at < min(from+len(s.more), len(p.states)); at++ {
				k := &s.keys[p.groups[at]]
				next := k.oldest
				if next.pane != 0 {
					s.more[n], s.index[n] = s.panes[next.pane].totals[next.at], int32(at)
					n++
				}
				p.links[at] = next
				k.oldest = slidePart{p.number, int32(at)}
			}
			s.program.Merge(p.totals, s.index[:n], s.more[:n], nil)
		}
	}
	clear(s.back)
	s.border = s.full
}

// settle makes the totals of a key anew.
func (s *slides[T, K, R]) settle(g int32) {
	k := &s.keys[g]
	s.chain = s.chain[:0]
	for p := k.oldest; p.pane != 0; p = s.link(p) {
		s.chain = append(s.chain, p)
	}
	for i := len(s.chain) - 1; i >= 0; i-- {
		p := s.chain[i]
		pane := s.panes[p.pane]
		pane.totals[p.at] = pane.states[p.at]
		if i+1 < len(s.chain) {
			next := s.chain[i+1]
			s.index[0] = p.at
			s.program.Merge(pane.totals, s.index[:1], s.panes[next.pane].totals[next.at:next.at+1], nil)
		}
	}
	s.chain = s.chain[:0]
	for p := k.newest; p.pane != 0; p = s.link(p) {
		if s.panes[p.pane].start < s.full {
			s.chain = append(s.chain, p)
		}
	}
	// Behind the border links are in the order of their making; totals are in that of
	// the panes, however the parts came.
	slices.SortFunc(s.chain, func(a, b slidePart) int { return cmp.Compare(s.panes[b.pane].start, s.panes[a.pane].start) })
	k.counted = len(s.chain) > 0
	for i := len(s.chain) - 1; i >= 0; i-- {
		p := s.chain[i]
		state := s.panes[p.pane].states[p.at : p.at+1]
		if i == len(s.chain)-1 {
			s.back[g] = state[0]
			continue
		}
		s.index[0] = g
		s.program.Merge(s.back, s.index[:1], state, nil)
	}
}

// fewKeys is how many keys may be remembered that have no parts.
const fewKeys = 1024

// forget forgets the keys that have no parts.
func (s *slides[T, K, R]) forget() {
	old, was := s.groups.keys, s.keys
	moved := make([]int32, len(old)) // where keys have gone
	s.groups = newGroups(s.typ, s.arena)
	chunk := make([]K, 0, s.find.size())
	var from []int32 // where those of the chunk come from
	move := func() {
		var g guard // keys that were hashed once do not fail
		index, _ := s.find.groupsOfKeys(&g, s.groups, chunk)
		for i, to := range index {
			moved[from[i]] = to
		}
		chunk, from = chunk[:0], from[:0]
	}
	for g := range old {
		if was[g].parts == 0 {
			continue
		}
		chunk, from = append(chunk, old[g]), append(from, int32(g))
		if len(chunk) == cap(chunk) {
			move()
		}
	}
	move()
	keys, back := make([]slideKey, s.used), s.back
	s.back = make([]agg.Partial[R], s.used)
	for g := range was {
		if was[g].parts > 0 {
			keys[moved[g]], s.back[moved[g]] = was[g], back[g]
		}
	}
	s.keys = keys
	for _, p := range s.windows.open {
		pane := p.state.(*slidePane[T, K, R])
		for at, g := range pane.groups {
			pane.groups[at] = moved[g]
		}
		pane.places = nil
	}
	for i, g := range s.late {
		s.late[i] = moved[g]
	}
}

package step

import "github.com/thalweg/thalweg/agg"

// slidePane is what keys have in a pane of slides, in the order of their coming.
type slidePane[T any, K comparable, R any] struct {
	paneState[T, R] // none: slides merges and emits

	of     *slides[T, K, R]
	number int32
	start  int64
	groups []int32          // by place, as all that follows
	states []agg.Partial[R] // of the pane's own records
	links  []slidePart
	totals []agg.Partial[R] // see slides; of a pane in front
	places map[int32]int32  // by group; nil until it is needed
}

// pane returns a new pane.
func (s *slides[T, K, R]) pane() *slidePane[T, K, R] {
	s.panes = append(s.panes, nil)
	p := &slidePane[T, K, R]{of: s, number: int32(len(s.panes) - 1)}
	s.panes[p.number] = p
	return p
}

// begin implements beginner. A pane that has no memory yet has as much as the one before
// needed: growing step by step would leave garbage of about the same size.
func (p *slidePane[T, K, R]) begin(start int64) {
	p.start = start
	if n := p.of.usual; cap(p.states) == 0 && n > 0 {
		n += n / 16
		p.groups, p.states, p.links = make([]int32, 0, n), make([]agg.Partial[R], 0, n), make([]slidePart, 0, n)
	}
}

// add implements paneState.
func (p *slidePane[T, K, R]) add(g *guard, rows []T) {
	s := p.of
	index, _ := s.find.groupsOf(g, s.groups, rows)
	p.enter(index, func(at int32, i int) { s.program.Start(&p.states[at], &rows[i], s.arena) })
	s.program.Update(p.states, index, rows, s.arena)
}

// join implements joiner.
func (p *slidePane[T, K, R]) join(keys []K, partials []agg.Partial[R]) {
	s := p.of
	var g guard // keys that were hashed once do not fail
	index, _ := s.find.groupsOfKeys(&g, s.groups, keys)
	p.enter(index, func(at int32, i int) { s.program.Restart(&p.states[at], &partials[i], s.arena) })
	s.program.Merge(p.states, index, partials, s.arena)
}

// each implements keptPane.
func (p *slidePane[T, K, R]) each(f func(*K, *agg.Partial[R])) {
	for at, g := range p.groups {
		f(&p.of.groups.keys[g], &p.states[at])
	}
}

// put implements keptPane.
func (p *slidePane[T, K, R]) put(keys []K, partials []agg.Partial[R]) error {
	s := p.of
	var g guard // keys that were stored do not fail
	index, _ := s.find.groupsOfKeys(&g, s.groups, keys)
	fresh := 0
	p.enter(index, func(at int32, i int) {
		p.states[at] = partials[i]
		s.program.Rows().Detach(&p.states[at].Row, s.arena)
		fresh++
	})
	if fresh < len(keys) {
		return errTwice
	}
	return nil
}

// enter replaces groups by the places of their parts, and calls start for those that are
// new, with the place and which of the groups it is.
func (p *slidePane[T, K, R]) enter(index []int32, start func(at int32, i int)) {
	s := p.of
	s.keys = lengthen(s.keys, len(s.groups.keys))
	s.back = lengthen(s.back, len(s.groups.keys))
	late := p.start < s.full
	for i, group := range index {
		k := &s.keys[group]
		if late {
			s.late = append(s.late, group)
		}
		at := k.newest.at
		if k.newest.pane != p.number {
			at = p.place(group, k)
		}
		if int(at) == len(p.states) {
			p.states = lengthen(p.states, len(p.states)+1)
			start(at, i)
		}
		index[i] = at
	}
}

// place returns where the part of a key is, whose newest one is in another pane. A new
// one is linked to its neighbours.
func (p *slidePane[T, K, R]) place(group int32, k *slideKey) int32 {
	s := p.of
	if newest := k.newest.pane; p.start < s.border || newest != 0 && s.panes[newest].start > p.start {
		if at, found := p.known(group, k); found {
			return at
		}
	}
	made := slidePart{p.number, int32(len(p.groups))}
	p.groups = append(p.groups, group)
	if p.places != nil {
		p.places[group] = made.at
	}
	p.links = append(p.links, slidePart{})
	s.insert(p, k, made)
	if k.parts++; k.parts == 1 {
		s.used++
	}
	return made.at
}

// shortWay is how many links are followed before a pane learns its groups by heart.
const shortWay = 8

// known is where a group's part is. As many parts as there are panes between lie on the
// way of the links, if one of two inputs is far ahead: then the pane learns where its
// groups are.
func (p *slidePane[T, K, R]) known(group int32, k *slideKey) (at int32, found bool) {
	if p.places == nil {
		part := k.newest
		if p.start < p.of.border {
			part = k.oldest
		}
		for range shortWay {
			if part.pane == 0 || part.pane == p.number {
				return part.at, part.pane != 0
			}
			part = p.of.link(part)
		}
		p.places = make(map[int32]int32, len(p.groups))
		for at, g := range p.groups {
			p.places[g] = int32(at)
		}
	}
	at, found = p.places[group]
	return at, found
}

// insert links a new part of a key. Behind the border the newest one is the first, and
// the others follow in no order; before it, the order is that of the panes.
func (s *slides[T, K, R]) insert(p *slidePane[T, K, R], k *slideKey, made slidePart) {
	link := &p.links[made.at]
	if p.start >= s.border {
		first := k.newest
		if first.pane != 0 && s.panes[first.pane].start > p.start {
			second := &s.panes[first.pane].links[first.at]
			*link, *second = *second, made
			return
		}
		*link, k.newest = first, made
		return
	}
	p.totals = lengthen(p.totals, len(p.groups))
	at := &k.oldest
	for at.pane != 0 && s.panes[at.pane].start < p.start {
		at = &s.panes[at.pane].links[at.at]
	}
	*link, *at = *at, made
}

func (s *slides[T, K, R]) link(p slidePart) slidePart { return s.panes[p.pane].links[p.at] }

// reset implements paneState: no window needs the pane any more. It is the earliest
// one, and full.
func (p *slidePane[T, K, R]) reset() {
	s := p.of
	if p.start >= s.border {
		s.turn()
	}
	for at, g := range p.groups {
		k := &s.keys[g]
		k.oldest = p.links[at]
		if k.parts--; k.parts == 0 {
			s.used--
		}
	}
	clear(p.states)
	clear(p.totals)
	p.places = nil
	p.groups, p.states, p.links, p.totals = p.groups[:0], p.states[:0], p.links[:0], p.totals[:0]
}

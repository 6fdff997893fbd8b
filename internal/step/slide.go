package step

import (
	"slices"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// slides computes a program for each key of windows that share panes. What a key has in
// a pane is a part. A window costs what it has to say, one value for each of its keys,
// and what comes and goes with it, the parts of the panes at its ends, however many
// panes it has.
//
// Each key has the two stacks of a queue (Tangwongsan, Hirzel and Schneider, Low-Latency
// Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017, section 2), which
// turn over at the same time for all keys:
//
//		panes      e  f  g | h  i  j  k |      part: its own state, and a link
//		           front   | back       | ahead
//		                   border       full
//
//	  - Front panes are left by windows one after the other. A front part also has the
//	    total of itself and of all later front parts of its key. It links to the next one.
//	  - Back panes have been in a window. The key has the total of its back parts.
//	  - Panes that are ahead have been in none. A key's back parts and those ahead
//	    are linked, the newest one first.
//
// What a key has in a window is the total of its oldest front part, and that of the
// back. When the last front pane is left, the back panes become the front; each part is
// added to another one then once more. A record that comes late, to a pane of the front
// or back, has the totals of its key made anew.
//
// Invariants: a key's links lead to parts of open panes on the same side of the border;
// parts is how many it has on both; counted says that back has a total.
type slides[T any, K comparable, R any] struct {
	program *agg.Program[T, R]
	arena   *types.Arena
	typ     *types.Type[K]
	find    *groupFinder[T, K]
	windows *panes[T, R]

	groups *groups[K]
	keys   []slideKey
	back   []agg.Partial[R]
	used   int     // keys that have parts
	usual  int     // parts of a pane: those of the latest one that is full
	late   []int32 // keys whose totals have to be made anew

	panes  []*slidePane[T, K, R] // by number
	border int64
	full   int64

	// Of a batch.
	chunk []agg.Partial[R]
	more  []agg.Partial[R]
	index []int32
	chain []slidePart
}

// slideKey is what is known of a key; back has its total.
type slideKey struct {
	newest, oldest slidePart // of those behind the border, of those before it
	parts          int32
	counted        bool
}

// slidePart names a part: its pane's number, from 1, and its place there. The zero slidePart is
// none.
type slidePart struct{ pane, at int32 }

func newSlides[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R], find *groupFinder[T, K], windows *panes[T, R]) *slides[T, K, R] {
	s := &slides[T, K, R]{
		program: p, arena: &types.Arena{}, typ: key.Type(), find: find, windows: windows,
		panes: make([]*slidePane[T, K, R], 1), border: windows.fired, full: windows.fired,
		chunk: make([]agg.Partial[R], find.size()), more: make([]agg.Partial[R], find.size()), index: make([]int32, find.size()),
	}
	s.groups = newGroups(s.typ, s.arena)
	return s
}

// fire emits the results of a window, whose panes are open.
func (s *slides[T, K, R]) fire(w window.Window, end int64, out *emitter[window.Result[R]]) error {
	if len(s.keys) > fewKeys && s.used < len(s.keys)/2 {
		s.forget()
	}
	for _, p := range s.windows.open {
		if p.start >= end {
			break
		}
		if p.start >= s.full {
			s.include(p.state.(*slidePane[T, K, R]))
		}
	}
	s.full = end
	slices.Sort(s.late)
	for _, g := range slices.Compact(s.late) {
		s.settle(g)
	}
	s.late = s.late[:0]
	for from := 0; from < len(s.keys); {
		var n int
		n, from = s.total(from)
		s.program.Finish(s.chunk[:n])
		for i := range s.chunk[:n] {
			if err := out.add(window.Result[R]{Window: w, Value: s.chunk[i].Row}); err != nil {
				return err
			}
		}
	}
	clear(s.chunk)
	clear(s.more)
	return out.flush()
}

// sides implements slider.
func (s *slides[T, K, R]) sides() (border, full int64) { return s.border, s.full }

// arrange implements slider: totals are made anew, in the order in which they were made.
func (s *slides[T, K, R]) arrange(border, full int64) {
	s.full = border
	s.turn()
	s.full = full
	for _, o := range s.windows.open {
		if o.start >= border && o.start < full {
			s.include(o.state.(*slidePane[T, K, R]))
		}
	}
}

// total puts what keys have in the window into the chunk, from one key on, and returns
// how many have something and the key after the last one that was looked at.
func (s *slides[T, K, R]) total(from int) (n, next int) {
	both := 0
	g := from
	for ; g < len(s.keys) && n < len(s.chunk); g++ {
		k := &s.keys[g]
		switch {
		case k.oldest.pane != 0:
			s.chunk[n] = s.panes[k.oldest.pane].totals[k.oldest.at]
			if k.counted {
				s.more[both], s.index[both] = s.back[g], int32(n)
				both++
			}
		case k.counted:
			s.chunk[n] = s.back[g]
		default:
			continue
		}
		n++
	}
	s.program.Merge(s.chunk, s.index[:both], s.more[:both], nil)
	return n, g
}

// include adds the parts of a pane that is full to the totals of the back.
func (s *slides[T, K, R]) include(p *slidePane[T, K, R]) {
	p.places = nil // few records come to it now
	s.usual = len(p.states)
	for from := 0; from < len(p.states); from += len(s.more) {
		n := 0
		for at := from; at < min(from+len(s.more), len(p.states)); at++ {
			g := p.groups[at]
			if k := &s.keys[g]; !k.counted {
				k.counted = true
				s.back[g] = p.states[at]
				continue
			}
			s.more[n], s.index[n] = p.states[at], g
			n++
		}
		s.program.Merge(s.back, s.index[:n], s.more[:n], nil)
	}
}

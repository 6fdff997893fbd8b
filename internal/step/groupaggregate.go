package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/types"
)

// aggregates holds one state of a program for each key.
type aggregates[T, K, R any] struct {
	program *agg.Program[T, R]
	arena   *types.Arena // what states refer to; nil: they share it with what came in
	groups  *groups[K]
	states  []agg.Partial[R] // by group
}

func newAggregates[T any, K comparable, R any](key *types.Type[K], p *agg.Program[T, R], arena *types.Arena) *aggregates[T, K, R] {
	a := &aggregates[T, K, R]{program: p, arena: arena, groups: newGroups(key, arena)}
	a.groups.keep(sizeOf[agg.Partial[R]](), func(n int) { a.states = withCapacity(a.states, n) })
	return a
}

// update adds a batch of records.
func (a *aggregates[T, K, R]) update(g *guard, f *groupFinder[T, K], rows []T) {
	index, next := f.groupsOf(g, a.groups, rows)
	a.add(g, index, next, rows)
}

// add adds a batch of records whose groups are in index, new ones numbered from
// next.
func (a *aggregates[T, K, R]) add(g *guard, index []int32, next int, rows []T) {
	a.begin(g, index, next, rows)
	a.program.Update(a.states, index, rows, a.arena)
}

// start finds the groups of a batch of records and makes states for the new ones.
func (a *aggregates[T, K, R]) start(g *guard, f *groupFinder[T, K], rows []T) (index []int32) {
	index, next := f.groupsOf(g, a.groups, rows)
	a.begin(g, index, next, rows)
	return index
}

// begin makes states for the new groups of a batch, which are numbered from next.
func (a *aggregates[T, K, R]) begin(g *guard, index []int32, next int, rows []T) {
	a.states = lengthen(a.states, len(a.groups.keys))
	for i := 0; next < len(a.states); i++ {
		if int(index[i]) == next {
			g.at = i
			a.program.Start(&a.states[next], &rows[i], a.arena)
			next++
		}
	}
}

// merge adds states of other groups, of which there may be no more than find's
// size, with the keys given.
func merge[S, T, K, R any](a *aggregates[T, K, R], g *guard, find *groupFinder[S, K], keys []K, partials []agg.Partial[R]) {
	index, next := find.groupsOfKeys(g, a.groups, keys)
	a.join(index, next, partials)
}

// join adds states of other groups whose groups here are in index, new ones
// numbered from next.
func (a *aggregates[T, K, R]) join(index []int32, next int, partials []agg.Partial[R]) {
	a.states = lengthen(a.states, len(a.groups.keys))
	for i := 0; next < len(a.states); i++ {
		if int(index[i]) == next {
			a.program.Restart(&a.states[next], &partials[i], a.arena)
			next++
		}
	}
	a.program.Merge(a.states, index, partials, a.arena)
}

// putAggregates puts back keys and their states.
func putAggregates[S, T, K, R any](a *aggregates[T, K, R], find *groupFinder[S, K], keys []K, partials []agg.Partial[R]) error {
	next, err := putGroups(find, a.groups, keys)
	if err != nil {
		return err
	}
	a.states = append(a.states, partials...)
	for i := range a.states[next:] {
		putRow(a.program.Rows(), &a.states[next+i].Row, a.arena)
	}
	return nil
}

// emit finishes all states, emits their results and forgets them, but not the keys.
func (a *aggregates[T, K, R]) emit(out *emitter[R]) error {
	a.program.Finish(a.states)
	for i := range a.states {
		if err := out.add(a.states[i].Row); err != nil {
			return err
		}
	}
	clear(a.states)
	a.states = a.states[:0]
	return out.flush()
}

// reset forgets everything and keeps the memory.
func (a *aggregates[T, K, R]) reset() {
	a.groups.reset()
	clear(a.states)
	a.states = a.states[:0]
}

// withCapacity returns s with room for n values in all, zeros behind those of s.
func withCapacity[T any](s []T, n int) []T {
	longer := make([]T, len(s), n)
	copy(longer, s)
	return longer
}

// lengthen returns s with zero values up to length n. What lies beyond the length
// of s is zero already: slices that shrink are cleared first.
func lengthen[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	longer := make([]T, n, max(n, 2*cap(s), 16))
	copy(longer, s)
	return longer
}

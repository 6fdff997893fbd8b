package step

import (
	"errors"
	"io"
	"iter"

	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// sortedGroups goes through sorted rows group by group. A group is a run of rows
// with equal keys; it is gone through once, in order, and never held as a whole.
//
//	for more, err := g.next(); more; more, err = g.next() {
//		use(g.key, g.seq)
//	}
type sortedGroups[T any, K comparable] struct {
	seq    iter.Seq[T] // what is left of the group
	sorter *outofcore.Sorter[T]
	by     *types.Key[T, K]
	equal  func(a, b *K) bool

	batch []T
	at    int
	base  int64 // rows of earlier batches
	ended bool

	key  K
	over bool  // the group has no more rows
	err  error // of reading; rows ends early then
}

func newSortedGroups[T any, K comparable](sorter *outofcore.Sorter[T], by *types.Key[T, K]) *sortedGroups[T, K] {
	g := &sortedGroups[T, K]{sorter: sorter, by: by, equal: by.Type().Equal, over: true}
	if by.Type().Exact() {
		g.equal = func(a, b *K) bool { return *a == *b }
	}
	g.seq = g.rows
	return g
}

// next moves to the next group, past what is left of this one. It reports whether
// there is one.
func (g *sortedGroups[T, K]) next() (more bool, err error) {
	for range g.rows {
	}
	if g.err != nil || !g.fill() {
		return false, g.err
	}
	g.key = g.by.Get(&g.batch[g.at])
	g.over = false
	return true, nil
}

// fill makes sure that there is a row at the cursor. It reports whether there is
// one.
func (g *sortedGroups[T, K]) fill() bool {
	for g.at == len(g.batch) && !g.ended {
		g.base += int64(len(g.batch))
		g.batch, g.at = nil, 0
		rows, err := g.sorter.Next()
		switch {
		case errors.Is(err, io.EOF):
			g.ended = true
		case err != nil:
			g.ended, g.err = true, err
		default:
			g.batch = rows
		}
	}
	return g.at < len(g.batch)
}

// rows goes through the rest of the group.
func (g *sortedGroups[T, K]) rows(yield func(T) bool) {
	for !g.over {
		if !g.fill() {
			g.over = true
			return
		}
		for g.at < len(g.batch) {
			row := &g.batch[g.at]
			key := g.by.Get(row)
			if !g.equal(&key, &g.key) {
				g.over = true
				return
			}
			g.at++
			if !yield(*row) {
				return
			}
		}
	}
}

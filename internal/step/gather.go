package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/types"
)

// Gather implements operator.Element.
func (e *Element[T]) Gather(share *memory.Share) (any, func() any) {
	g := &gather[T]{typ: e.typ, share: share}
	return g, func() any { return g.rows }
}

// gather keeps the rows of a broadcast set. It accounts for the slice and for
// copies of what the rows refer to.
type gather[T any] struct {
	typ   *types.Type[T]
	share *memory.Share
	arena types.Arena
	rows  []T
	held  int // bytes accounted for
}

func (g *gather[T]) Collect(rows []T) error {
	size := types.SizeOf[T]()
	if want := len(g.rows) + len(rows); want > cap(g.rows) {
		// The old slice and the new one exist together while rows are copied.
		larger := max(want, 2*cap(g.rows), 16)
		if err := g.hold(larger * size); err != nil {
			return err
		}
		old := cap(g.rows)
		g.rows = append(make([]T, 0, larger), g.rows...)
		g.release(old * size)
	}
	before := g.arena.Size()
	for i := range rows {
		g.rows = append(g.rows, rows[i])
		g.typ.Detach(&g.rows[len(g.rows)-1], &g.arena)
	}
	return g.hold(g.arena.Size() - before)
}

func (g *gather[T]) hold(n int) error {
	if !g.share.Reserve(int64(n)) {
		return fmt.Errorf("the broadcast set has more than %d records and does not fit into its %s of memory: raise --memory, or join with it instead",
			len(g.rows), memory.Text(g.share.Limit()))
	}
	g.held += n
	return nil
}

func (g *gather[T]) release(n int) {
	g.share.Release(int64(n))
	g.held -= n
}

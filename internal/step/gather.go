package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/types"
)

// gather keeps the rows of a broadcast set. It accounts for the slice and for
// copies of what the rows refer to.
type gather[T any] struct {
	typ     *types.Type[T]
	holding holding
	arena   types.Arena
	rows    []T
}

func (g *gather[T]) Collect(rows []T) error {
	size := types.SizeOf[T]()
	if want := len(g.rows) + len(rows); want > cap(g.rows) {
		// The old slice and the new one exist together while rows are copied.
		larger := max(want, 2*cap(g.rows), 16)
		if err := g.holding.take(larger*size, len(g.rows)); err != nil {
			return err
		}
		old := cap(g.rows)
		g.rows = append(make([]T, 0, larger), g.rows...)
		g.holding.release(old * size)
	}
	before := g.arena.Size()
	for i := range rows {
		g.rows = append(g.rows, rows[i])
		g.typ.Detach(&g.rows[len(g.rows)-1], &g.arena)
	}
	return g.holding.take(g.arena.Size()-before, len(g.rows))
}

// holding is the memory of a broadcast set.
type holding struct{ share *memory.Share }

// take accounts for n bytes more of a set that has that many rows.
func (h holding) take(n, rows int) error {
	if !h.share.Reserve(int64(n)) {
		return fmt.Errorf("the broadcast set has more than %d records and does not fit into its %s of memory: raise --memory, or join with it instead",
			rows, memory.Text(h.share.Limit()))
	}
	return nil
}

func (h holding) release(n int) { h.share.Release(int64(n)) }

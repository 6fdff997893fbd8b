package optimizer_test

import (
	"context"
	"errors"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/plan"
)

// row is a record of all programs here.
type row struct {
	ID, Ref int64
	Place   place
	Value   int64
	Pad     [12]int64
}

// place is a key of two parts.
type place struct{ Country, City int64 }

func id(r *row) *int64      { return &r.ID }
func ref(r *row) *int64     { return &r.Ref }
func value(r *row) *int64   { return &r.Value }
func at(r *row) *place      { return &r.Place }
func country(r *row) *int64 { return &r.Place.Country }

// unread is a source of which only the statistics matter.
type unread struct{}

func (unread) String() string                                       { return "unread" }
func (unread) Bounded() bool                                        { return true }
func (unread) Splits(connect.SplitContext) ([]connect.Split, error) { return nil, nil }
func (unread) Open(connect.ReaderContext, connect.Split) (connect.Reader[row], error) {
	return nil, errors.New("nobody is to read this")
}

func table(env *thalweg.Environment, name string) *batch.DataSet[row] {
	return batch.Read(env, unread{}).Named(name)
}

func first(a, _ row) row  { return a }
func second(_, b row) row { return b }

var programs = map[string]func(env *thalweg.Environment){
	// A small and a large table.
	"join": func(env *thalweg.Environment) {
		small, large := table(env, "small"), table(env, "large")
		batch.Discard(batch.Join(small, large, batch.On(id, ref), second))
	},

	// The second grouping has a key of which the first one's is a part.
	"nested": func(env *thalweg.Environment) {
		rows := table(env, "rows")
		sums := batch.GroupBy(rows, country).Aggregate(agg.Sum(value))
		batch.Discard(batch.GroupBy(sums, at).Aggregate(agg.Max(value)))
	},

	// What is grouped is joined by the same key.
	"regrouped": func(env *thalweg.Environment) {
		rows, others := table(env, "rows"), table(env, "others")
		sums := batch.GroupBy(rows, ref).Aggregate(agg.Sum(value))
		batch.Discard(batch.SemiJoin(sums, others, batch.On(ref, id)))
	},

	// What is sorted is grouped by the same field.
	"sorted": func(env *thalweg.Environment) {
		sorted := batch.SortPartition(table(env, "rows"), batch.Desc(ref)).Filter(func(r row) bool { return r.Value > 0 })
		batch.Discard(batch.GroupBy(sorted, ref).Aggregate(agg.Sum(value)))
	},

	// A table joined with what is computed of it: a branch that meets again.
	"diamond": func(env *thalweg.Environment) {
		rows := table(env, "rows").Filter(func(r row) bool { return r.Value > 0 }).Named("positive")
		most := batch.GroupBy(rows, ref).Aggregate(agg.Max(value))
		batch.Discard(batch.SemiJoin(rows, most, batch.On(ref, ref)))
		batch.Discard(batch.GroupBy(rows, ref).Aggregate(agg.Min(value)))
	},

	// A chain of joins.
	"chain": func(env *thalweg.Environment) {
		a, b, c, d := table(env, "a"), table(env, "b"), table(env, "c"), table(env, "d")
		ab := batch.SemiJoin(a, b, batch.On(id, ref))
		abc := batch.SemiJoin(ab, c, batch.On(id, id))
		batch.Discard(batch.Join(abc, d, batch.On(ref, id), first))
	},
}

// graphOf returns the graph of a program.
func graphOf(t testing.TB, build func(*thalweg.Environment)) *plan.Graph {
	t.Helper()
	built := errors.New("built")
	var g *plan.Graph
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		g = env.Graph()
		build(env)
		return built
	})
	if !errors.Is(err, built) || g.Err() != nil {
		t.Fatal(err, g.Err())
	}
	return g
}

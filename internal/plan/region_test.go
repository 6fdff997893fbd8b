package plan_test

import (
	"fmt"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/plan"
)

// regions has a source whose records go to a reduce, to a sort and to a sink. In
// batch mode its chains are
//
//	0: source, map, first sink
//	1: spool of the reduce   2: reduce, second sink
//	3: spool of the sort     4: sort, third sink
func regions(env *thalweg.Environment) {
	n := batch.Map(batch.Sequence(env, 0, 10), func(n int64) int64 { return n })
	batch.Write(n, memory.Discard[int64]()).Named("first")
	reduced := batch.GroupBy(n, func(n *int64) *int64 { return n }).Reduce(func(a, _ int64) int64 { return a })
	batch.Write(reduced, memory.Discard[int64]()).Named("second")
	batch.Write(batch.SortPartition(batch.PartitionByHash(n, func(n *int64) *int64 { return n }), batch.Asc(func(n *int64) *int64 { return n })), memory.Discard[int64]()).Named("third")
}

func TestRegionsRunAgainAsFarAsTheyHaveTo(t *testing.T) {
	for _, c := range []struct {
		mode       plan.ExchangeMode
		done, kept []int // chains
		want       string
	}{
		{plan.Pipelined, []int{0}, nil, "[run run run]"},
		{plan.Batch, nil, nil, "[run run run run run]"},
		{plan.Batch, []int{0}, []int{1}, "[run run run run run]"}, // the other spool is not full
		{plan.Batch, []int{0}, []int{1, 3}, "[skip replay run replay run]"},
		{plan.Batch, []int{0, 2}, []int{1, 3}, "[skip skip skip replay run]"},
		{plan.Batch, []int{0, 1, 2, 3}, []int{1, 3}, "[skip skip skip replay run]"},
		{plan.Batch, []int{0, 1, 2, 3}, []int{1}, "[run run run run run]"}, // what the sort needs is gone
		{plan.Batch, []int{1, 2}, []int{1, 3}, "[run run run run run]"},    // others may come of its first chain
	} {
		p, err := plan.Compile(graphOf(t, "regions", regions), plan.Options{Parallelism: 2, Exchange: c.mode})
		if err != nil {
			t.Fatal(err)
		}
		in := func(list []int) func(*plan.Chain) bool {
			return func(c *plan.Chain) bool { return slices.Contains(list, c.ID) }
		}
		if got := fmt.Sprint(p.Attempt(in(c.done), in(c.kept))); got != c.want {
			t.Errorf("%s, done %v, kept %v: %s, want %s", c.mode, c.done, c.kept, got, c.want)
			for _, chain := range p.Chains {
				t.Log(chain.ID, chain.Nodes[0].Kind, chain.Nodes[len(chain.Nodes)-1].Name)
			}
		}
	}
}

package batch

import (
	"fmt"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Grouped is a data set whose records are to be taken together by key.
type Grouped[T any, K comparable] struct{ keyed skin.Keyed[T, K] }

// GroupBy groups records by the field that key, a field reference, refers to. A
// field that is a struct groups by all of its fields.
func GroupBy[T any, K comparable](d *DataSet[T], key func(*T) *K) *Grouped[T, K] {
	return &Grouped[T, K]{skin.Keyed[T, K]{Flow: d.flow, Key: skin.Key(d.flow.Graph, key)}}
}

// GroupByFunc groups records by a computed key.
func GroupByFunc[T any, K comparable](d *DataSet[T], key func(T) K) *Grouped[T, K] {
	return &Grouped[T, K]{skin.Keyed[T, K]{Flow: d.flow, Key: skin.KeyFunc(d.flow.Graph, key)}}
}

// Aggregate computes aggregates for each group and writes them into the fields
// they name; the other fields are those of a record of the group. It combines
// before it ships. The result has one record for each group, in no order.
func (g *Grouped[T, K]) Aggregate(list ...agg.Aggregate[T, T]) *DataSet[T] {
	return AggregateInto(g, list...)
}

// AggregateInto is Aggregate with results of another type: what no aggregate
// writes is zero. agg.FirstInto brings the key into the result.
func AggregateInto[T any, K comparable, R any](g *Grouped[T, K], list ...agg.Aggregate[T, R]) *DataSet[R] {
	p := skin.Program(g.keyed.Graph, list)
	detail := g.keyed.Detail()
	for _, a := range list {
		detail = append(detail, a.String())
	}
	combine := combineWays(step.CombineAggregate(g.keyed.Key, p), step.CombineAggregateNone(g.keyed.Key, p),
		func(how step.Arrangement) operator.Factory { return step.CombineAggregateArranged(g.keyed.Key, p, how) })
	final := groupWays(step.FinalAggregate(g.keyed.Key, p),
		func(how step.Arrangement) operator.Factory { return step.FinalAggregateArranged[T, K](p, how) })
	return of(skin.Combined[R, agg.Partial[R]](g.keyed,
		skin.Node{Kind: "combine", Detail: detail, Strategies: combine},
		skin.Node{Kind: "aggregate", Detail: detail, Known: plan.Known{Copies: aggregateCopies(g.keyed, list)}, Strategies: final}))
}

// aggregateCopies says which fields of the results have the value they have in all
// records of the group: the key, where no aggregate writes.
func aggregateCopies[T any, K comparable, R any](k skin.Keyed[T, K], list []agg.Aggregate[T, R]) []plan.Copy {
	var copies []plan.Copy
	if _, same := any((*T)(nil)).(*R); same {
		key := skin.KeyOf(k.Key)
		for _, a := range list {
			if to, writes := a.Writes(); writes && plan.Overlap(to, key.Path) {
				return nil
			}
		}
		copies = k.GroupCopies(key.Path, key.Path)
	}
	for _, a := range list {
		if from, to, ok := a.Copies(); ok {
			copies = append(copies, k.GroupCopies(from, to)...)
		}
	}
	return copies
}

// Reduce joins the records of each group, two at a time, into one. f must be
// associative and commutative: the order is not defined, and what subtasks have
// is joined before it is shipped.
func (g *Grouped[T, K]) Reduce(f func(a, b T) T) *DataSet[T] {
	return g.ReduceRich(skin.Plain(g.keyed.Graph, f))
}

// ReduceRich is Reduce with a function that is made for each subtask; see
// [MapRich].
func (g *Grouped[T, K]) ReduceRich(open func(*thalweg.Context) (func(a, b T) T, error)) *DataSet[T] {
	return reduceBy(g, step.Open[func(a, b T) T](open), nil, nil)
}

// Fold takes a value through the records of each group: it begins with what init
// returns and is replaced by f's result for every record, in no defined order. The
// result is the last value of each group.
func Fold[T any, K comparable, R any](g *Grouped[T, K], init func() R, f func(value R, record T) R) *DataSet[R] {
	shipped := skin.HashBy(g.keyed.Flow, g.keyed.Key)
	folder := step.Plain(step.Folder[R, T]{Init: init, Step: f})
	skin.CheckFunctions(g.keyed.Graph, init, f)
	return of(skin.Add[R](g.keyed.Graph,
		skin.Node{Kind: "fold", Detail: g.keyed.Detail(), Method: plan.HashGroups, Known: plan.Known{Rows: plan.OnePerKey, Keys: []plan.Key{skin.KeyOf(g.keyed.Key)}}, Memory: skin.LargeMemory, Factory: step.Fold(g.keyed.Key, folder)}, shipped.Input))
}

// First keeps n records of each group, or all if it has fewer; which ones is not
// defined.
func (g *Grouped[T, K]) First(n int) *DataSet[T] {
	count := skin.Count(g.keyed.Graph, n)
	shipped := skin.HashBy(g.keyed.Flow, g.keyed.Key)
	return of(skin.Add[T](g.keyed.Graph,
		skin.Node{Kind: "first", Detail: g.keyed.Detail(fmt.Sprint(n)), Method: plan.HashGroups,
			Known: plan.Known{Rows: plan.Subset, Keys: []plan.Key{skin.KeyOf(g.keyed.Key)}, Copies: plan.Whole}, Memory: skin.LargeMemory, Factory: step.FirstOf(g.keyed.Key, count)}, shipped.Input))
}

// Distinct keeps one of several equal records.
func Distinct[T any](d *DataSet[T]) *DataSet[T] {
	g := d.flow.Graph
	key := skin.Key(g, func(t *T) *T { return t })
	arranged := func(how step.Arrangement) operator.Factory { return step.DistinctArranged(key, how) }
	combine := combineWays(step.CombineDistinctRecords(key), step.Pass[T](), arranged)
	known := plan.Known{Rows: plan.OnePerKey, Keys: []plan.Key{skin.KeyOf(key)}, Copies: plan.Whole}
	local := skin.Add[T](g, skin.Node{Kind: "combine", Detail: []string{"distinct"}, Known: known, Strategies: combine}, d.flow.Input)
	return of(skin.Add[T](g, skin.Node{Kind: "distinct", Known: known, Strategies: groupWays(step.DistinctRecords(key), arranged)}, skin.HashBy(local, key).Input))
}

// DistinctBy keeps one record of each key; which one is not defined.
func DistinctBy[T any, K comparable](d *DataSet[T], key func(*T) *K) *DataSet[T] {
	k := GroupBy(d, key).keyed
	arranged := func(how step.Arrangement) operator.Factory { return step.DistinctArranged(k.Key, how) }
	combine := combineWays(step.CombineDistinct(k.Key), step.Pass[T](), arranged)
	known := plan.Known{Rows: plan.OnePerKey, Keys: []plan.Key{skin.KeyOf(k.Key)}, Copies: plan.Whole}
	local := skin.Add[T](k.Graph, skin.Node{Kind: "combine", Detail: k.Detail("distinct"), Known: known, Strategies: combine}, k.Input)
	return of(skin.Add[T](k.Graph, skin.Node{Kind: "distinct", Detail: k.Detail(), Known: known, Strategies: groupWays(step.Distinct(k.Key), arranged)}, skin.HashBy(local, k.Key).Input))
}

package batch

import (
	"iter"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Groups is what [GroupBy] makes, or [SortGroups].
type Groups[T any, K comparable] interface {
	groups() (*Grouped[T, K], []Order[T])
}

func (g *Grouped[T, K]) groups() (*Grouped[T, K], []Order[T])      { return g, nil }
func (g *SortedGroups[T, K]) groups() (*Grouped[T, K], []Order[T]) { return g.grouped, g.orders }

// ReduceGroup calls f for each group with all of its records, in the order given by
// [SortGroups], if there is one. The records pass by once, however many there are; f need
// not go through all of them. Groups are as large as they are: none has to fit
// into memory.
func ReduceGroup[T any, K comparable, O any](g Groups[T, K], f func(records iter.Seq[T], emit func(O))) *DataSet[O] {
	grouped, _ := g.groups()
	return ReduceGroupRich(g, skin.Plain(grouped.keyed.Graph, f))
}

// ReduceGroupRich is [ReduceGroup] with a function that is made for each subtask; see
// [MapRich].
func ReduceGroupRich[T any, K comparable, O any](g Groups[T, K], open func(*thalweg.Context) (func(iter.Seq[T], func(O)), error)) *DataSet[O] {
	return reduceGroup(g, "reduceGroup", "", open)
}

func reduceGroup[T any, K comparable, O any](g Groups[T, K], kind, what string, open func(*thalweg.Context) (func(iter.Seq[T], func(O)), error)) *DataSet[O] {
	grouped, orders := g.groups()
	k := grouped.keyed
	within, detail := within(k, orders)
	if what != "" {
		detail = append(detail, what)
	}
	known := plan.Known{Rows: plan.OnePerKey, Keys: []plan.Key{skin.KeyOf(k.Key)}}
	if kind == "first" {
		known.Rows, known.Copies = plan.Subset, plan.Whole
	}
	return of(skin.Add[O](k.Graph, skin.Node{
		Kind: kind, Detail: detail, Method: plan.SortGroups, Known: known, Memory: skin.LargeMemory,
		Factory: step.ReduceGroup(skin.TypeOf[T](k.Graph), k.Key, within, reducer(open)),
	}, skin.HashBy(k.Flow, k.Key).Input))
}

// within compiles the order of records in a group.
func within[T any, K comparable](k skin.Keyed[T, K], orders []Order[T]) ([]outofcore.Order[T], []string) {
	if len(orders) == 0 {
		return nil, k.Detail()
	}
	parts, detail := skin.CompileOrders(k.Graph, orders)
	return parts, k.Detail(detail)
}

func reducer[T, O any](open func(*thalweg.Context) (func(iter.Seq[T], func(O)), error)) step.Open[step.Reducer[T, O]] {
	return func(ctx *thalweg.Context) (step.Reducer[T, O], error) {
		f, err := open(ctx)
		return f, err
	}
}

// CombineGroup calls f with records of a group that happen to be in one subtask and
// fit into its memory together: a group may be given to f in any number of pieces.
// Nothing is shipped. It shrinks data before a [ReduceGroup].
func CombineGroup[T any, K comparable, O any](g Groups[T, K], f func(records iter.Seq[T], emit func(O))) *DataSet[O] {
	grouped, orders := g.groups()
	k := grouped.keyed
	within, detail := within(k, orders)
	return of(skin.Add[O](k.Graph, skin.Node{
		Kind: "combineGroup", Detail: detail, Method: plan.SortCombine, Known: plan.Known{Rows: plan.OnePerKey, Keys: []plan.Key{skin.KeyOf(k.Key)}}, Memory: skin.SmallMemory,
		Factory: step.CombineGroup(skin.TypeOf[T](k.Graph), k.Key, within, reducer(skin.Plain(k.Graph, f))),
	}, k.Input))
}

// ReduceGroupCombined is [ReduceGroup] for a function of which a part can be done
// before records are shipped: combine is called as f of [CombineGroup] is, and f
// gets what it made, grouped by the same key.
func ReduceGroupCombined[T any, K comparable, O any](g Groups[T, K], combine func(records iter.Seq[T], emit func(T)), f func(records iter.Seq[T], emit func(O))) *DataSet[O] {
	grouped, orders := g.groups()
	k := grouped.keyed
	k.Flow = CombineGroup(g, combine).flow
	return ReduceGroup(&SortedGroups[T, K]{&Grouped[T, K]{k}, orders}, f)
}

// ReduceAll calls f once with all records, in one subtask. It is called also if
// there are none.
func ReduceAll[T, O any](d *DataSet[T], f func(records iter.Seq[T], emit func(O))) *DataSet[O] {
	return MapPartition(d.Global(), f).WithParallelism(1)
}

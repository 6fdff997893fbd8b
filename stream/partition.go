package stream

import (
	"errors"
	"iter"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Partitions are the records of a stream that ends, by key: one window for each key, which
// has all of its records and is complete when the stream has ended. Partitions are as
// large as they are: what does not fit into memory goes to disk. Results have no event
// times; there is one partition after the other in each subtask, in no order.
type Partitions[T any, K comparable] struct{ keyed skin.Keyed[T, K] }

// WholePartitions takes all records of each key together. The stream must end: where one
// of its sources has no end the program is refused.
func (k *Keyed[T, K]) WholePartitions() *Partitions[T, K] {
	if k.keyed.Input.Endless() {
		skin.Mistake(k.keyed.Graph, errors.New("a whole partition is complete when its input has ended, and this input has no end: cut it into windows"))
	}
	return &Partitions[T, K]{k.keyed}
}

// partitionNode adds an operator on whole partitions.
func partitionNode[O, T any, K comparable](p *Partitions[T, K], kind string, detail []string, how plan.Method, rows plan.Rows, f operator.Factory) *DataStream[O] {
	k := p.keyed
	return of(skin.Add[O](k.Graph, skin.Node{
		Kind: kind, Detail: k.Detail(detail...), Method: how, Memory: skin.LargeMemory, Time: plan.NoTimes, Factory: f,
		Known: plan.Known{Rows: rows, Keys: []plan.Key{skin.KeyOf(k.Key)}},
	}, skin.HashBy(k.Flow, k.Key).Input))
}

// Aggregate computes aggregates of each partition, in the fields they name; the other
// fields are those of the key's first record.
func (p *Partitions[T, K]) Aggregate(list ...agg.Aggregate[T, T]) *DataStream[T] {
	return AggregatePartitionsInto(p, list...)
}

// AggregatePartitionsInto is Aggregate with results of another type.
func AggregatePartitionsInto[T any, K comparable, R any](p *Partitions[T, K], list ...agg.Aggregate[T, R]) *DataStream[R] {
	program := skin.Program(p.keyed.Graph, list)
	return partitionNode[R](p, "partition aggregate", describe(list), plan.HashGroups, plan.OnePerKey, step.Aggregate(p.keyed.Key, program))
}

// Reduce joins the records of each partition into one: f(f(first, second), third)… in the
// order of their arrival.
func (p *Partitions[T, K]) Reduce(f func(a, b T) T) *DataStream[T] {
	rows := skin.TypeOf[T](p.keyed.Graph)
	open := step.Open[func(a, b T) T](skin.Plain(p.keyed.Graph, f))
	return partitionNode[T](p, "partition reduce", nil, plan.HashGroups, plan.OnePerKey, step.Reduce(p.keyed.Key, rows, open))
}

// SortPartitions sorts the records of each partition.
func SortPartitions[T any, K comparable](p *Partitions[T, K], orders ...Order[T]) *DataStream[T] {
	skin.CompileOrder(p.keyed.Graph, orders)
	return partitionOf(p, "partition sort", plan.SameRows, orders, skin.Plain(p.keyed.Graph, func(records iter.Seq[T], emit func(T)) {
		for r := range records {
			emit(r)
		}
	}))
}

// MapPartitions calls f for each partition with all of its records, which pass by once,
// in the given order if there is one; f need not go through all of them.
func MapPartitions[T any, K comparable, O any](p *Partitions[T, K], f func(records iter.Seq[T], emit func(O)), orders ...Order[T]) *DataStream[O] {
	return MapPartitionsRich(p, skin.Plain(p.keyed.Graph, f), orders...)
}

// MapPartitionsRich is [MapPartitions] with a function that is made for each subtask; see
// [MapRich].
func MapPartitionsRich[T any, K comparable, O any](p *Partitions[T, K], open func(*thalweg.Context) (func(iter.Seq[T], func(O)), error), orders ...Order[T]) *DataStream[O] {
	return partitionOf(p, "map partition", plan.OnePerKey, orders, open)
}

// MapSubtasks calls f once in each subtask with all records that come to it, which pass by
// as they come; f need not go through all of them. Unlike [MapPartitions] it has no keys and
// keeps nothing. The stream must end: where one of its sources has no end the program is
// refused. Results have no event times.
func MapSubtasks[T, O any](d *DataStream[T], f func(records iter.Seq[T], emit func(O))) *DataStream[O] {
	return MapSubtasksRich(d, skin.Plain(d.flow.Graph, f))
}

// MapSubtasksRich is [MapSubtasks] with a function that is made for each subtask; see
// [MapRich].
func MapSubtasksRich[T, O any](d *DataStream[T], open func(*thalweg.Context) (func(iter.Seq[T], func(O)), error)) *DataStream[O] {
	if d.flow.Input.Endless() {
		skin.Mistake(d.flow.Graph, errors.New("all records of a subtask are there when its input has ended, and this input has no end: cut it into windows"))
	}
	factory := step.MapPartition(step.Open[func(iter.Seq[T], func(O))](open))
	return of(skin.Add[O](d.flow.Graph, skin.Node{Kind: "map subtask", Time: plan.NoTimes, Factory: factory}, d.flow.Input))
}

func partitionOf[T any, K comparable, O any](p *Partitions[T, K], kind string, rows plan.Rows, orders []Order[T], open func(*thalweg.Context) (func(iter.Seq[T], func(O)), error)) *DataStream[O] {
	g := p.keyed.Graph
	var within []outofcore.Order[T]
	var detail []string
	if len(orders) > 0 {
		var text string
		within, text = skin.CompileOrders(g, orders)
		detail = append(detail, text)
	}
	return partitionNode[O](p, kind, detail, plan.SortGroups, rows, step.ReduceGroup(skin.TypeOf[T](g), p.keyed.Key, within,
		func(ctx *thalweg.Context) (step.Reducer[T, O], error) {
			f, err := open(ctx)
			return f, err
		}))
}

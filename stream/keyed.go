package stream

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Keyed is a stream whose records are divided by key. Its results roll: for each
// record comes the value of its key up to and including that record.
type Keyed[T any, K comparable] struct{ keyed skin.Keyed[T, K] }

// KeyBy divides records by the field that key, a field reference, refers to. A
// field that is a struct divides by all of its fields.
func KeyBy[T any, K comparable](d *DataStream[T], key func(*T) *K) *Keyed[T, K] {
	return &Keyed[T, K]{skin.Keyed[T, K]{Flow: d.flow, Key: skin.Key(d.flow.Graph, key)}}
}

// KeyByFunc divides records by a computed key.
func KeyByFunc[T any, K comparable](d *DataStream[T], key func(T) K) *Keyed[T, K] {
	return &Keyed[T, K]{skin.Keyed[T, K]{Flow: d.flow, Key: skin.KeyFunc(d.flow.Graph, key)}}
}

// KeyAll takes all records together, as those of one key, in one subtask: for results that
// roll, windows, state and whole partitions of a whole stream. To roll is to have the
// aggregates so far with each record; a window of all keys is a window of KeyAll.
func KeyAll[T any](d *DataStream[T]) *Keyed[T, struct{}] {
	return KeyByFunc(d, func(T) struct{} { return struct{}{} })
}

// keyedNode adds an operator behind an exchange by key.
func keyedNode[O, T any, K comparable](k skin.Keyed[T, K], kind string, time plan.Time, detail []string, f operator.Factory) *DataStream[O] {
	return of(skin.Add[O](k.Graph, skin.Node{Kind: kind, Time: time, Detail: k.Detail(detail...), Factory: f}, skin.HashBy(k.Flow, k.Key).Input))
}

func describe[T, R any](list []agg.Aggregate[T, R]) (detail []string) {
	for _, a := range list {
		detail = append(detail, a.String())
	}
	return detail
}

// Aggregate emits for each record the aggregates of its key so far, in the fields
// they name; the other fields are those of the key's first record.
func (k *Keyed[T, K]) Aggregate(list ...agg.Aggregate[T, T]) *DataStream[T] {
	return AggregateInto(k, list...)
}

// AggregateInto is Aggregate with results of another type.
func AggregateInto[T any, K comparable, R any](k *Keyed[T, K], list ...agg.Aggregate[T, R]) *DataStream[R] {
	p := skin.Program(k.keyed.Graph, list)
	return keyedNode[R](k.keyed, "rolling aggregate", plan.KeepTimes, describe(list), step.RollingAggregate(k.keyed.Key, p))
}

// Reduce emits for each record what f makes of the previous result of its key and
// the record; the first record of a key is its first result.
func (k *Keyed[T, K]) Reduce(f func(a, b T) T) *DataStream[T] {
	return k.ReduceRich(skin.Plain(k.keyed.Graph, f))
}

// ReduceRich is Reduce with a function that is made for each subtask; see
// [MapRich].
func (k *Keyed[T, K]) ReduceRich(open func(*thalweg.Context) (func(a, b T) T, error)) *DataStream[T] {
	rows := skin.TypeOf[T](k.keyed.Graph)
	return keyedNode[T](k.keyed, "rolling reduce", plan.KeepTimes, nil, step.RollingReduce(k.keyed.Key, rows, step.Open[func(a, b T) T](open)))
}

// Fold takes a value through the records of each key: it begins with what init
// returns, and for each record f's result replaces it and is emitted.
func Fold[T any, K comparable, R any](k *Keyed[T, K], init func() R, f func(value R, record T) R) *DataStream[R] {
	folder := step.Plain(step.Folder[R, T]{Init: init, Step: f})
	skin.CheckFunctions(k.keyed.Graph, init, f)
	return keyedNode[R](k.keyed, "rolling fold", plan.KeepTimes, nil, step.RollingFold(k.keyed.Key, folder))
}

package batch

import (
	"iter"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// CoGroupOption changes a [CoGroup].
type CoGroupOption[L, R any] func(*coGroupOptions[L, R])

type coGroupOptions[L, R any] struct {
	left  []Order[L]
	right []Order[R]
}

// SortFirst gives the left records of each key an order.
func SortFirst[L, R any](orders ...Order[L]) CoGroupOption[L, R] {
	return func(o *coGroupOptions[L, R]) { o.left = append(o.left, orders...) }
}

// SortSecond gives the right records of each key an order.
func SortSecond[L, R any](orders ...Order[R]) CoGroupOption[L, R] {
	return func(o *coGroupOptions[L, R]) { o.right = append(o.right, orders...) }
}

// CoGroup calls f for each key that either side has, with all records of both sides
// that have it. The records pass by once, however many there are; f need not go
// through all of them, and may go through the sides in turn.
func CoGroup[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(left iter.Seq[L], right iter.Seq[R], emit func(O)), options ...CoGroupOption[L, R]) *DataSet[O] {
	g := l.flow.Graph
	skin.CheckFunctions(g, f)
	var o coGroupOptions[L, R]
	for _, option := range options {
		option(&o)
	}
	left, right := keyBoth(l, r, on)
	leftWithin, _ := skin.CompileOrders(g, o.left)
	rightWithin, _ := skin.CompileOrders(g, o.right)
	open := func(*thalweg.Context) (step.CoReducer[L, R, O], error) { return f, nil }
	return of(skin.Add[O](g, skin.Node{
		Kind: "coGroup", Detail: []string{"on " + skin.KeyName(left.Key) + " = " + skin.KeyName(right.Key)}, Memory: skin.LargeMemory, Stores: 3, Method: plan.MergeJoin,
		Known:   plan.Known{Rows: plan.OnePerKey, Keys: []plan.Key{skin.KeyOf(left.Key), skin.KeyOf(right.Key)}, Optional: []bool{true, true}},
		Factory: step.CoGroup(skin.TypeOf[L](g), left.Key, leftWithin, skin.TypeOf[R](g), right.Key, rightWithin, open),
	}, skin.HashBy(left.Flow, left.Key).Input, skin.HashBy(right.Flow, right.Key).Input))
}

// CrossHint says which side of a [Cross] is the smaller one.
type CrossHint struct{ strategy string }

// The hints: the small side is given to every subtask as a whole and kept there.
// Without a hint that is the second one.
var (
	FirstIsSmall  = CrossHint{"keep first"}
	SecondIsSmall = CrossHint{"keep second"}
)

// Cross makes a record of every pair of records.
func Cross[L, R, O any](l *DataSet[L], r *DataSet[R], f func(L, R) O, hints ...CrossHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return cross(l, r, hints, func(a *L, b *R, emit func(O)) { emit(f(*a, *b)) })
}

// CrossFlat makes any number of records of every pair of records.
func CrossFlat[L, R, O any](l *DataSet[L], r *DataSet[R], f func(l L, r R, emit func(O)), hints ...CrossHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return cross(l, r, hints, func(a *L, b *R, emit func(O)) { f(*a, *b, emit) })
}

func cross[L, R, O any](l *DataSet[L], r *DataSet[R], hints []CrossHint, f step.Joiner[L, R, O]) *DataSet[O] {
	g := l.flow.Graph
	left, right := skin.TypeOf[L](g), skin.TypeOf[R](g)
	open := func(*thalweg.Context) (step.Joiner[L, R, O], error) { return f, nil }
	strategies := []plan.Strategy{
		{Name: "keep second", Factory: step.Cross(left, right, false, open), Method: plan.NestedLoops, Memory: skin.LargeMemory, Stores: 2, Ships: []plan.Shipping{{}, {Ship: operator.Broadcast}}, First: 1},
		{Name: "keep first", Factory: step.Cross(left, right, true, open), Method: plan.NestedLoops, Memory: skin.LargeMemory, Stores: 2, Ships: []plan.Shipping{{Ship: operator.Broadcast}, {}}, First: 0},
	}
	var detail []string
	for _, h := range hints {
		strategies = prefer(g, strategies, h.strategy, "cross")
		detail = append(detail, "hint "+h.strategy)
	}
	return of(skin.Add[O](g, skin.Node{Kind: "cross", Detail: detail, Known: plan.Known{Rows: plan.AllPairs}, Strategies: strategies, Hinted: len(hints) > 0}, l.flow.Input, r.flow.Input))
}

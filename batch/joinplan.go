package batch

import (
	"fmt"
	"slices"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// JoinHint says how a join should be run, by someone who knows more of the data
// than the engine. The results are the same.
type JoinHint struct{ strategy string }

// The hints. A hash join reads one side to its end, makes a table of it and looks up
// the other's records: that side had better be the smaller one. With Hash hints
// both sides are distributed by key; with Broadcast hints one is given to every
// subtask as a whole, and the other stays where it is. Broadcasting a side whose
// records come out without a partner, or once, would bring them out of every
// subtask, so such a hint is refused.
var (
	HashFirst       = JoinHint{"hash first"}
	HashSecond      = JoinHint{"hash second"}
	SortMerge       = JoinHint{"merge"}
	BroadcastFirst  = JoinHint{"broadcast first"}
	BroadcastSecond = JoinHint{"broadcast second"}

	SecondIsTiny = BroadcastSecond
	SecondIsHuge = BroadcastFirst
)

func join[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], kind step.JoinKind, hints []JoinHint, f step.Joiner[L, R, O]) *DataSet[O] {
	return joinRich(l, r, on, kind, hints, func(*thalweg.Context) (step.Joiner[L, R, O], error) { return f, nil })
}

func joinRich[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], kind step.JoinKind, hints []JoinHint, open step.Open[step.Joiner[L, R, O]]) *DataSet[O] {
	g := l.flow.Graph
	left, right := keyBoth(l, r, on)
	spec := step.JoinSpec[L, R, K, O]{
		Kind: kind, Left: skin.TypeOf[L](g), Right: skin.TypeOf[R](g),
		LeftKey: left.Key, RightKey: right.Key, Open: open,
	}
	byKey := []plan.Shipping{skin.HashShipping(left.Key), skin.HashShipping(right.Key)}
	strategies := []plan.Strategy{
		{Name: "hash first", Method: plan.HashJoin, Factory: step.HashJoin(spec, true), Ships: byKey, First: 0},
		{Name: "hash second", Method: plan.HashJoin, Factory: step.HashJoin(spec, false), Ships: byKey, First: 1},
		{Name: "merge", Method: plan.MergeJoin, Factory: step.MergeJoin(spec), Ships: byKey, First: -1, Stores: 3},
	}
	if kind == step.Inner || kind == step.RightOuter {
		strategies = append(strategies, plan.Strategy{
			Name: "broadcast first", Method: plan.HashJoin, Factory: step.HashJoin(spec, true), Ships: []plan.Shipping{{Ship: operator.Broadcast}, {}}, First: 0,
		})
	}
	if kind != step.RightOuter && kind != step.FullOuter {
		strategies = append(strategies, plan.Strategy{
			Name: "broadcast second", Method: plan.HashJoin, Factory: step.HashJoin(spec, false), Ships: []plan.Shipping{{}, {Ship: operator.Broadcast}}, First: 1,
		})
	}
	switch kind {
	case step.LeftOuter, step.Semi, step.Anti:
		strategies[0], strategies[1] = strategies[1], strategies[0] // the side that is only looked up is the table
	}
	for i := range strategies {
		strategies[i].Memory = skin.LargeMemory
	}
	known := plan.Known{
		Rows: plan.PerPair, Keys: []plan.Key{skin.KeyOf(left.Key), skin.KeyOf(right.Key)},
		Optional: []bool{kind == step.RightOuter || kind == step.FullOuter, kind == step.LeftOuter || kind == step.FullOuter},
	}
	if kind == step.Semi || kind == step.Anti {
		known.Rows, known.Copies, known.Anti = plan.SemiRows, plan.Whole, kind == step.Anti
		known.Reads = [][]string{{}, {}} // beside the keys
	}
	detail := []string{kind.String(), "on " + skin.KeyName(left.Key) + " = " + skin.KeyName(right.Key)}
	for _, h := range hints {
		strategies = prefer(g, strategies, h.strategy, kind.String()+" join")
		detail = append(detail, "hint "+h.strategy)
	}
	return of(skin.Add[O](g, skin.Node{Kind: "join", Detail: detail, Strategies: strategies, Hinted: len(hints) > 0, Known: known}, l.flow.Input, r.flow.Input))
}

// prefer moves the strategy of a hint to the front, or notes that there is none.
func prefer(g *plan.Graph, strategies []plan.Strategy, name, what string) []plan.Strategy {
	i := slices.IndexFunc(strategies, func(s plan.Strategy) bool { return s.Name == name })
	if i < 0 {
		skin.Mistake(g, fmt.Errorf("no %s can have the hint %q", what, name))
		return strategies
	}
	chosen := strategies[i]
	return slices.Insert(slices.Delete(strategies, i, i+1), 0, chosen)
}

// keyBoth compiles the keys of both sides.
func keyBoth[L, R any, K comparable](l *DataSet[L], r *DataSet[R], on Keys[L, R, K]) (skin.Keyed[L, K], skin.Keyed[R, K]) {
	g := l.flow.Graph
	left, right := skin.Keyed[L, K]{Flow: l.flow}, skin.Keyed[R, K]{Flow: r.flow}
	switch {
	case on.left != nil && on.right != nil:
		left.Key, right.Key = skin.Key(g, on.left), skin.Key(g, on.right)
	case on.leftFunc != nil && on.rightFunc != nil:
		left.Key, right.Key = skin.KeyFunc(g, on.leftFunc), skin.KeyFunc(g, on.rightFunc)
	default:
		skin.Mistake(g, fmt.Errorf("two data sets need a key on both sides: use On or OnFunc"))
	}
	return left, right
}

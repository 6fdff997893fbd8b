package batch

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// CombineHint says how records are joined before they are shipped, by someone who
// knows more of the data than the engine. The results are the same.
type CombineHint struct{ strategy string }

// The hints. A table has a place for each key and lets records through that find
// none; it is what happens without a hint. Sorting takes the records together that
// fit into memory, and finds a key in them however many there are. Where hardly any
// key comes twice in a subtask, it is best not to combine.
var (
	CombineHash = CombineHint{"hash"}
	CombineSort = CombineHint{"sort"}
	CombineNone = CombineHint{"none"}
)

// ReduceBy is [Grouped.Reduce] with hints.
func ReduceBy[T any, K comparable](g *Grouped[T, K], f func(a, b T) T, hints ...CombineHint) *DataSet[T] {
	return reduceBy(g, step.Open[func(a, b T) T](skin.Plain(g.keyed.Graph, f)), hints, nil)
}

// reduceBy reduces; copies say which fields of a group's key and value stay what they
// are.
func reduceBy[T any, K comparable](g *Grouped[T, K], open step.Open[func(a, b T) T], hints []CombineHint, copies []plan.Copy) *DataSet[T] {
	k := g.keyed
	rows := skin.TypeOf[T](k.Graph)
	combine := combineWays(step.CombineReduce(k.Key, rows, open), step.CombineReduceNone(k.Key, rows, open),
		func(how step.Arrangement) operator.Factory { return step.CombineReduceArranged(k.Key, open, how) })
	final := groupWays(step.FinalReduce(k.Key, rows, open),
		func(how step.Arrangement) operator.Factory { return step.FinalReduceArranged[T, K](open, how) })
	detail := k.Detail("reduce")
	for _, h := range hints {
		combine = prefer(k.Graph, combine, h.strategy, "combiner")
		detail = append(detail, "hint "+h.strategy)
	}
	return of(skin.Combined[T, T](k,
		skin.Node{Kind: "combine", Detail: detail, Strategies: combine, Hinted: len(hints) > 0},
		skin.Node{Kind: "reduce", Detail: k.Detail(), Known: plan.Known{Copies: copies}, Strategies: final}))
}

// combineWays are the strategies of an operator that combines before an exchange.
func combineWays(hash, none operator.Factory, arranged func(step.Arrangement) operator.Factory) []plan.Strategy {
	return []plan.Strategy{
		{Name: "hash", Factory: hash, Method: plan.HashCombine, Memory: skin.SmallMemory, First: -1},
		{Name: "sort", Factory: arranged(step.InPieces), Method: plan.SortCombine, Memory: skin.SmallMemory, First: -1},
		{Name: "none", Factory: none, Method: plan.PassGroups, Memory: skin.SmallMemory, First: -1},
		{Name: "side by side", Factory: arranged(step.AsTheyAre), Method: plan.AdjacentGroups, First: -1},
	}
}

// groupWays are those of an operator that takes all records of a key together.
func groupWays(hash operator.Factory, arranged func(step.Arrangement) operator.Factory) []plan.Strategy {
	return []plan.Strategy{
		{Name: "hash", Factory: hash, Method: plan.HashGroups, Memory: skin.LargeMemory, First: -1},
		{Name: "sort", Factory: arranged(step.Sorted), Method: plan.SortGroups, Memory: skin.LargeMemory, First: -1},
		{Name: "side by side", Factory: arranged(step.AsTheyAre), Method: plan.AdjacentGroups, First: -1},
	}
}

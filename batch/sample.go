package batch

import (
	"cmp"
	"fmt"

	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Sample keeps each record with a probability, from 0 to 1, of its own. The same
// seed keeps the same records if the subtasks have the same ones in the same order.
func Sample[T any](d *DataSet[T], fraction float64, seed uint64) *DataSet[T] {
	g := d.flow.Graph
	if !(fraction >= 0 && fraction <= 1) {
		skin.Mistake(g, fmt.Errorf("a sample of the fraction %v: it must be from 0 to 1", fraction))
	}
	detail := []string{fmt.Sprint("fraction ", fraction), fmt.Sprint("seed ", seed)}
	return of(skin.Add[T](g, skin.Node{Kind: "sample", Detail: detail, Known: plan.Known{Rows: plan.Subset, Copies: plan.Whole, Hints: plan.Hints{Selectivity: fraction}}, Factory: step.Sample[T](fraction, seed)}, d.flow.Input))
}

// SampleWithReplacement draws records of which any may be drawn again: the result
// has each record fraction times on average, and is about fraction times as large as
// the input. See [Sample] for the seed.
func SampleWithReplacement[T any](d *DataSet[T], fraction float64, seed uint64) *DataSet[T] {
	g := d.flow.Graph
	if !(fraction >= 0 && fraction <= mostDrawn) {
		skin.Mistake(g, fmt.Errorf("a sample of the fraction %v: it must be from 0 to %v", fraction, float64(mostDrawn)))
	}
	detail := []string{"with replacement", fmt.Sprint("fraction ", fraction), fmt.Sprint("seed ", seed)}
	return of(skin.Add[T](g, skin.Node{Kind: "sample", Detail: detail, Factory: step.SampleWithReplacement[T](fraction, seed)}, d.flow.Input))
}

// mostDrawn bounds how often a record is drawn on average.
const mostDrawn = 1e6

// SampleSize draws n records, or all if there are fewer: any n are drawn as likely
// as any others. They must fit into memory. See [Sample] for the seed.
func SampleSize[T any](d *DataSet[T], n int, seed uint64) *DataSet[T] {
	g := d.flow.Graph
	skin.Count(g, n)
	rows := skin.TypeOf[step.Drawn[T]](g)
	first := func(a, b step.Drawn[T]) int { return cmp.Compare(a.Lot, b.Lot) }
	detail := []string{fmt.Sprint(n), fmt.Sprint("seed ", seed)}
	drawn := skin.Add[step.Drawn[T]](g, skin.Node{Kind: "draw", Detail: detail[1:], Factory: step.Draw[T](seed)}, d.flow.Input)
	kept := skin.TwoPhase[step.Drawn[T], step.Drawn[T]](drawn,
		skin.Node{Kind: "combine", Detail: []string{fmt.Sprintf("top %d", n)}, Memory: skin.SmallMemory, Factory: step.Top(n, rows, first)},
		skin.Node{Kind: "top", Detail: detail[:1], Memory: skin.LargeMemory, Factory: step.Top(n, rows, first)})
	record := func(d step.Drawn[T]) T { return d.Record }
	return of(skin.Add[T](g, skin.Node{Kind: "sample", Detail: detail, Factory: step.Map(step.Plain(record))}, kept.Input)).WithParallelism(1)
}

// SampleSizeWithReplacement draws one of all records n times; of no records it
// draws none. They must fit into memory. See [Sample] for the seed.
func SampleSizeWithReplacement[T any](d *DataSet[T], n int, seed uint64) *DataSet[T] {
	g := d.flow.Graph
	n = int(skin.Count(g, n))
	rows := skin.TypeOf[T](g)
	detail := []string{"with replacement", fmt.Sprint(n), fmt.Sprint("seed ", seed)}
	return of(skin.TwoPhase[T, step.Slot[T]](d.flow,
		skin.Node{Kind: "draw", Detail: detail, Memory: skin.SmallMemory, Factory: step.DrawSlots(rows, n, seed)},
		skin.Node{Kind: "sample", Detail: detail, Memory: skin.LargeMemory, Factory: step.ChooseSlots(rows, n)}))
}

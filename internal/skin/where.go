package skin

import (
	"slices"
	"strings"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/types"
)

// Where adds a filter that is made of conditions.
func Where[T any, C connect.Condition[T]](in Flow[T], conditions []C) Flow[T] {
	w := &plan.Where{}
	known := plan.Known{Rows: plan.Subset, Copies: plan.Whole, Reads: [][]string{{}}}
	var detail []string
	var holds []func(*T) bool
	for _, c := range conditions {
		check(in.Graph, c)
		w.Conditions, holds, detail = append(w.Conditions, c), append(holds, c.Holds), append(detail, c.String())
		for _, p := range c.Places() {
			known.Reads[0] = append(known.Reads[0], p.Path)
		}
	}
	w.Filter = func(done []bool) operator.Factory {
		var left []func(*T) bool
		for i, h := range holds {
			if !done[i] {
				left = append(left, h)
			}
		}
		return step.Where(left)
	}
	return Add[T](in.Graph, Node{Kind: "filter", Detail: detail, Known: known, Where: w, Factory: step.Where(holds)}, in.Input)
}

// narrow asks a source to leave something out.
func narrow[T any](source connect.Narrowed[T], budget int64) func(plan.Need) plan.Narrowed {
	return func(n plan.Need) plan.Narrowed {
		need := connect.Need[T]{Fields: n.Fields}
		for _, c := range n.Where {
			need.Where = append(need.Where, c.(connect.Condition[T]))
		}
		narrowed, holds := source.Narrow(need)
		return plan.Narrowed{Factory: step.Read(narrowed, budget), Splits: narrowed.Splits, Holds: holds}
	}
}

// Pick adds a projection to the fields that both types have.
func Pick[O, I any](in Flow[I]) Flow[O] {
	fields, err := types.PickOf[I, O]()
	if err != nil {
		Mistake(in.Graph, err)
		return Add[O](in.Graph, Node{Kind: "project"}, in.Input)
	}
	known := plan.Known{Rows: plan.SameRows}
	var detail []string
	for _, f := range fields.Fields() {
		known.Copies = append(known.Copies, plan.Copy{From: f.From, To: f.To})
		detail = append(detail, f.From)
	}
	known.Reads = reads(known.Copies)
	return Add[O](in.Graph, Node{Kind: "project", Detail: detail, Known: known, Factory: step.Pick(fields)}, in.Input)
}

// MapFields adds a map of some fields of each record.
func MapFields[I, N, O any](in Flow[I], f func(N) O) Flow[O] {
	n, fields := someFields[I, N](in.Graph, plan.Known{Rows: plan.SameRows})
	CheckFunctions(in.Graph, f)
	n.Kind, n.Factory = "map", step.MapFields(fields, f)
	return Add[O](in.Graph, n, in.Input)
}

// FilterFields adds a filter by a function of some fields.
func FilterFields[T, N any](in Flow[T], f func(N) bool) Flow[T] {
	n, fields := someFields[T, N](in.Graph, plan.Known{Rows: plan.Subset, Copies: plan.Whole})
	CheckFunctions(in.Graph, f)
	n.Kind, n.Factory = "filter", step.FilterFields(fields, f)
	return Add[T](in.Graph, n, in.Input)
}

// someFields is an operator whose function gets the fields of N.
func someFields[I, N any](g *plan.Graph, known plan.Known) (Node, *types.Pick[I, N]) {
	fields, err := types.PickOf[I, N]()
	if err != nil {
		Mistake(g, err)
		return Node{Known: known}, nil
	}
	read := []string{}
	for _, f := range fields.Fields() {
		read = append(read, f.From)
	}
	known.Reads = [][]string{read}
	return Node{Detail: []string{"of " + strings.Join(read, ", ")}, Known: known}, fields
}

// reads says that an operator looks at nothing but what it copies.
func reads(copies []plan.Copy) [][]string {
	read := []string{}
	for _, c := range copies {
		if !slices.Contains(read, c.From) {
			read = append(read, c.From)
		}
	}
	return [][]string{read}
}

package batch

import (
	"errors"

	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/types"
)

// Summary describes all records of a data set, field by field.
type Summary = step.Summary

// FieldSummary describes the values of a field.
type FieldSummary = step.FieldSummary

// NumberSummary describes numbers.
type NumberSummary = step.NumberSummary

// Summarize makes one summary of all records, which are structs, also if there are
// none: how many values every exported field has, how many of them are nil, least,
// greatest, sum, mean and variance of numbers, the lengths of strings and bytes, how
// many booleans are true. The fields of structs in the record are summarized, not
// these structs; values of other kinds are counted.
func Summarize[T any](d *DataSet[T]) *DataSet[Summary] {
	g := d.flow.Graph
	columns, err := types.Columns[T]()
	if err == nil && len(columns) == 0 {
		err = errors.New("a summary of records without fields: they must be structs with exported fields")
	}
	if err != nil {
		skin.Mistake(g, err)
	}
	return of(skin.TwoPhase[Summary, Summary](d.flow,
		skin.Node{Kind: "combine", Detail: []string{"summarize"}, Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.Summarize[T](columns)},
		skin.Node{Kind: "summarize", Known: plan.Known{Rows: plan.AtMost, Limit: 1}, Factory: step.MergeSummaries(columns)}))
}

package batch

import (
	"errors"

	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/where"
)

// Where keeps the records that satisfy all conditions; see package where.
//
//	recent := batch.Where(orders, where.AtLeast(orderDate, begin), where.Equal(status, "F"))
//
// It does what [DataSet.Filter] does with a function, but what it keeps is known before
// the job runs. A source that can use that, if nobody else reads its records, leaves out
// the others: a Parquet file's row groups and pages in which there is none are not read,
// of the lines of a CSV file only the fields that are asked for are understood. What is
// wrong with input that is left out is not found, and not counted among the rejected
// pieces. Who reads the quarantine output of a source has all of it read.
func Where[T any](d *DataSet[T], conditions ...where.Predicate[T]) *DataSet[T] {
	if len(conditions) == 0 {
		skin.Mistake(d.flow.Graph, errors.New("a filter without conditions"))
	}
	return of(skin.Where(d.flow, conditions))
}

// FilterFields is [DataSet.Filter] with a function of some fields: N is a struct, each
// field of which has the value of the field of T that has the same name and type, as
// [Pick] finds it. What the function cannot see it does not need: see [MapFields].
func FilterFields[T, N any](d *DataSet[T], f func(N) bool) *DataSet[T] {
	return of(skin.FilterFields(d.flow, f))
}

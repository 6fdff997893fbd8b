package batch

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/plan"
)

// BroadcastSet is a data set that operators want as a whole. Make it with
// [AsBroadcastSet], attach it with [DataSet.WithBroadcastSet], read it in a rich
// function with Rows.
type BroadcastSet[T any] struct {
	id   int
	rows *DataSet[T]
}

// AnyBroadcastSet is a broadcast set of any record type.
type AnyBroadcastSet interface{ broadcast() (int, plan.Input) }

// AsBroadcastSet makes a broadcast set of a data set. Every process that has
// subtasks which read it has it once; it must fit into the share of memory of one of
// these subtasks.
func AsBroadcastSet[T any](d *DataSet[T]) *BroadcastSet[T] {
	return &BroadcastSet[T]{id: d.flow.Graph.NewSet(), rows: d}
}

// Rows returns all records, in no particular order. They are shared with other
// functions and subtasks, on other goroutines, and must not be changed. The set must be attached to
// the operator whose context is given.
func (b *BroadcastSet[T]) Rows(ctx *thalweg.Context) []T { return ctx.Broadcast(b.id).([]T) }

func (b *BroadcastSet[T]) broadcast() (int, plan.Input) { return b.id, b.rows.flow.Input }

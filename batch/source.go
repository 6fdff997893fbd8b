package batch

import (
	"errors"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/skin"
)

// Read returns the records of a bounded source. Pieces of input that are no
// records go to the quarantine output; see [DataSet.Quarantine] and [Budget].
func Read[T any](env *thalweg.Environment, source connect.Source[T], options ...ReadOption) *DataSet[T] {
	r := readOptions{budget: -1}
	for _, o := range options {
		o(&r)
	}
	if !source.Bounded() {
		skin.Mistake(env.Graph(), errors.New("a data set cannot be read from a source without an end; use package stream"))
	}
	return of(skin.Source(env.Graph(), source, r.budget))
}

// ReadOption changes how a source is read.
type ReadOption func(*readOptions)

type readOptions struct{ budget int64 }

// Budget makes the job fail when the source has rejected more than n pieces of
// input, in all subtasks together. Without it any number may be rejected; how
// many were is in the result.
func Budget(n int64) ReadOption { return func(r *readOptions) { r.budget = n } }

// Quarantine returns the pieces of input that the source of these records has
// rejected, with origin, offset and cause.
func (d *DataSet[T]) Quarantine() *DataSet[connect.Rejected] {
	n := d.flow.Node
	if n == nil || n.Source == nil {
		skin.Mistake(d.flow.Graph, errors.New("only a source has a quarantine output"))
		return of(skin.Flow[connect.Rejected]{Graph: d.flow.Graph})
	}
	return of(skin.Port[connect.Rejected](d.flow.Graph, n, 1))
}

// FromSlice returns the records of a slice, which must be the same in every
// process of the job and must not change while it runs.
func FromSlice[T any](env *thalweg.Environment, rows []T) *DataSet[T] {
	return Read(env, memory.Slice(rows))
}

// Sequence returns the numbers from up to, but not including, to.
func Sequence(env *thalweg.Environment, from, to int64) *DataSet[int64] {
	return Read(env, memory.Sequence(from, to, 0))
}

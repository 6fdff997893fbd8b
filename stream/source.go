package stream

import (
	"errors"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/jsonl"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/connect/socket"
	"github.com/thalweg/thalweg/connect/text"
	"github.com/thalweg/thalweg/internal/skin"
)

// Read returns the records of a source, which may have an end or none. Pieces of
// input that are no records go to the quarantine output; see
// [DataStream.Quarantine] and [Budget].
func Read[T any](env *thalweg.Environment, source connect.Source[T], options ...ReadOption) *DataStream[T] {
	r := readOptions{budget: -1}
	for _, o := range options {
		o(&r)
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
func (d *DataStream[T]) Quarantine() *DataStream[connect.Rejected] {
	n := d.flow.Node
	if n == nil || n.Source == nil {
		skin.Mistake(d.flow.Graph, errors.New("only a source has a quarantine output"))
		return of(skin.Flow[connect.Rejected]{Graph: d.flow.Graph})
	}
	return of(skin.Port[connect.Rejected](d.flow.Graph, n, 1))
}

// ReadSocket returns the lines that a TCP server at address sends. See package
// connect/socket.
func ReadSocket(env *thalweg.Environment, address string, options ...socket.Option) *DataStream[string] {
	return Read(env, socket.Read(address, options...)).Named("socket")
}

// Sequence returns the numbers from up to, but not including, to; perSecond, if
// positive, is how many of them come in a second.
func Sequence(env *thalweg.Environment, from, to int64, perSecond float64) *DataStream[int64] {
	return Read(env, memory.Sequence(from, to, perSecond))
}

// FromSlice returns the records of a slice, which must be the same in every
// process of the job and must not change while it runs.
func FromSlice[T any](env *thalweg.Environment, rows []T) *DataStream[T] {
	return Read(env, memory.Slice(rows))
}

// ReadText returns the lines of text files, and ends with them. See package
// connect/text.
func ReadText(env *thalweg.Environment, path string, options ...file.Option) *DataStream[string] {
	return Read(env, text.Read(path, options...)).Named("text")
}

// ReadCSV returns the records of CSV files as structs, and ends with them. See
// package connect/csv.
func ReadCSV[T any](env *thalweg.Environment, path string, options ...csv.Option) *DataStream[T] {
	return Read(env, csv.Read[T](path, options...)).Named("csv")
}

// ReadJSON returns the values of files with one JSON value on each line, and ends
// with them. See package connect/jsonl.
func ReadJSON[T any](env *thalweg.Environment, path string, options ...jsonl.Option) *DataStream[T] {
	return Read(env, jsonl.Read[T](path, options...)).Named("json lines")
}

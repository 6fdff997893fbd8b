package main

import (
	"math"
	"sync"

	"github.com/thalweg/thalweg/connect"
)

// total is what becomes of the records. It does not depend on their order, except
// that unordered counts those with a smaller id than the one before.
type total struct {
	Rows      int64 `json:"rows"`
	Sum       int64 `json:"sum"`
	Unordered int64 `json:"unordered"`
}

// sink adds up what it gets and drops it.
type sink[T any] struct {
	name string
	add  func(w *writer[T], rows []T)
	into *total

	mu *sync.Mutex // guards into
}

func newSink[T any](name string, into *total, add func(w *writer[T], rows []T)) sink[T] {
	return sink[T]{name: name, add: add, into: into, mu: &sync.Mutex{}}
}

func (s sink[T]) String() string { return s.name }

func (s sink[T]) Open(connect.WriterContext) (connect.Writer[T], error) {
	return &writer[T]{sink: s, before: math.MinInt64}, nil
}

type writer[T any] struct {
	sink   sink[T]
	total  total
	before int64 // the id of the record before
}

func (w *writer[T]) Write(rows []T) error {
	w.total.Rows += int64(len(rows))
	w.sink.add(w, rows)
	return nil
}

func (w *writer[T]) Flush() error { return nil }

func (w *writer[T]) Close(complete bool) error {
	if complete {
		w.sink.mu.Lock()
		defer w.sink.mu.Unlock()
		w.sink.into.Rows += w.total.Rows
		w.sink.into.Sum += w.total.Sum
		w.sink.into.Unordered += w.total.Unordered
	}
	return nil
}

// addPairs is the end of a join.
func addPairs(w *writer[int64], rows []int64) {
	for _, x := range rows {
		w.total.Sum += x
	}
}

// addRecords is the end of a group-by.
func addRecords(w *writer[Record], rows []Record) {
	for i := range rows {
		w.total.Sum += sumOf(&rows[i])
	}
}

// addOrdered is the end of a sort.
func addOrdered(w *writer[Record], rows []Record) {
	for i := range rows {
		if rows[i].ID < w.before {
			w.total.Unordered++
		}
		w.before = rows[i].ID
		w.total.Sum += sumOf(&rows[i])
	}
}

// sumOf makes a number of a record in which both ends have a part.
func sumOf(r *Record) int64 { return (r.ID ^ r.Value) + int64(r.Rest[len(r.Rest)-1]) }

// pairOf makes a number of a record of each side.
func pairOf(l, r Record) int64 {
	return (l.Value ^ r.Value) + 3*int64(l.Rest[len(l.Rest)-1]) + int64(r.Rest[len(r.Rest)-1])
}

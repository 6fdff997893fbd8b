package thalwegtest

import (
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/stream"
)

// Output is what a stream of the program has made.
type Output[T any] struct {
	h    *Harness
	rows []T
}

// Collect makes an output of the program. The records of one subtask come in order.
func Collect[T any](h *Harness, d *stream.DataStream[T]) *Output[T] {
	out := &Output[T]{h: h}
	stream.Write(d, fedSink[T]{out}).Named("test output")
	return out
}

// Take settles the job and returns the records that have come since the last Take. It may
// be called when the job has ended, too.
func (o *Output[T]) Take() []T {
	o.h.t.Helper()
	o.h.Settle()
	rows := o.rows
	o.rows = nil
	return rows
}

// fedSink is the sink of an output. One goroutine of the job runs at a time, so its
// writers share the output.
type fedSink[T any] struct{ out *Output[T] }

func (fedSink[T]) String() string { return "what the test reads" }

func (s fedSink[T]) Open(connect.WriterContext) (connect.Writer[T], error) { return s, nil }

func (s fedSink[T]) Write(rows []T) error {
	s.out.rows = append(s.out.rows, rows...)
	return nil
}

func (fedSink[T]) Flush() error     { return nil }
func (fedSink[T]) Close(bool) error { return nil }

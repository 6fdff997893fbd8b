package batch

import (
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/console"
	"github.com/thalweg/thalweg/internal/skin"
)

// Output is a sink of the program.
type Output = skin.Output

// Write writes the records to a sink.
func Write[T any](d *DataSet[T], sink connect.Sink[T]) *Output {
	return skin.Sink(d.flow, sink, false)
}

// Print writes each record to standard output of the program's own process, a
// line each: what the record's String method says, or else as fmt.Println does.
func Print[T any](d *DataSet[T]) *Output {
	return skin.Sink(d.flow, memory.Print[T](console.Out), true)
}

// Collect appends all records to *rows, in the program's own process, when the
// job has ended well. Their order is that of arrival.
func Collect[T any](d *DataSet[T], rows *[]T) *Output {
	return skin.Sink(d.flow, memory.Collect(rows), true)
}

// Discard drops the records: for measurements.
func Discard[T any](d *DataSet[T]) *Output {
	return skin.Sink(d.flow, memory.Discard[T](), false)
}

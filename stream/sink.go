package stream

import (
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/jsonl"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/connect/text"
	"github.com/thalweg/thalweg/internal/console"
	"github.com/thalweg/thalweg/internal/skin"
)

// Output is a sink of the program.
type Output = skin.Output

// Write writes the records to a sink.
func Write[T any](d *DataStream[T], sink connect.Sink[T]) *Output {
	return skin.Sink(d.flow, sink, false)
}

// Print writes each record to standard output of the program's own process as it
// comes, a line each: what the record's String method says, or else as
// fmt.Println does.
func Print[T any](d *DataStream[T]) *Output {
	return skin.Sink(d.flow, memory.Print[T](console.Out), true)
}

// Collect appends all records to *rows, in the program's own process, when the job
// has ended well. Their order is that of arrival.
func Collect[T any](d *DataStream[T], rows *[]T) *Output {
	return skin.Sink(d.flow, memory.Collect(rows), true)
}

// Discard drops the records: for measurements.
func Discard[T any](d *DataStream[T]) *Output {
	return skin.Sink(d.flow, memory.Discard[T](), false)
}

// WriteText writes each record as a line of text, in one file for each subtask in
// the directory dir, where lines can be read as soon as the subtask has nothing
// else to do. See package connect/text.
func WriteText[T any](d *DataStream[T], dir string, options ...file.Option) *Output {
	return Write(d, text.Write[T](dir, append(options, file.Immediate())...)).Named("text")
}

// WriteCSV is [WriteText] for structs as CSV. See package connect/csv.
func WriteCSV[T any](d *DataStream[T], dir string, options ...csv.Option) *Output {
	return Write(d, csv.Write[T](dir, append(options, file.Immediate())...)).Named("csv")
}

// WriteJSON is [WriteText] for values as JSON. See package connect/jsonl.
func WriteJSON[T any](d *DataStream[T], dir string, options ...jsonl.Option) *Output {
	return Write(d, jsonl.Write[T](dir, append(options, file.Immediate())...)).Named("json lines")
}

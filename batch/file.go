package batch

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/jsonl"
	"github.com/thalweg/thalweg/connect/text"
)

// ReadText returns the lines of text files. path is a file, a directory or a
// pattern; names ending in .gz, .gzip, .zst and .bz2 are decompressed. See package
// connect/text.
func ReadText(env *thalweg.Environment, path string, options ...file.Option) *DataSet[string] {
	return Read(env, text.Read(path, options...)).Named("text")
}

// ReadCSV returns the records of CSV files as structs. For a [Budget] use
// [Read] with csv.Read. See package connect/csv.
func ReadCSV[T any](env *thalweg.Environment, path string, options ...csv.Option) *DataSet[T] {
	return Read(env, csv.Read[T](path, options...)).Named("csv")
}

// ReadJSON returns the values of files with one JSON value on each line. For a
// [Budget] use [Read] with jsonl.Read. See package connect/jsonl.
func ReadJSON[T any](env *thalweg.Environment, path string, options ...jsonl.Option) *DataSet[T] {
	return Read(env, jsonl.Read[T](path, options...)).Named("json lines")
}

// WriteText writes each record as a line of text, in one file for each subtask in
// the directory dir. See package connect/text.
func WriteText[T any](d *DataSet[T], dir string, options ...file.Option) *Output {
	return Write(d, text.Write[T](dir, options...)).Named("text")
}

// WriteCSV writes structs as CSV, in one file for each subtask in the directory
// dir. See package connect/csv.
func WriteCSV[T any](d *DataSet[T], dir string, options ...csv.Option) *Output {
	return Write(d, csv.Write[T](dir, options...)).Named("csv")
}

// WriteJSON writes each record as a line of JSON, in one file for each subtask in
// the directory dir. See package connect/jsonl.
func WriteJSON[T any](d *DataSet[T], dir string, options ...jsonl.Option) *Output {
	return Write(d, jsonl.Write[T](dir, options...)).Named("json lines")
}

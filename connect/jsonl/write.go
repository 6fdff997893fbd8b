package jsonl

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Write writes one JSON value per line into files part-00000.jsonl,
// part-00001.jsonl and so on in a directory, one for each subtask. The characters
// <, > and & are not escaped. A value that JSON cannot express, such as a NaN, is
// an error.
//
// What is wrong with the options is returned by the sink's method Err() error,
// and by Prepare.
func Write[T any](dir string, opts ...Option) connect.Sink[T] {
	isStrict, files, err := configure(opts)
	if isStrict {
		err = errors.Join(err, fmt.Errorf("jsonl: %s is no option for writing", Strict()))
	}
	s := &sink[T]{
		Output: file.NewOutput(dir, ".jsonl", files...),
		call:   file.Describe("jsonl.Write", dir, opts),
	}
	s.err = errors.Join(err, s.Output.Err())
	return s
}

type sink[T any] struct {
	file.Output
	call string
	err  error
}

func (s *sink[T]) String() string { return s.call }

// Err says what is wrong with the options, or nil.
func (s *sink[T]) Err() error { return s.err }

// Prepare implements connect.Preparer.
func (s *sink[T]) Prepare(c connect.CommitContext) error {
	if s.err != nil {
		return s.err
	}
	return s.Output.Prepare(c)
}

func (s *sink[T]) Open(c connect.WriterContext) (connect.Writer[T], error) { return s.Resume(c, nil) }

// Resume implements connect.Resumable.
func (s *sink[T]) Resume(c connect.WriterContext, positions [][]byte) (connect.Writer[T], error) {
	if s.err != nil {
		return nil, s.err
	}
	// One encoder serves all records: it appends to the file's buffer through out.
	var out appending
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	w, err := file.NewWriter(s.Output, c, nil, func(dst []byte, row *T) ([]byte, error) {
		out = dst
		err := encoder.Encode(row)
		return out, err
	}, positions)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// appending is a writer to the end of a slice.
type appending []byte

func (a *appending) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// Package csv reads and writes files of delimited values as structs. Floor 3.
//
//	type Order struct {
//		ID     int64
//		Placed time.Time `csv:"order_date"`
//		Note   *string   // empty is nil
//	}
//
//	csv.Read[Order]("orders", csv.Header(), csv.TimeLayout("2006-01-02"))
//	csv.Read[Part]("part.tbl", csv.Delimiter('|'), csv.TrailingDelimiter())
//	csv.Write[Order]("out", csv.Header(), file.Gzip())
//
// The notation is that of RFC 4180: a field may stand in double quotes, within
// them a quote is written twice. A quote anywhere else is an error, unless
// [NoQuotes] makes it an ordinary character. White space belongs to a field. Blank
// lines are skipped, as is a byte order mark at the beginning of a file.
//
// The exported fields of the struct are its columns, in order, those of embedded
// structs in their place. The tag csv:"name" gives a column another name,
// csv:"-" leaves a field out; it is the zero value then. Fields can be strings,
// []byte, booleans, integers, floats, [time.Time], [time.Duration], types that
// implement [encoding.TextUnmarshaler] (for writing [encoding.TextMarshaler]),
// named types of these kinds, and pointers to all of them. A pointer is nil where
// a field is empty, and not nil where it is an empty pair of quotes.
//
// A program that filters with batch.Where right behind the source and goes on with
// batch.Pick or the like does not have all columns understood: those it looks at, and of
// lines that the filter does not want only those of the filter. What the other columns
// of such a line have is not looked at; its fields are counted.
//
// See package file for which files are read, how they are split, and what
// becomes of lines that are too long.
package csv

import (
	"fmt"
	"reflect"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Read returns the records of files. Without [Header] or [Columns] the columns of
// a file are the fields of T, by position, and each line must have exactly as
// many. T must be a struct.
//
// A line that is no record goes to the quarantine with its cause, and reading
// goes on behind it: a wrong number of fields, text that its column cannot hold,
// a quote in the wrong place, a NUL byte. Other bytes that are no UTF-8 are kept
// as they are, so that files in older encodings can be read.
//
// What is wrong with T or the options is returned by the source's method
// Err() error, and by Splits. Strings share memory with their neighbours; clone
// one to keep it for long (see [file.Lines]).
func Read[T any](path string, opts ...Option) connect.Source[T] {
	s := &source[T]{call: file.Describe("csv.Read", path, opts)}
	var files []file.Option
	s.config, files, s.err = configure(reading, opts)
	s.Input = file.NewInput(path, files...)
	if s.config.multiline {
		s.Input = s.Input.Whole()
	}
	if s.err == nil {
		s.err = s.Input.Err()
	}
	if s.err == nil {
		s.fields, s.err = readFields[T](s.config)
	}
	if s.err == nil && s.config.only != nil {
		if err := choose(s.fields, s.config.only); err != nil {
			s.err = fmt.Errorf("csv: Only: %w, read into %s", err, reflect.TypeFor[T]())
		}
	}
	if s.err == nil && len(s.config.columns) > 0 {
		if _, err := bind(s.fields, s.config.columns); err != nil {
			s.err = fmt.Errorf("csv: Columns: %w, read into %s", err, reflect.TypeFor[T]())
		}
	}
	return s
}

type source[T any] struct {
	file.Input
	call   string
	config config
	fields []field
	where  []connect.Condition[T] // that all records satisfy
	err    error
}

func (s *source[T]) String() string { return s.call }

// Err says what is wrong with the type or the options, or nil.
func (s *source[T]) Err() error { return s.err }

func (s *source[T]) Splits(c connect.SplitContext) ([]connect.Split, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.Input.Splits(c)
}

// Sample implements connect.Sampled.
func (s *source[T]) Sample(places int) connect.Source[T] {
	sample := *s
	sample.Input = s.Input.Sampled(places)
	return &sample
}

func (s *source[T]) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[T], error) {
	if s.err != nil {
		return nil, s.err
	}
	r := &reader[T]{config: &s.config, where: s.where, body: -1}
	var err error
	switch {
	case s.config.header:
		r.columns, r.body, err = s.head(c, p)
	case len(s.config.columns) > 0:
		r.columns, err = bind(s.fields, s.config.columns)
	default:
		r.columns = inOrder(s.fields)
	}
	if err != nil {
		return nil, err
	}
	lines, err := s.Input.Open(c, p)
	if err != nil {
		return nil, err
	}
	r.records = records{lines: lines, config: &s.config}
	return r, nil
}

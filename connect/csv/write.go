package csv

import (
	"bytes"
	"fmt"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Write writes records into files part-00000.csv, part-00001.csv and so on in a
// directory, one for each subtask. The fields of a struct are the columns; a T
// that is no struct is one column, called "value". A field is quoted exactly when
// it could not be read back otherwise; a line end within a field is written as it
// is and needs [Multiline] to be read.
//
// What is wrong with T or the options is returned by the sink's method
// Err() error, and by Prepare.
func Write[T any](dir string, opts ...Option) connect.Sink[T] {
	s := &sink[T]{call: file.Describe("csv.Write", dir, opts)}
	c, files, err := configure(writing, opts)
	s.config, s.err = c, err
	s.Output = file.NewOutput(dir, ".csv", files...)
	if s.err == nil {
		s.err = s.Output.Err()
	}
	if s.err == nil {
		s.fields, s.err = writeFields[T](c)
	}
	if s.err == nil && len(s.fields) == 1 && s.fields[0].nullable && c.null == "" && !c.trailing {
		s.err = fmt.Errorf("csv: a nil in the only column would be a blank line, which is no record; give the option csv.Null")
	}
	return s
}

type sink[T any] struct {
	file.Output
	call   string
	config config
	fields []field
	err    error
}

func (s *sink[T]) String() string { return s.call }

// Err says what is wrong with the type or the options, or nil.
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
	q := newQuoter(&s.config, len(s.fields))
	var header []byte
	if s.config.header {
		for i := range s.fields {
			start := len(header)
			header = append(header, s.fields[i].name...)
			header = q.separate(q.quote(header, start, i, false), i)
		}
	}
	w, err := file.NewWriter(s.Output, c, header, func(dst []byte, row *T) ([]byte, error) {
		return appendRecord(dst, addressOf(row), s.fields, q)
	}, positions)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// appendRecord writes a record with its line end.
func appendRecord(dst []byte, row address, fields []field, q *quoter) ([]byte, error) {
	for i := range fields {
		f := &fields[i]
		if f.nullable && f.isNull(row) {
			dst = q.separate(append(dst, q.null...), i)
			continue
		}
		start := len(dst)
		var err error
		if dst, err = f.format(dst, f.at(row)); err != nil {
			return nil, fmt.Errorf("column %q: %w", f.name, err)
		}
		if f.textual || f.nullable || q.careful {
			dst = q.quote(dst, start, i, f.nullable)
		}
		dst = q.separate(dst, i)
	}
	return dst, nil
}

// quoter knows which fields need quotes.
type quoter struct {
	delimiter string
	null      string
	comment   string
	columns   int
	trailing  bool
	careful   bool // even numbers can need quotes
}

func newQuoter(c *config, columns int) *quoter {
	q := &quoter{delimiter: c.delimiter, null: c.null, comment: c.comment, columns: columns, trailing: c.trailing}
	// Numbers, booleans and durations consist of letters, digits and signs.
	d := c.delimiter[0]
	q.careful = c.comment != "" || len(c.delimiter) > 1 ||
		d >= '0' && d <= '9' || d >= 'a' && d <= 'z' || d >= 'A' && d <= 'Z' || bytes.IndexByte([]byte("+-."), d) >= 0
	return q
}

// quote puts dst[start:], the text of a column, in quotes if it needs them.
func (q *quoter) quote(dst []byte, start, column int, nullable bool) []byte {
	text := dst[start:]
	if !q.needed(text, column, nullable) {
		return dst
	}
	quotes := 2 + bytes.Count(text, []byte{'"'})
	for range quotes {
		dst = append(dst, 0)
	}
	// The text moves to its new place from behind, so that nothing is overwritten
	// before it was read.
	from, to := len(dst)-quotes-1, len(dst)-1
	dst[to] = '"'
	for to--; from >= start; from-- {
		dst[to] = dst[from]
		to--
		if dst[from] == '"' {
			dst[to] = '"'
			to--
		}
	}
	dst[start] = '"'
	return dst
}

func (q *quoter) needed(text []byte, column int, nullable bool) bool {
	switch {
	case len(text) == 0:
		return nullable && q.null == "" || q.columns == 1 && !q.trailing
	case nullable && string(text) == q.null:
		return true
	case column == 0 && (q.comment != "" && bytes.HasPrefix(text, []byte(q.comment)) ||
		bytes.HasPrefix(text, []byte(byteOrderMark))):
		return true
	case len(q.delimiter) == 1:
		if bytes.IndexByte(text, q.delimiter[0]) >= 0 {
			return true
		}
	case bytes.Contains(text, []byte(q.delimiter)):
		return true
	}
	return bytes.IndexByte(text, '"') >= 0 || bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0
}

// separate writes what follows a column.
func (q *quoter) separate(dst []byte, column int) []byte {
	last := column == q.columns-1
	if !last || q.trailing {
		dst = append(dst, q.delimiter...)
	}
	if last {
		dst = append(dst, '\n')
	}
	return dst
}

// Package jsonl reads and writes files of JSON values, one on each line. Floor 3.
//
//	jsonl.Read[Event]("events", jsonl.Strict())
//	jsonl.Write[Event]("out", file.Zstd())
//
// Values are decoded and encoded as package [encoding/json] does. See package
// file for which files are read, how they are split, and what becomes of lines
// that are too long.
package jsonl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Option is an option of this package or of package file.
type Option interface {
	fmt.Stringer
	ForFiles()
}

type strict struct{}

func (strict) String() string { return "jsonl.Strict()" }
func (strict) ForFiles()      {}

// Strict rejects objects with a field that T does not have. It is for reading.
func Strict() Option { return strict{} }

// configure separates the options of this package from those of package file.
func configure(opts []Option) (isStrict bool, files []file.Option, err error) {
	for _, o := range opts {
		switch o := o.(type) {
		case file.Option:
			files = append(files, o)
		case strict:
			isStrict = true
		default:
			err = errors.Join(err, fmt.Errorf("jsonl: %s is an option of another format", o))
		}
	}
	return isStrict, files, err
}

// Read returns the values of files. Blank lines are skipped, as is a byte order
// mark at the beginning of a file. A line that is no JSON value, or none of type
// T, goes to the quarantine with its cause, and reading goes on behind it.
//
// What is wrong with the options is returned by the source's method Err() error,
// and by Splits.
func Read[T any](path string, opts ...Option) connect.Source[T] {
	s := &source[T]{call: file.Describe("jsonl.Read", path, opts)}
	var files []file.Option
	s.strict, files, s.err = configure(opts)
	s.Input = file.NewInput(path, files...)
	s.err = errors.Join(s.err, s.Input.Err())
	return s
}

type source[T any] struct {
	file.Input
	call   string
	strict bool
	err    error
}

func (s *source[T]) String() string { return s.call }

// Err says what is wrong with the options, or nil.
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
	lines, err := s.Input.Open(c, p)
	if err != nil {
		return nil, err
	}
	return &reader[T]{lines: lines, strict: s.strict}, nil
}

// reader reads one split.
type reader[T any] struct {
	lines  *file.Lines
	strict bool
	line   []byte // the copy of a line that is decoded; used again
	feed   feed
}

// Read implements connect.Reader.
func (r *reader[T]) Read(rows []T) (int, error) {
	n, err := r.fill(rows)
	if err != nil || n == len(rows) {
		return n, err
	}
	if err := r.lines.More(); err != nil {
		return n, err
	}
	m, err := r.fill(rows[n:])
	return n + m, err
}

// Close implements connect.Reader.
func (r *reader[T]) Close() error { return r.lines.Close() }

// fill decodes what is in memory.
func (r *reader[T]) fill(rows []T) (int, error) {
	n := 0
	for n < len(rows) {
		line, ok := r.lines.Next()
		if !ok {
			break
		}
		if r.lines.Offset() == 0 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if strings.Trim(line, " \t\r") == "" {
			continue
		}
		r.line = append(r.line[:0], line...)
		var zero T
		rows[n] = zero // decoding keeps what it does not find
		if err := r.decode(&rows[n]); err != nil {
			if err := r.lines.Reject(line, r.lines.Offset(), int64(len(line)), err.Error()); err != nil {
				return n, err
			}
			continue
		}
		n++
	}
	return n, nil
}

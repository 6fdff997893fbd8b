package parquet

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/parquet-go/parquet-go"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Write writes records into files part-00000.parquet, part-00001.parquet and so on
// in a directory, one for each subtask. T must be a struct. Pages are compressed
// with snappy; every column of a row group has its least and greatest value and an
// index of its pages with theirs. Strings are written with a dictionary as long as
// that has at most 1 MiB.
//
// A writer holds a row group in memory until that is complete, see [RowGroupSize].
//
// What is wrong with T or the options is returned by the sink's method
// Err() error, and by Prepare.
func Write[T any](dir string, opts ...Option) connect.Sink[T] {
	s := &sink[T]{call: file.Describe("parquet.Write", dir, opts)}
	c, files, err := configure(writing, opts)
	s.config, s.err = c, err
	s.Output = file.NewOutput(dir, ".parquet", files...)
	if s.err == nil {
		s.err = s.Output.Err()
	}
	if s.err == nil {
		s.fields, s.err = fieldsOf(reflect.TypeFor[T]())
	}
	if s.err == nil {
		s.schema, s.err = schemaOf(s.fields)
	}
	return s
}

type sink[T any] struct {
	file.Output
	call   string
	config config
	fields []*field
	schema *parquet.Schema
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

// dictionarySize is how large a dictionary becomes.
const dictionarySize = 1 << 20

func (s *sink[T]) Open(c connect.WriterContext) (connect.Writer[T], error) {
	if s.err != nil {
		return nil, s.err
	}
	out, err := file.NewWriter(s.Output, c, nil, func(dst []byte, piece *[]byte) ([]byte, error) {
		return append(dst, *piece...), nil
	}, nil)
	if err != nil {
		return nil, err
	}
	w := &writer[T]{
		out:    out,
		limit:  s.config.groupSize,
		strips: stripsOf(s.fields, nil, nil),
	}
	w.parquet = parquet.NewGenericWriter[any](&pieces{out: out}, s.schema,
		parquet.Compression(s.config.codec),
		parquet.PageBufferSize(s.config.pageSize),
		parquet.DictionaryMaxBytes(dictionarySize),
		parquet.CreatedBy("thalweg", "1", ""),
	)
	return w, nil
}

// pieces makes what the library writes the records of a file.
type pieces struct {
	out   *file.Writer[[]byte]
	piece [1][]byte
}

func (p *pieces) Write(b []byte) (int, error) {
	p.piece[0] = b
	if err := p.out.Write(p.piece[:]); err != nil {
		return 0, err
	}
	return len(b), nil
}

// writer writes the file of one subtask.
type writer[T any] struct {
	out     *file.Writer[[]byte]
	parquet *parquet.GenericWriter[any]
	strips  []*strip

	held  int // bytes of the row group, before they are encoded
	limit int // from which on a row group is written
	rows  int64
	err   error // the first failure; after it the file has a gap
}

// maxRows is how many records are taken apart at once. Pages can become larger than
// they should by so many values.
const maxRows = 128

// Write implements connect.Writer.
func (w *writer[T]) Write(rows []T) error {
	for len(rows) > 0 {
		n := min(len(rows), maxRows)
		if err := w.write(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (w *writer[T]) write(rows []T) (err error) {
	if w.err != nil {
		return w.err
	}
	defer w.note(&err)
	base := addressOf(rows)
	for _, s := range w.strips {
		if err := s.take(base, sizeOf[T](), len(rows)); err != nil {
			return w.explain(rows, err)
		}
	}
	for i, column := range w.parquet.ColumnWriters() {
		if _, err := column.WriteRowValues(w.strips[i].values); err != nil {
			return err
		}
		w.held += w.strips[i].bytes
	}
	w.rows += int64(len(rows))
	if w.held < w.limit {
		return nil
	}
	w.held = 0
	return w.parquet.Flush()
}

// explain finds out which of the rows it is that cannot be written.
func (w *writer[T]) explain(rows []T, err error) error {
	for i := range rows {
		for _, s := range w.strips {
			if err := s.take(addressOf(rows[i:]), sizeOf[T](), 1); err != nil {
				return fmt.Errorf("record %d: %w", w.rows+int64(i), err)
			}
		}
	}
	return err
}

// note keeps the first failure, also if it is a panic of the library.
func (w *writer[T]) note(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("encoding failed: %v", p)
	}
	if *err != nil {
		*err = fmt.Errorf("parquet: writing: %w", *err)
		w.err = *err
	}
}

// Flush does nothing: a file can be read only when it is complete.
func (w *writer[T]) Flush() error { return w.err }

// Close implements connect.Writer.
func (w *writer[T]) Close(complete bool) error {
	if !complete {
		return w.out.Close(false)
	}
	if err := w.finish(); err != nil {
		return errors.Join(err, w.out.Close(false))
	}
	return w.out.Close(true)
}

// finish writes the last row group and the footer.
func (w *writer[T]) finish() (err error) {
	if w.err != nil {
		return w.err
	}
	defer w.note(&err)
	return w.parquet.Close()
}

// Package parquet reads and writes Parquet files as structs. Floor 3.
//
//	type Order struct {
//		ID      int64
//		Placed  time.Time `parquet:"order_date"`
//		Price   int64     `parquet:"price,scale=2"` // in hundredths: DECIMAL(18, 2)
//		Note    *string                             // NULL is nil
//		Address struct{ City, Zip string }          // a group
//		Tags    []string                            // a list
//	}
//
//	parquet.Read[Order]("orders")
//	parquet.Read[Order]("orders", parquet.Where(func(o *Order) *int64 { return &o.ID }, parquet.AtLeast[int64](1000)))
//	parquet.Write[Order]("out", parquet.Zstd())
//
// The exported fields of the struct are its columns, those of embedded structs in
// their place. The tag parquet:"name" gives a column another name, parquet:"-"
// leaves a field out; it is the zero value then. A file's column belongs to the
// field of the same name, or else to the one whose name differs in case only.
// Columns of a file that T does not have are not read.
//
//	Go                         reads                                  writes
//	bool                       BOOLEAN                                BOOLEAN
//	int8…int64, uint8…uint64   integers that fit into it              INT(8…64, signed or not)
//	int32, with date           DATE                                   DATE
//	float32, float64           FLOAT, DOUBLE into float64 only        FLOAT, DOUBLE
//	string                     STRING, ENUM, JSON, plain bytes        STRING; the text must be UTF-8
//	[]byte                     all of these, UUID, BSON, fixed ones   BYTE_ARRAY
//	time.Time                  TIMESTAMP, DATE, INT96                 TIMESTAMP in UTC
//	time.Duration              TIME, INT64                            INT64
//	int64, int, float64        DECIMAL, see below                     DECIMAL, with scale
//	*V                         the same, and NULL                     the same, optional
//	struct, *struct            a group                                a group
//	[]V                        a list of values; NULL is nil          LIST
//
// Nothing is rounded, cut or wrapped around: a column whose type has values that
// the field's type has not is refused when the file is opened. The rest is found
// when it is met: what cannot be read goes to the quarantine, what cannot be
// written is an error.
//
// The tag's second part, behind a comma, says what the type cannot:
//
//   - unit=ns, us, ms or s: of a time.Time, how it is written; of a time.Duration,
//     how it is written and what a file's integers that have no unit mean.
//     Nanoseconds if absent; timestamps in seconds do not exist.
//   - date: a time.Time is written as DATE and must be midnight in UTC. An int32, or a
//     type based on it, holds the days since 1970-01-01 of a DATE and nothing else.
//   - scale=n: an int64 or int holds a decimal in units of 10^-n and is written as
//     DECIMAL(18, n).
//
// A DECIMAL(p, s) is read into an integer with scale n (0 without the tag) if
// s <= n and p+n-s <= 18; into a float64 if p <= 15, so that the nearest number
// that a float64 has still shows the same decimal. Where n is above 0, integers of
// 8, 16 and 32 bits are read as DECIMAL(3, 0), DECIMAL(5, 0) and DECIMAL(10, 0). A
// time without time zone is read as if its zone were UTC. Times are read in UTC.
//
// # What is skipped
//
// Only the columns of T's fields are read, with [Columns] only some of them. With
// [Where], row groups and pages whose statistics show that no row matches are
// not read either. This is exact: rows that do not match are dropped, too, so the
// result is the same without statistics. A NULL matches nothing.
//
// A program that filters with batch.Where right behind the source and goes on with
// batch.Pick or the like need not say any of that: what it needs is known.
//
// # Splits and bad input
//
// A split is one row group, or several neighbours that are small. A row with a
// NULL, in a field that is no pointer, or with a number that breaks the promise of
// its column's type, goes to the quarantine with its number in the file. A file
// that is damaged is an error that names it; so are pages of more than 256 MiB.
//
// See package file for which files are read. Strings, bytes and values behind
// pointers share memory with their neighbours, as much as a page or a dictionary
// has; clone one to keep it for long.
package parquet

import (
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Read returns the records of files. T must be a struct.
//
// What is wrong with T or the options is returned by the source's method
// Err() error, and by Splits; what is wrong with a file is returned by Splits,
// which reads the footers of all files.
func Read[T any](path string, opts ...Option) connect.Source[T] {
	s := &source[T]{call: file.Describe("parquet.Read", path, opts)}
	var files []file.Option
	s.config, files, s.err = configure(reading, opts)
	s.input = file.NewInput(path, files...).Whole()
	if s.err == nil {
		s.err = s.input.Err()
	}
	if s.err == nil {
		s.fields, s.err = fieldsOf(reflect.TypeFor[T]())
	}
	if s.err == nil {
		s.err = s.config.choose(s.fields, reflect.TypeFor[T]())
	}
	for _, w := range s.config.where {
		if s.err != nil {
			break
		}
		c, ok := w.(condition[T])
		if !ok {
			s.err = fmt.Errorf("parquet: %s is about another type than %s", w, reflect.TypeFor[T]())
			break
		}
		s.where = append(s.where, c)
		for _, at := range c.places() {
			s.err = s.config.need(s.fields, at, reflect.TypeFor[T]())
		}
	}
	return s
}

type source[T any] struct {
	input  file.Input
	call   string
	config config
	fields []*field
	where  []condition[T]
	err    error
	counts counts
}

// counts says what was read; tests look at it.
type counts struct {
	groups, skippedGroups atomic.Int64 // row groups
	pages                 atomic.Int64 // data pages that were decoded
}

func (s *source[T]) String() string { return s.call }

// Err says what is wrong with the type or the options, or nil.
func (s *source[T]) Err() error { return s.err }

// Bounded reports that files end.
func (s *source[T]) Bounded() bool { return true }

// Repeatable implements connect.Repeatable: files do not change while a job runs.
func (s *source[T]) Repeatable() bool { return true }

// bind finds the columns of a file to read.
func (s *source[T]) bind(o *opened) (*plan, error) {
	var places []place
	var asks []asking
	for _, w := range s.where {
		places, asks = append(places, w.places()...), append(asks, w.asks()...)
	}
	return bind(o, s.fields, places, asks)
}

// recovered turns a panic about the content of a file into an error: the decoders
// of the library, and those here, may index with what a file says.
func recovered(path string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("parquet: %s is malformed: %v", path, p)
	}
}

// Package memory has the sources and sinks that need nothing outside of the
// program: slices, generated sequences, collected results, standard output, and
// nothing at all. Floor 2.
package memory

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/thalweg/thalweg/connect"
)

// Slice returns a source of the given records. Subtasks read consecutive parts of
// it. The slice must not change while the job runs.
func Slice[T any](rows []T) connect.Source[T] { return sliceSource[T]{rows} }

type sliceSource[T any] struct{ rows []T }

func (s sliceSource[T]) String() string { return fmt.Sprintf("slice of %d", len(s.rows)) }

func (s sliceSource[T]) Bounded() bool { return true }

// span is a part of a slice or of a sequence: from From up to, not including, To.
type span struct{ From, To int64 }

func (s span) split() connect.Split {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // two integers always marshal
	}
	return connect.Split{ID: fmt.Sprintf("%d-%d", s.From, s.To), Size: s.To - s.From, Data: data}
}

func spanOf(p connect.Split) (s span, err error) {
	if err := json.Unmarshal(p.Data, &s); err != nil {
		return s, fmt.Errorf("split %s: %w", p.ID, err)
	}
	return s, nil
}

// resumed returns where to read from: the beginning, or the position of the split.
func (s span) resumed(p connect.Split) (from int64, err error) {
	if len(p.Position) == 0 {
		return s.From, nil
	}
	if err := json.Unmarshal(p.Position, &from); err != nil || from < s.From || from > s.To {
		return 0, fmt.Errorf("split %s has the position %q, which is none of it", p.ID, p.Position)
	}
	return from, nil
}

// spans divides a range into at most n parts of nearly equal size.
func spans(from, to int64, n int) []connect.Split {
	var splits []connect.Split
	for left := int64(n); from < to; left-- {
		end := from + (to-from+left-1)/left
		splits = append(splits, span{from, end}.split())
		from = end
	}
	return splits
}

func (s sliceSource[T]) Splits(c connect.SplitContext) ([]connect.Split, error) {
	return spans(0, int64(len(s.rows)), c.Parallelism()), nil
}

// Size implements connect.Sized.
func (s sliceSource[T]) Size(connect.SplitContext) (connect.Size, error) {
	return connect.Size{Records: int64(len(s.rows)), Bytes: -1}, nil
}

// Sample implements connect.Sampled.
func (s sliceSource[T]) Sample(places int) connect.Source[T] {
	return newSpread[T](s, int64(len(s.rows)), places, func(i int64) T { return s.rows[i] })
}

func (s sliceSource[T]) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[T], error) {
	part, err := spanOf(p)
	if err != nil {
		return nil, err
	}
	if part.From < 0 || part.From > part.To || part.To > int64(len(s.rows)) {
		return nil, fmt.Errorf("split %s is outside of a slice of %d", p.ID, len(s.rows))
	}
	from, err := part.resumed(p)
	if err != nil {
		return nil, err
	}
	return &sliceReader[T]{c: c, rows: s.rows[from:part.To], next: from}, nil
}

type sliceReader[T any] struct {
	c    connect.ReaderContext
	rows []T
	next int64 // the number of rows[0] in the slice
}

func (r *sliceReader[T]) Read(rows []T) (int, error) {
	n := copy(rows, r.rows)
	r.rows, r.next = r.rows[n:], r.next+int64(n)
	r.c.AddBytes(int64(n))
	if len(r.rows) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// Position implements connect.Positioned.
func (r *sliceReader[T]) Position() ([]byte, error) { return json.Marshal(r.next) }

func (r *sliceReader[T]) Close() error { return nil }

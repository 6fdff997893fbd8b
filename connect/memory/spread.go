package memory

import (
	"fmt"
	"io"

	"github.com/thalweg/thalweg/connect"
)

// placeRows is how many records a place of a sample has.
const placeRows = 64

// spread is a sample of n records that are found by number. They stand at equal
// distances, and the places take them in turn, so that each place has some of the whole
// range: what stands together in it is not together in a place.
type spread[T any] struct {
	connect.Source[T]
	n      int64
	places int64
	at     func(int64) T
}

// newSpread returns a sample of a source with n records, or the source if there are not
// more than a sample would have.
func newSpread[T any](of connect.Source[T], n int64, places int, at func(int64) T) connect.Source[T] {
	s := &spread[T]{of, n, int64(max(places, 1)), at}
	if n <= s.places*placeRows {
		return of
	}
	return s
}

func (s *spread[T]) Splits(connect.SplitContext) ([]connect.Split, error) {
	splits := make([]connect.Split, s.places)
	for i := range splits {
		splits[i] = span{int64(i), s.places * placeRows}.split()
		splits[i].Size = placeRows
	}
	return splits, nil
}

func (s *spread[T]) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[T], error) {
	part, err := spanOf(p)
	if err == nil && (part.From < 0 || part.From >= s.places || part.To != s.places*placeRows) {
		err = fmt.Errorf("split %s is no place of a sample of %d", p.ID, s.places)
	}
	if err != nil {
		return nil, err
	}
	return &spreadReader[T]{c: c, s: s, next: part.From}, nil
}

type spreadReader[T any] struct {
	c    connect.ReaderContext
	s    *spread[T]
	next int64 // number in the sample
}

func (r *spreadReader[T]) Read(rows []T) (n int, err error) {
	all := r.s.places * placeRows
	for ; n < len(rows) && r.next < all; r.next += r.s.places {
		rows[n] = r.s.at(r.s.n/all*r.next + r.s.n%all*r.next/all)
		n++
	}
	r.c.AddBytes(int64(n))
	if r.next >= all {
		return n, io.EOF
	}
	return n, nil
}

func (r *spreadReader[T]) Close() error { return nil }

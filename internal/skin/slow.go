package skin

import "github.com/thalweg/thalweg/connect"

// slow makes a source start with one record and double that up to slowest, so that who
// watches the clock between batches sees early what a record costs.
type slow[T any] struct{ connect.Source[T] }

// slowest is the most records of a batch.
const slowest = 64

func (s slow[T]) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[T], error) {
	r, err := s.Source.Open(c, p)
	if err != nil {
		return nil, err
	}
	return &slowReader[T]{r, 1}, nil
}

type slowReader[T any] struct {
	connect.Reader[T]
	most int
}

func (r *slowReader[T]) Read(rows []T) (int, error) {
	n, err := r.Reader.Read(rows[:min(len(rows), r.most)])
	r.most = min(2*r.most, slowest)
	return n, err
}

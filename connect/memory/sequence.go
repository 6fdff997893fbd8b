package memory

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/thalweg/thalweg/connect"
)

// Sequence returns a source of the numbers from up to, but not including, to.
// perSecond, if positive, is how many the whole source emits in a second; each
// subtask emits its share, every number when it is due.
func Sequence(from, to int64, perSecond float64) connect.Source[int64] {
	return sequence{from, to, perSecond}
}

type sequence struct {
	from, to  int64
	perSecond float64
}

func (s sequence) String() string {
	name := fmt.Sprintf("sequence %d to %d", s.from, s.to)
	if s.perSecond > 0 {
		name += fmt.Sprintf(" at %g/s", s.perSecond)
	}
	return name
}

func (s sequence) Bounded() bool { return true }

func (s sequence) Splits(c connect.SplitContext) ([]connect.Split, error) {
	if s.from > s.to {
		return nil, fmt.Errorf("a sequence from %d to %d runs backwards", s.from, s.to)
	}
	parts := c.Parallelism()
	if s.perSecond <= 0 {
		parts *= 8 // so that no subtask is long behind the others
	}
	return spans(s.from, s.to, parts), nil
}

// Size implements connect.Sized.
func (s sequence) Size(connect.SplitContext) (connect.Size, error) {
	return connect.Size{Records: s.length(), Bytes: -1}, nil
}

// length is how many numbers there are, as far as that can be said.
func (s sequence) length() int64 {
	n := s.to - s.from
	switch {
	case s.from >= s.to:
		return 0
	case n < 0:
		return math.MaxInt64
	}
	return n
}

// Sample implements connect.Sampled. The numbers of a sample are there at once.
func (s sequence) Sample(places int) connect.Source[int64] {
	s.perSecond = 0
	return newSpread[int64](s, s.length(), places, func(i int64) int64 { return s.from + i })
}

func (s sequence) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[int64], error) {
	part, err := spanOf(p)
	if err != nil {
		return nil, err
	}
	from, err := part.resumed(p)
	if err != nil {
		return nil, err
	}
	r := &sequenceReader{c: c, first: from, next: from, end: part.To}
	if s.perSecond > 0 {
		r.interval = time.Duration(float64(time.Second) * float64(c.Parallelism()) / s.perSecond)
		r.start = c.Now()
	}
	return r, nil
}

type sequenceReader struct {
	c                connect.ReaderContext
	first, next, end int64
	interval         time.Duration // between two numbers; 0: none
	start            time.Time     // when first is due
}

func (r *sequenceReader) Read(rows []int64) (int, error) {
	n := min(int64(len(rows)), r.end-r.next)
	if r.interval > 0 {
		due := int64(r.c.Now().Sub(r.start)/r.interval) + 1 - (r.next - r.first)
		n = min(n, due)
	}
	for i := range rows[:n] {
		rows[i] = r.next + int64(i)
	}
	r.next += n
	r.c.AddBytes(n)
	switch {
	case r.next == r.end:
		return int(n), io.EOF
	case r.interval > 0:
		r.c.WakeAt(r.start.Add(time.Duration(r.next-r.first) * r.interval))
		return int(n), connect.Wait
	}
	return int(n), nil
}

// Position implements connect.Positioned.
func (r *sequenceReader) Position() ([]byte, error) { return json.Marshal(r.next) }

func (r *sequenceReader) Close() error { return nil }

package step

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// Read reads the splits of a source. Output 0 has the records, output 1 the
// rejected pieces of input. More than budget rejected pieces fail the subtask; a
// negative budget is none.
func Read[T any](source connect.Source[T], budget int64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		r := &recordReader[T]{out: output[T](w, 0), buf: make([]T, operator.BatchSize[T]())}
		return operator.Instance{Body: &sourceStep{
			guard:    guard{ctx: w.Context},
			helpers:  host.NewGroup(w.Context.Spec().Host),
			budget:   budget,
			rejected: output[connect.Rejected](w, 1),
			open: func(ctx connect.ReaderContext, split connect.Split) (io.Closer, error) {
				var err error
				r.reader, err = source.Open(ctx, split)
				return r.reader, err
			},
			read: func() (int, error) { return r.reader.Read(r.buf) },
			emit: func(n int) error { return r.out.Collect(r.buf[:n]) },
		}}, nil
	}
}

// recordReader is what a source step has of its record type.
type recordReader[T any] struct {
	reader connect.Reader[T]
	out    operator.Collector[T]
	buf    []T
}

// sourceStep is not generic: see [Element].
type sourceStep struct {
	guard
	budget   int64
	rejected operator.Collector[connect.Rejected]

	open func(connect.ReaderContext, connect.Split) (io.Closer, error)
	read func() (int, error) // fills a buffer from the open reader
	emit func(n int) error   // sends the first n records of the buffer

	split   connect.Split
	helpers *host.Group // the reader's goroutines
	reader  io.Closer   // nil between splits
	wakeAt  time.Time
}

func (s *sourceStep) Poll() (operator.Status, time.Time, error) {
	if s.reader == nil {
		split, ok, done := s.ctx.Spec().Splits.Next()
		switch {
		case done:
			return operator.Ended, time.Time{}, nil
		case !ok:
			return operator.Idle, time.Time{}, nil
		}
		if err := s.begin(split); err != nil {
			return 0, time.Time{}, err
		}
	}
	n, err := s.fill()
	if n > 0 {
		if err := s.emit(n); err != nil {
			return 0, time.Time{}, err
		}
	}
	switch {
	case err == nil:
		return operator.More, time.Time{}, nil
	case err == io.EOF: // wrapped, it would be an error of the reader's
		return operator.More, time.Time{}, s.closeReader()
	case errors.Is(err, connect.Wait):
		return operator.Idle, s.wakeAt, nil
	}
	return 0, time.Time{}, s.ctx.Fail(fmt.Errorf("split %s: %w", s.split.ID, err), -1, nil)
}

func (s *sourceStep) begin(split connect.Split) error {
	s.split = split
	return protect(s.ctx, func() error {
		reader, err := s.open(readerContext{s}, split)
		if err != nil {
			return fmt.Errorf("split %s: %w", split.ID, err)
		}
		s.reader = reader
		return nil
	})
}

func (s *sourceStep) fill() (n int, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, s.base, nil)
		}
		s.base += int64(n)
	}()
	s.wakeAt = time.Time{}
	return s.read()
}

func (s *sourceStep) closeReader() error {
	r := s.reader
	if r == nil {
		return nil
	}
	s.reader = nil
	err := protect(s.ctx, r.Close)
	s.helpers.Wait()
	return err
}

func (s *sourceStep) Close(bool) error { return s.closeReader() }

// readerContext is the connect.ReaderContext of a source's readers.
type readerContext struct{ s *sourceStep }

func (c readerContext) Subtask() int         { return c.s.ctx.Subtask() }
func (c readerContext) Parallelism() int     { return c.s.ctx.Parallelism() }
func (c readerContext) Files() connect.Files { return c.s.ctx.Spec().Host.Files() }
func (c readerContext) Now() time.Time       { return c.s.ctx.Now() }
func (c readerContext) Go(f func())          { c.s.helpers.Go(f) }
func (c readerContext) Wake()                { c.s.ctx.Spec().Wake() }
func (c readerContext) WakeAt(t time.Time)   { c.s.wakeAt = t }
func (c readerContext) AddBytes(n int64)     { c.s.ctx.Spec().Meter.BytesIn.Add(n) }

func (c readerContext) Dial(network, address string) (net.Conn, error) {
	return c.s.ctx.Spec().Host.Dial(c.s.ctx.Job(), network, address)
}

func (c readerContext) Quarantine(r connect.Rejected) error {
	s := c.s
	r.Operator = s.ctx.Name()
	if r.Size == 0 {
		r.Size = int64(len(r.Input))
	}
	r.Input = append([]byte(nil), r.Input[:min(len(r.Input), connect.MaxRejectedInput)]...)
	rejected := s.ctx.Spec().Meter.Quarantined.Add(1)
	s.ctx.Spec().Reject(r)
	if err := s.rejected.Collect([]connect.Rejected{r}); err != nil && !errors.Is(err, operator.ErrDone) {
		return err
	}
	if s.budget >= 0 && rejected > s.budget {
		return &BudgetError{Budget: s.budget, Rejected: rejected, Last: r}
	}
	return nil
}

// BudgetError says that a source has rejected more of its input than the program
// allows.
type BudgetError struct {
	Budget, Rejected int64
	Last             connect.Rejected
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("it rejected %d pieces of input, more than its budget of %d; the last one: %s", e.Rejected, e.Budget, e.Last)
}

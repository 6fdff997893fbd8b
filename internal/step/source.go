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
		s := &sourceStep[T]{
			guard:    guard{ctx: w.Context},
			source:   source,
			helpers:  host.NewGroup(w.Context.Spec().Host),
			budget:   budget,
			out:      output[T](w, 0),
			rejected: output[connect.Rejected](w, 1),
			buf:      make([]T, operator.BatchSize[T]()),
		}
		return operator.Instance{Body: s}, nil
	}
}

type sourceStep[T any] struct {
	guard
	source   connect.Source[T]
	budget   int64
	out      operator.Collector[T]
	rejected operator.Collector[connect.Rejected]

	split   connect.Split
	helpers *host.Group       // the reader's goroutines
	reader  connect.Reader[T] // nil between splits
	wakeAt  time.Time
	buf     []T
}

func (s *sourceStep[T]) Poll() (operator.Status, time.Time, error) {
	if s.reader == nil {
		split, ok, done := s.ctx.Spec().Splits.Next()
		switch {
		case done:
			return operator.Ended, time.Time{}, nil
		case !ok:
			return operator.Idle, time.Time{}, nil
		}
		if err := s.open(split); err != nil {
			return 0, time.Time{}, err
		}
	}
	n, err := s.read()
	if n > 0 {
		if err := s.out.Collect(s.buf[:n]); err != nil {
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

func (s *sourceStep[T]) open(split connect.Split) error {
	s.split = split
	return protect(s.ctx, func() (err error) {
		s.reader, err = s.source.Open(readerContext[T]{s}, split)
		if err != nil {
			s.reader = nil
			return fmt.Errorf("split %s: %w", split.ID, err)
		}
		return nil
	})
}

func (s *sourceStep[T]) read() (n int, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, s.base, nil)
		}
		s.base += int64(n)
	}()
	s.wakeAt = time.Time{}
	return s.reader.Read(s.buf)
}

func (s *sourceStep[T]) closeReader() error {
	r := s.reader
	if r == nil {
		return nil
	}
	s.reader = nil
	err := protect(s.ctx, r.Close)
	s.helpers.Wait()
	return err
}

func (s *sourceStep[T]) Close(bool) error { return s.closeReader() }

// readerContext is the connect.ReaderContext of a source's readers.
type readerContext[T any] struct{ s *sourceStep[T] }

func (c readerContext[T]) Subtask() int         { return c.s.ctx.Subtask() }
func (c readerContext[T]) Parallelism() int     { return c.s.ctx.Parallelism() }
func (c readerContext[T]) Files() connect.Files { return c.s.ctx.Spec().Host.Files() }
func (c readerContext[T]) Now() time.Time       { return c.s.ctx.Now() }
func (c readerContext[T]) Go(f func())          { c.s.helpers.Go(f) }
func (c readerContext[T]) Wake()                { c.s.ctx.Spec().Wake() }
func (c readerContext[T]) WakeAt(t time.Time)   { c.s.wakeAt = t }
func (c readerContext[T]) AddBytes(n int64)     { c.s.ctx.Spec().Meter.BytesIn.Add(n) }

func (c readerContext[T]) Dial(network, address string) (net.Conn, error) {
	return c.s.ctx.Spec().Host.Dial(c.s.ctx.Job(), network, address)
}

func (c readerContext[T]) Quarantine(r connect.Rejected) error {
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

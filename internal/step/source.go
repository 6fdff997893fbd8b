package step

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// Read reads the splits of a source. Output 0 has the records, output 1 the
// rejected pieces of input. More than budget rejected pieces fail the subtask; a
// negative budget is none.
func Read[T any](source connect.Source[T], budget int64) operator.Factory {
	together := func(int) int { return 1 }
	if s, ok := source.(connect.Interleaved); ok {
		together = s.Together
	}
	repeats := false
	if s, ok := source.(connect.Repeatable); ok {
		repeats = s.Repeatable()
	}
	return func(w operator.Wiring) (operator.Instance, error) {
		r := &recordReader[T]{out: output[T](w, 0), buf: make([]T, operator.BatchSize[T]())}
		return operator.Instance{Body: &sourceStep{
			guard:    guard{ctx: w.Context},
			helpers:  host.NewGroup(w.Context.Spec().Host),
			budget:   budget,
			rejected: output[connect.Rejected](w, 1),
			together: max(together(w.Context.Parallelism()), w.Context.Spec().Together, 1),
			lane:     w.Context.Lane(),
			repeats:  repeats,
			open: func(ctx connect.ReaderContext, split connect.Split) (reader, error) {
				opened, err := source.Open(ctx, split)
				if err != nil {
					return reader{}, err
				}
				next := reader{Closer: opened}
				next.read = func(most int64) (int, error) { return opened.Read(r.buf[:min(most, int64(len(r.buf)))]) }
				if p, ok := opened.(connect.Positioned); ok {
					next.at = p.Position
				}
				return next, nil
			},
			emit: func(n int) error { return r.out.Collect(r.buf[:n]) },
		}}, nil
	}
}

// recordReader is what a source step has of its record type.
type recordReader[T any] struct {
	out operator.Collector[T]
	buf []T
}

// sourceStep reads its splits one after the other, or several side by side: one batch
// of each in turn. It is not generic: see [Element].
//
// If others watch the splits it asks while it still reads whether there are more, so that
// it knows in time which is the last. It does not take one before it can read it: another
// subtask can, and splits that do not end would never be read.
type sourceStep struct {
	guard
	budget   int64
	rejected operator.Collector[connect.Rejected]
	together int  // splits that are read side by side
	repeats  bool // splits give the same records whenever they are read
	lane     *operator.Lane

	open func(connect.ReaderContext, connect.Split) (reader, error)
	emit func(n int) error // sends the first n records of the buffer

	helpers *host.Group // the readers' goroutines
	reading []*splitReader
	turn    int  // whose turn it is
	begun   int  // splits so far
	last    bool // there are no more
}

// reader is a connect.Reader without its type: read fills the buffer of the step.
type reader struct {
	io.Closer
	read func(most int64) (int, error)

	at func() ([]byte, error) // see connect.Positioned; nil: the reader does not say
}

// splitReader is a split that is being read.
type splitReader struct {
	reader
	step   *sourceStep
	split  connect.Split
	number int
	wakeAt time.Time

	// What has come of it since its beginning, or its position. The first ones, as many as
	// the split says are to be skipped, were sent before the job went on from a checkpoint.
	records, rejected int64
}

// position returns the split as it is to be read on.
func (r *splitReader) position() (connect.Split, error) {
	split := r.split
	switch {
	case r.at == nil && !r.step.repeats:
		return split, nil // it goes on with what comes
	case r.at == nil:
		// It may not have come to where it was at the checkpoint before.
		split.Skip, split.SkipRejected = max(split.Skip, r.records), max(split.SkipRejected, r.rejected)
		return split, nil
	}
	at, err := r.at()
	if err != nil {
		return split, fmt.Errorf("split %s: its position: %w", split.ID, err)
	}
	split.Position, split.Skip, split.SkipRejected = at, 0, 0
	return split, nil
}

func (s *sourceStep) Poll() (operator.Status, time.Time, error) {
	if err := s.take(); err != nil {
		return 0, time.Time{}, err
	}
	if len(s.reading) == 0 {
		if s.last {
			return operator.Ended, time.Time{}, nil
		}
		return operator.Idle, time.Time{}, nil
	}
	var wakeAt time.Time
	for range s.reading {
		r := s.reading[s.turn]
		s.turn = (s.turn + 1) % len(s.reading)
		if s.held(r) {
			continue
		}
		n, err := s.fill(r)
		if n > 0 {
			s.lane.Split = r.number
			if err := s.emit(n); err != nil {
				return 0, time.Time{}, err
			}
		}
		switch {
		case err == nil:
			return operator.More, time.Time{}, nil
		case err == io.EOF: // wrapped, it would be an error of the reader's
			return operator.More, time.Time{}, s.end(r)
		case errors.Is(err, connect.Wait):
			wakeAt = earlierTime(wakeAt, r.wakeAt)
		default:
			return 0, time.Time{}, s.ctx.Fail(fmt.Errorf("split %s: %w", r.split.ID, err), -1, nil)
		}
	}
	return operator.Idle, wakeAt, nil
}

// held reports whether somebody wants the split not to be read now.
func (s *sourceStep) held(r *splitReader) bool {
	held := false
	for _, h := range s.lane.Holders {
		held = h.Held(r.number) || held
	}
	return held
}

// earlierTime returns the earlier of two times; the zero time is never.
func earlierTime(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// take begins splits as long as there is room for them and there are any.
func (s *sourceStep) take() error {
	for !s.last && len(s.reading) < s.together {
		split, ok, done := s.ctx.Spec().Splits.Next()
		switch {
		case done:
			s.noMore()
			return nil
		case !ok:
			return nil
		}
		if err := s.begin(split); err != nil {
			return err
		}
	}
	if !s.last && len(s.lane.Watchers) > 0 && s.ctx.Spec().Splits.Last() {
		s.noMore()
	}
	return nil
}

// noMore notes, and tells others, that there are no splits but those that have begun.
func (s *sourceStep) noMore() {
	s.last = true
	for _, w := range s.lane.Watchers {
		w.LastSplitBegun()
	}
}

// Progress implements operator.SplitSource.
func (s *sourceStep) Progress() (begun int, reading []connect.Split, err error) {
	for _, r := range s.reading {
		split := r.split
		if err := protect(s.ctx, func() (err error) { split, err = r.position(); return err }); err != nil {
			return 0, nil, err
		}
		reading = append(reading, split)
	}
	return s.begun, reading, nil
}

func (s *sourceStep) begin(split connect.Split) error {
	r := &splitReader{step: s, split: split, number: s.begun}
	s.lane.Early = split.Later > 0
	s.begun++
	for _, w := range s.lane.Watchers {
		w.SplitBegun(r.number, split.ID)
	}
	return protect(s.ctx, func() (err error) {
		if r.reader, err = s.open(readerContext{r}, split); err != nil {
			return fmt.Errorf("split %s: %w", split.ID, err)
		}
		s.reading = append(s.reading, r)
		return nil
	})
}

func (s *sourceStep) fill(r *splitReader) (n int, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, s.base, nil)
		}
		s.base += int64(n)
	}()
	r.wakeAt = time.Time{}
	if left := r.split.Skip - r.records; left > 0 {
		n, err = r.read(left)
		r.records += int64(n)
		return 0, err
	}
	n, err = r.read(math.MaxInt64)
	r.records += int64(n)
	return n, err
}

// end closes the reader of a split that is read.
func (s *sourceStep) end(r *splitReader) error {
	s.reading = slices.DeleteFunc(s.reading, func(other *splitReader) bool { return other == r })
	s.turn = 0
	err := protect(s.ctx, r.Close)
	if len(s.reading) == 0 {
		s.helpers.Wait()
	}
	for _, w := range s.lane.Watchers {
		w.SplitEnded(r.number)
	}
	s.tell(r.split)
	return err
}

func (s *sourceStep) Close(bool) error {
	var first error
	for _, r := range s.reading {
		if err := protect(s.ctx, r.Close); first == nil {
			first = err
		}
	}
	for _, r := range s.reading {
		s.tell(r.split)
	}
	s.reading = nil
	s.helpers.Wait()
	return first
}

// tell says that a split has been read, or will not be read further, if others wait for it.
func (s *sourceStep) tell(split connect.Split) {
	if reader, ok := s.ctx.Spec().Splits.(operator.SplitReader); ok && split.Later > 0 {
		reader.Read(split)
	}
}

// readerContext is the connect.ReaderContext of a source's readers.
type readerContext struct{ r *splitReader }

func (c readerContext) Subtask() int         { return c.r.step.ctx.Subtask() }
func (c readerContext) Parallelism() int     { return c.r.step.ctx.Parallelism() }
func (c readerContext) Files() connect.Files { return c.r.step.ctx.Spec().Host.Files() }
func (c readerContext) Now() time.Time       { return c.r.step.ctx.Now() }
func (c readerContext) Go(f func())          { c.r.step.helpers.Go(f) }
func (c readerContext) Wake()                { c.r.step.ctx.Spec().Wake() }
func (c readerContext) WakeAt(t time.Time)   { c.r.wakeAt = t }
func (c readerContext) AddBytes(n int64)     { c.r.step.ctx.Spec().Meter.BytesIn.Add(n) }

func (c readerContext) Dial(network, address string) (net.Conn, error) {
	return c.r.step.ctx.Spec().Host.Dial(c.r.step.ctx.Job(), network, address)
}

func (c readerContext) Quarantine(r connect.Rejected) error {
	s := c.r.step
	if c.r.rejected++; c.r.rejected <= c.r.split.SkipRejected {
		return nil // it has been put aside already
	}
	r.Operator = s.ctx.Name()
	if r.Size == 0 {
		r.Size = int64(len(r.Input))
	}
	r.Input = append([]byte(nil), r.Input[:min(len(r.Input), connect.MaxRejectedInput)]...)
	s.ctx.Spec().Reject(r)
	if s.ctx.Quarantines() {
		if err := s.putAside(r); err != nil {
			return err
		}
	} else {
		s.ctx.Spec().Meter.Quarantined.Add(1)
	}
	rejected := s.ctx.Spec().Meter.Quarantined.Load()
	if err := s.rejected.Collect([]connect.Rejected{r}); err != nil && !errors.Is(err, operator.ErrDone) {
		return err
	}
	if s.budget >= 0 && rejected > s.budget {
		return &BudgetError{Budget: s.budget, Rejected: rejected, Last: r}
	}
	return nil
}

// putAside puts a piece of input into the quarantine.
func (s *sourceStep) putAside(r connect.Rejected) error {
	return s.ctx.Quarantine(nil, &quarantine.Entry{
		Kind: quarantine.Decode, Input: -1, Number: -1, Time: operator.NoTime, Cause: r.Cause,
		Source: r.Origin, Offset: r.Offset, Size: r.Size, Piece: r.Input,
	}, nil, nil)
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

package step

import (
	"context"
	"net"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
)

// Write hands records to a sink's writer.
func Write[T any](sink connect.Sink[T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&sinkStep[T]{ctx: w.Context, sink: sink}), nil
	}
}

type sinkStep[T any] struct {
	ctx    *operator.Context
	sink   connect.Sink[T]
	writer connect.Writer[T]
	dirty  bool // something was written since the last flush
}

func (s *sinkStep[T]) Open() error {
	return protect(s.ctx, func() (err error) {
		s.writer, err = s.sink.Open(writerContext{s.ctx})
		if err != nil {
			s.writer = nil
		}
		return err
	})
}

func (s *sinkStep[T]) Collect(rows []T) (err error) {
	s.dirty = true
	defer func() {
		if caught := recover(); caught != nil {
			err = s.ctx.Recovered(caught, -1, nil)
		}
	}()
	if err := s.writer.Write(rows); err != nil {
		return s.ctx.Fail(err, -1, nil)
	}
	return nil
}

func (s *sinkStep[T]) Flush() error {
	if !s.dirty {
		return nil
	}
	s.dirty = false
	return protect(s.ctx, s.writer.Flush)
}

func (s *sinkStep[T]) Close(complete bool) error {
	if s.writer == nil {
		return nil
	}
	w := s.writer
	s.writer = nil
	return protect(s.ctx, func() error { return w.Close(complete) })
}

// writerContext is the connect.WriterContext of a sink's writer.
type writerContext struct{ ctx *operator.Context }

func (c writerContext) Subtask() int         { return c.ctx.Subtask() }
func (c writerContext) Parallelism() int     { return c.ctx.Parallelism() }
func (c writerContext) Job() string          { return c.ctx.Spec().JobID }
func (c writerContext) Files() connect.Files { return c.ctx.Spec().Host.Files() }
func (c writerContext) AddBytes(n int64)     { c.ctx.Spec().Meter.BytesOut.Add(n) }

// Dial connects to a server. The connection is closed when the job is cancelled,
// so that no write to it lasts longer.
func (c writerContext) Dial(network, address string) (net.Conn, error) {
	job := c.ctx.Job()
	conn, err := c.ctx.Spec().Host.Dial(job, network, address)
	if err != nil {
		return nil, err
	}
	forget := context.AfterFunc(job, func() { _ = conn.Close() })
	c.ctx.OnClose(func() error { forget(); return nil })
	return conn, nil
}

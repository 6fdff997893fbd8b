package step

import (
	"context"
	"errors"
	"net"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// Write hands records to a sink's writer.
func Write[T any](sink connect.Sink[T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &sinkStep[T]{body: &sinkBody{ctx: w.Context}, in: w.In(0)}
		s.body.open = func(ctx connect.WriterContext) (sinkEnd, error) {
			var err error
			s.writer, err = sink.Open(ctx)
			return s.writer, err
		}
		if r, ok := sink.(connect.Resumable[T]); ok {
			s.body.resume = func(ctx connect.WriterContext, positions [][]byte) (sinkEnd, error) {
				var err error
				s.writer, err = r.Resume(ctx, positions)
				return s.writer, err
			}
		}
		return operator.Instance{Inputs: []any{s}, Body: s.body}, nil
	}
}

// sinkStep is the sink's collector.
type sinkStep[T any] struct {
	body   *sinkBody
	writer connect.Writer[T]
	in     *operator.Stamps
	base   int64 // records received before
}

func (s *sinkStep[T]) Collect(rows []T) error {
	s.body.dirty = true
	times := timesOf(s.in)
	for {
		err := s.write(rows)
		refused, ok := err.(*connect.Refused)
		if !ok || refused.Row < 0 || refused.Row >= len(rows) {
			s.base += int64(len(rows))
			return s.body.ctx.Fail(err, -1, nil)
		}
		at := refused.Row
		if err := s.refuse(refused, &rows[at], s.base+int64(at), timeAt(times, at)); err != nil {
			return err
		}
		s.base += int64(at + 1)
		if rows, times = rows[at+1:], timesFrom(times, at+1); len(rows) == 0 {
			return nil
		}
	}
}

func (s *sinkStep[T]) write(rows []T) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = s.body.ctx.Recovered(caught, -1, nil)
		}
	}()
	return s.writer.Write(rows)
}

// refuse puts a record aside that the writer cannot write, or fails the job.
func (s *sinkStep[T]) refuse(r *connect.Refused, row *T, number, time int64) error {
	ctx, show := s.body.ctx, func() any { return *row }
	if !ctx.Quarantines() {
		err := ctx.Fail(r, number, show)
		if failure, ok := err.(*operator.Failure); ok {
			failure.Spares, failure.Stack = true, r.Stack
		}
		return err
	}
	e := &quarantine.Entry{Kind: quarantine.Sink, Number: number, Cause: r.Error(), Stack: r.Stack}
	if time != operator.NoTime {
		e.Timed, e.Time = true, time
	}
	schema, err := encode(row, e)
	if err != nil {
		return ctx.Fail(errors.Join(err, r), number, show)
	}
	return ctx.Quarantine(nil, e, schema, show)
}

// sinkBody is what a sink does beside writing: the same for all record types.
type sinkBody struct {
	ctx   *operator.Context
	open  func(connect.WriterContext) (sinkEnd, error)
	end   sinkEnd // of the open writer; nil if there is none
	dirty bool    // something was written since the last flush

	resume func(connect.WriterContext, [][]byte) (sinkEnd, error) // nil: the sink takes nothing back
	sync   func() error                                           // of the last snapshot; nil: nothing is to be done
}

// sinkEnd is the part of a connect.Writer without records.
type sinkEnd interface {
	Flush() error
	Close(complete bool) error
}

func (s *sinkBody) Open() error {
	if s.resume != nil && s.ctx.Spec().Restores {
		return nil // Restore opens it
	}
	return protect(s.ctx, func() error {
		end, err := s.open(writerContext{s.ctx})
		if err == nil {
			s.end = end
		}
		return err
	})
}

// Snapshot implements operator.Stateful: the position of the output. What cannot be taken
// back is made visible: of that, too, nothing is missing after the checkpoint.
func (s *sinkBody) Snapshot() (parts []operator.Part, err error) {
	s.sync = nil
	end, ok := s.end.(connect.Checkpointed)
	if s.resume == nil || !ok {
		return nil, s.Flush()
	}
	err = protect(s.ctx, func() error {
		position, sync, err := end.Checkpoint()
		s.sync = sync
		parts = append(parts, operator.PartOf(positionPart, operator.Union, bytesType, [][]byte{position}))
		return err
	})
	return parts, err
}

// Sync implements operator.Syncer.
func (s *sinkBody) Sync() func() error { return s.sync }

// Restore implements operator.Stateful.
func (s *sinkBody) Restore(from operator.State) error {
	if s.resume == nil {
		return nil
	}
	positions, err := operator.RowsOf(from, positionPart, bytesType)
	if err != nil {
		return err
	}
	return protect(s.ctx, func() error {
		end, err := s.resume(writerContext{s.ctx}, positions)
		if err == nil {
			s.end = end
		}
		return err
	})
}

// positionPart is where an output stands.
const positionPart = "position"

var bytesType = engineType[[]byte]()

// engineType returns the type of something of the engine's own, which can be stored.
func engineType[T any]() *types.Type[T] {
	t, err := types.Of[T]()
	if err != nil {
		panic(err)
	}
	return t
}

func (s *sinkBody) Flush() error {
	if !s.dirty {
		return nil
	}
	s.dirty = false
	return protect(s.ctx, s.end.Flush)
}

func (s *sinkBody) Close(complete bool) error {
	if s.end == nil {
		return nil
	}
	end := s.end
	s.end = nil
	return protect(s.ctx, func() error { return end.Close(complete) })
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

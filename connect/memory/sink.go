package memory

import (
	"fmt"
	"io"
	"sync"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/types"
)

// Collect returns a sink that appends all records to *rows. It must run in the
// process that reads them, in one subtask or several; the order among subtasks
// is not defined. *rows is complete when the job has ended well and is left
// alone when it has not.
func Collect[T any](rows *[]T) connect.Sink[T] { return &collect[T]{rows: rows} }

type collect[T any] struct {
	rows *[]T
	mu   sync.Mutex
	held []T // guarded by mu
}

func (*collect[T]) String() string { return "collect" }

func (c *collect[T]) Prepare(connect.CommitContext) error { c.held = nil; return nil }

func (c *collect[T]) Open(connect.WriterContext) (connect.Writer[T], error) {
	return &collectWriter[T]{sink: c}, nil
}

// Resume implements connect.Resumable: a position is all records by then.
func (c *collect[T]) Resume(ctx connect.WriterContext, positions [][]byte) (connect.Writer[T], error) {
	t, err := types.Of[T]()
	if err != nil {
		return nil, err
	}
	w := &collectWriter[T]{sink: c}
	for i, b := range positions {
		if i%ctx.Parallelism() != ctx.Subtask() {
			continue
		}
		for len(b) > 0 {
			var row T
			n, err := t.Decode(b, &row)
			if err != nil {
				return nil, fmt.Errorf("what was collected: %w", err)
			}
			w.rows, b = append(w.rows, row), b[n:]
		}
	}
	return w, nil
}

func (c *collect[T]) Commit(connect.CommitContext) error {
	*c.rows = append(*c.rows, c.held...)
	c.held = nil
	return nil
}

func (c *collect[T]) Abort(connect.CommitContext) error { c.held = nil; return nil }

type collectWriter[T any] struct {
	sink *collect[T]
	rows []T
}

func (w *collectWriter[T]) Write(rows []T) error {
	w.rows = append(w.rows, rows...)
	return nil
}

// Checkpoint implements connect.Checkpointed.
func (w *collectWriter[T]) Checkpoint() ([]byte, func() error, error) {
	t, err := types.Of[T]()
	if err != nil {
		return nil, nil, err
	}
	return t.AppendRows(nil, w.rows), nil, nil
}

func (w *collectWriter[T]) Flush() error { return nil }

func (w *collectWriter[T]) Close(complete bool) error {
	if complete {
		w.sink.mu.Lock()
		defer w.sink.mu.Unlock()
		w.sink.held = append(w.sink.held, w.rows...)
	}
	return nil
}

// Discard returns a sink that drops every record.
func Discard[T any]() connect.Sink[T] { return discard[T]{} }

type discard[T any] struct{}

func (discard[T]) String() string { return "discard" }

// Resume implements connect.Resumable.
func (d discard[T]) Resume(connect.WriterContext, [][]byte) (connect.Writer[T], error) { return d, nil }

// Checkpoint implements connect.Checkpointed.
func (discard[T]) Checkpoint() ([]byte, func() error, error) { return nil, nil, nil }

func (d discard[T]) Open(connect.WriterContext) (connect.Writer[T], error) { return d, nil }
func (discard[T]) Write([]T) error                                         { return nil }
func (discard[T]) Flush() error                                            { return nil }
func (discard[T]) Close(bool) error                                        { return nil }

// Commit and Abort say that nothing is visible of what was written.
func (discard[T]) Commit(connect.CommitContext) error { return nil }
func (discard[T]) Abort(connect.CommitContext) error  { return nil }

// Print returns a sink that writes each record to w as fmt.Fprintln does: a line
// each, by its String method if it has one. Lines are written in batches; w must
// be safe for concurrent use if there are several subtasks.
func Print[T any](w io.Writer) connect.Sink[T] { return printSink[T]{w} }

type printSink[T any] struct{ w io.Writer }

func (printSink[T]) String() string { return "print" }

func (p printSink[T]) Open(c connect.WriterContext) (connect.Writer[T], error) {
	return &printer[T]{c: c, w: p.w}, nil
}

type printer[T any] struct {
	c   connect.WriterContext
	w   io.Writer
	buf []byte
}

// printBuffer is how much text a printer holds back at most between flushes.
const printBuffer = 64 << 10

func (p *printer[T]) Write(rows []T) error {
	for i := range rows {
		p.buf = fmt.Appendln(p.buf, rows[i])
		if len(p.buf) >= printBuffer {
			if err := p.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *printer[T]) Flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	n, err := p.w.Write(p.buf)
	p.c.AddBytes(int64(n))
	p.buf = p.buf[:0]
	return err
}

func (p *printer[T]) Close(complete bool) error {
	if complete {
		return p.Flush()
	}
	return nil
}

package filetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/thalweg/thalweg/connect"
)

// Result is what a source has brought.
type Result[T any] struct {
	Rows     []T
	Rejected []connect.Rejected
	Splits   []connect.Split
}

// Read runs a source to its end, one split after the other, and checks that each
// split reports as much progress as it has bytes. After an error it returns what
// came before.
func Read[T any](source connect.Source[T], files connect.Files, parallelism int) (Result[T], error) {
	c := &Context{Context: context.Background(), Disk: files, Subtasks: parallelism}
	splits, err := source.Splits(c)
	if err != nil {
		return Result[T]{}, err
	}
	r := Result[T]{Splits: splits}
	for _, s := range splits {
		// An odd size, so that batches do not end where chunks do.
		rows, err := ReadSplit(source, c, s, 7)
		r.Rows, r.Rejected = append(r.Rows, rows...), c.Rejected
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// ReadSplit reads one split in batches of a size.
func ReadSplit[T any](source connect.Source[T], c *Context, s connect.Split, batch int) (rows []T, err error) {
	rows, err = readSplit(source, c, s, batch)
	if err == nil && c.Bytes != s.Size {
		err = fmt.Errorf("filetest: split %s has %d bytes, reported %d", s.ID, s.Size, c.Bytes)
	}
	return rows, err
}

func readSplit[T any](source connect.Source[T], c *Context, s connect.Split, batch int) (rows []T, err error) {
	c.Bytes = 0
	reader, err := source.Open(c, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		buf := make([]T, batch)
		n, err := reader.Read(buf)
		rows = append(rows, buf[:n]...)
		switch {
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return rows, err
		}
	}
}

// Write runs a sink with one subtask for each slice of rows, and commits or
// aborts.
func Write[T any](sink connect.Sink[T], files connect.Files, job string, rows ...[]T) error {
	c := &Context{Context: context.Background(), Disk: files, Name: job, Subtasks: len(rows)}
	if p, ok := sink.(connect.Preparer); ok {
		if err := p.Prepare(c); err != nil {
			return err
		}
	}
	var errs []error
	for i := range rows {
		errs = append(errs, WritePart(sink, c.At(i), rows[i]))
	}
	err := errors.Join(errs...)
	committer, ok := sink.(connect.Committer)
	switch {
	case !ok:
		return err
	case err != nil:
		return errors.Join(err, committer.Abort(c))
	}
	return committer.Commit(c)
}

// WritePart writes the rows of one subtask.
func WritePart[T any](sink connect.Sink[T], c *Context, rows []T) error {
	w, err := sink.Open(c)
	if err != nil {
		return err
	}
	for len(rows) > 0 && err == nil {
		n := min(len(rows), 100)
		err = w.Write(rows[:n])
		rows = rows[n:]
	}
	return errors.Join(err, w.Close(err == nil))
}

// Context is everything a source or sink of files is given: it implements
// [connect.SplitContext], [connect.ReaderContext], [connect.WriterContext] and
// [connect.CommitContext].
type Context struct {
	context.Context
	Disk     connect.Files
	Name     string // of the job
	Index    int    // of the subtask
	Subtasks int
	Budget   int // rejected pieces allowed; 0 for any number

	Rejected []connect.Rejected
	Bytes    int64
}

var (
	_ connect.SplitContext  = (*Context)(nil)
	_ connect.ReaderContext = (*Context)(nil)
	_ connect.WriterContext = (*Context)(nil)
	_ connect.CommitContext = (*Context)(nil)

	// ErrBudget is returned by Quarantine when the budget is used up.
	ErrBudget = errors.New("filetest: the budget is used up")
)

// At returns the context of another subtask of the same job.
func (c *Context) At(subtask int) *Context {
	return &Context{Context: c.Context, Disk: c.Disk, Name: c.Name, Index: subtask, Subtasks: c.Subtasks, Budget: c.Budget}
}

func (c *Context) Job() string          { return c.Name }
func (c *Context) Subtask() int         { return c.Index }
func (c *Context) Parallelism() int     { return max(c.Subtasks, 1) }
func (c *Context) Files() connect.Files { return c.Disk }
func (c *Context) Now() time.Time       { return time.Unix(1_700_000_000, 0) }
func (c *Context) Go(f func())          { go f() }
func (c *Context) Wake()                {}
func (c *Context) WakeAt(time.Time)     {}
func (c *Context) AddBytes(n int64)     { c.Bytes += n }

// Dial refuses: files need no network.
func (c *Context) Dial(_, address string) (net.Conn, error) {
	return nil, fmt.Errorf("filetest: no network to dial %s", address)
}

// Quarantine keeps what was rejected.
func (c *Context) Quarantine(r connect.Rejected) error {
	c.Rejected = append(c.Rejected, r)
	if c.Budget > 0 && len(c.Rejected) > c.Budget {
		return ErrBudget
	}
	return nil
}

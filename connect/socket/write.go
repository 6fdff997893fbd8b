package socket

import (
	"fmt"
	"net"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/text"
)

// writeSize is how much is sent at once.
const writeSize = 64 << 10

// Write sends records to a TCP server at an address, "host:port", one per line,
// in the notation of [text.Write]. Every subtask has a connection of its own.
// Lines are sent when enough have come together and whenever the job waits for
// input.
//
// A server that goes away is an error as soon as the network reports it. What was
// sent before that may or may not have arrived; a job that runs again sends
// everything again.
//
// An address that is none is returned by the sink's method Err() error, and by
// Prepare.
func Write[T any](address string) connect.Sink[T] {
	return sink[T]{address, checkAddress(address)}
}

type sink[T any] struct {
	address string
	err     error
}

func (s sink[T]) String() string { return fmt.Sprintf("socket.Write(%q)", s.address) }

// Err says what is wrong with the address, or nil.
func (s sink[T]) Err() error { return s.err }

// Prepare implements connect.Preparer.
func (s sink[T]) Prepare(connect.CommitContext) error { return s.err }

func (s sink[T]) Open(c connect.WriterContext) (connect.Writer[T], error) {
	if s.err != nil {
		return nil, s.err
	}
	conn, err := c.Dial("tcp", s.address)
	if err != nil {
		return nil, fmt.Errorf("socket: cannot connect to %s: %w", s.address, err)
	}
	return &writer[T]{c: c, address: s.address, conn: conn, append: text.AppendLine[T]()}, nil
}

type writer[T any] struct {
	c       connect.WriterContext
	address string
	conn    net.Conn
	append  file.AppendFunc[T]
	buf     []byte // not yet sent
	err     error  // of the connection; it takes nothing after it
}

// Write implements connect.Writer.
func (w *writer[T]) Write(rows []T) error {
	for i := range rows {
		buf, err := w.append(w.buf, &rows[i])
		if err != nil {
			return &connect.Refused{Row: i, Err: fmt.Errorf("socket: a record for %s: %w", w.address, err)}
		}
		w.buf = buf
		if len(w.buf) >= writeSize {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush implements connect.Writer.
func (w *writer[T]) Flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	n, err := w.conn.Write(w.buf)
	w.c.AddBytes(int64(n))
	w.buf = w.buf[:0]
	return w.note(err)
}

// Close implements connect.Writer.
func (w *writer[T]) Close(complete bool) error {
	if !complete {
		_ = w.conn.Close()
		return nil
	}
	err := w.Flush()
	if closing := w.conn.Close(); err == nil {
		err = w.note(closing)
	}
	return err
}

func (w *writer[T]) note(err error) error {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("socket: the connection to %s is lost: %w", w.address, err)
	}
	return w.err
}

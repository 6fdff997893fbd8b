// Package socket reads lines from a TCP server and writes them to one. Floor 4.
//
//	socket.Read("localhost:9999")                     // until the server closes
//	socket.Read("localhost:9999", socket.Retries(-1)) // whatever happens
//	socket.Write[string]("localhost:9998")
//
// Sockets remember nothing: what the server sends while nobody is connected, and
// what was on its way when a connection broke, is lost. They are for trying
// things out; an input that must be complete needs a source that can be asked
// again.
package socket

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Option changes how a socket is read.
type Option struct {
	text string
	set  func(*source) error
}

// String is the call that made the option.
func (o Option) String() string { return o.text }

// Retries sets how often in a row connecting is tried again, after a connection
// could not be made or has ended: 0, the default, never; -1 for ever. The pauses
// grow from 100 milliseconds to 5 seconds. An attempt that has brought any input
// ends the row.
func Retries(n int) Option {
	text := fmt.Sprintf("socket.Retries(%d)", n)
	return Option{text, func(s *source) error {
		if n < -1 {
			return fmt.Errorf("socket: %s: not a number of retries", text)
		}
		s.retries = n
		return nil
	}}
}

// MaxLine sets how long a line may be, in bytes without its ending; the default
// is [file.DefaultMaxLine]. A longer line is never held in memory: it goes to the
// quarantine with its first bytes and its whole length.
func MaxLine(bytes int) Option {
	text := fmt.Sprintf("socket.MaxLine(%d)", bytes)
	return Option{text, func(s *source) error {
		if bytes < 1 {
			return fmt.Errorf("socket: %s: the limit must be at least 1", text)
		}
		s.maxLine = bytes
		return nil
	}}
}

// Read returns the lines that a TCP server at an address, "host:port", sends,
// without their endings ("\n" or "\r\n"). It is one split, so one subtask
// connects.
//
// When the server closes the connection and no retries are left, the input ends;
// a last line without an ending counts as a line then. A connection that cannot
// be made or breaks is an error when no retries are left. If there are, whatever
// the connection has left of a line goes to the quarantine and is never joined
// with what the next one sends. Offsets count the bytes of one connection.
//
// At most about 256 KiB are received ahead of what the job has processed; a
// server that sends faster is slowed down by TCP. A line shares memory with its
// neighbours; clone it to keep it for long.
//
// What is wrong with the options is returned by the source's method Err() error,
// and by Splits.
func Read(address string, opts ...Option) connect.Source[string] {
	s := &source{
		call:    file.Describe("socket.Read", address, opts),
		address: address,
		maxLine: file.DefaultMaxLine,
		err:     checkAddress(address),
	}
	for _, o := range opts {
		s.err = errors.Join(s.err, o.set(s))
	}
	return s
}

func checkAddress(address string) error {
	if _, port, err := net.SplitHostPort(address); err != nil || strings.TrimSpace(port) == "" {
		return fmt.Errorf("socket: the address %q is not of the form host:port", address)
	}
	return nil
}

type source struct {
	call    string
	address string
	retries int
	maxLine int
	err     error
}

func (s *source) String() string { return s.call }
func (s *source) Bounded() bool  { return false }

// MaxParallelism is 1: there is one connection.
func (s *source) MaxParallelism() int { return 1 }

// Err says what is wrong with the options, or nil.
func (s *source) Err() error { return s.err }

func (s *source) Splits(connect.SplitContext) ([]connect.Split, error) {
	if s.err != nil {
		return nil, s.err
	}
	return []connect.Split{{ID: s.address}}, nil
}

func (s *source) Open(c connect.ReaderContext, _ connect.Split) (connect.Reader[string], error) {
	if s.err != nil {
		return nil, s.err
	}
	return &reader{c: c, source: s}, nil
}

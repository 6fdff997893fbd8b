package socket

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
)

// engine runs one reader on a clock that jumps to the time the reader asked for.
type engine struct {
	t       *testing.T
	dialing func(network, address string) (net.Conn, error) // nil for the network

	now    time.Time
	wakeAt time.Time // zero if the last Read has set none
	pauses []time.Duration
	wake   chan struct{}
	work   sync.WaitGroup

	rejected []connect.Rejected
	refuse   error // of Quarantine
	bytes    int64
}

func newEngine(t *testing.T) *engine {
	return &engine{t: t, now: time.Unix(1_700_000_000, 0), wake: make(chan struct{}, 1)}
}

func (e *engine) Subtask() int         { return 0 }
func (e *engine) Parallelism() int     { return 1 }
func (e *engine) Job() string          { return "job" }
func (e *engine) Files() connect.Files { return nil }
func (e *engine) Now() time.Time       { return e.now }
func (e *engine) WakeAt(t time.Time)   { e.wakeAt = t }
func (e *engine) AddBytes(n int64)     { e.bytes += n }
func (e *engine) Go(f func())          { e.work.Go(f) }

func (e *engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *engine) Dial(network, address string) (net.Conn, error) {
	if e.dialing != nil {
		return e.dialing(network, address)
	}
	return net.Dial(network, address)
}

func (e *engine) Quarantine(r connect.Rejected) error {
	e.rejected = append(e.rejected, r)
	return e.refuse
}

func (e *engine) open(address string, opts ...Option) connect.Reader[string] {
	e.t.Helper()
	source := Read(address, opts...)
	splits, err := source.Splits(nil)
	if err != nil || len(splits) != 1 {
		e.t.Fatalf("splits %v, %v", splits, err)
	}
	r, err := source.Open(e, splits[0])
	if err != nil {
		e.t.Fatal(err)
	}
	return r
}

// read reads until the end or until there are so many lines. A nil error means
// the latter.
func (e *engine) read(r connect.Reader[string], most int) (lines []string, err error) {
	e.t.Helper()
	rows := make([]string, 3)
	for len(lines) < most {
		e.wakeAt = time.Time{}
		n, err := r.Read(rows)
		lines = append(lines, rows[:n]...)
		switch {
		case err == nil || errors.Is(err, connect.Wait) && len(lines) >= most:
		case errors.Is(err, connect.Wait):
			e.wait()
		default:
			return lines, err
		}
	}
	return lines, nil
}

// wait does what the reader asked for.
func (e *engine) wait() {
	if e.wakeAt.IsZero() {
		select {
		case <-e.wake:
		case <-e.t.Context().Done():
		}
		return
	}
	e.pauses = append(e.pauses, e.wakeAt.Sub(e.now))
	e.now = e.wakeAt
}

// all reads everything and closes the reader.
func (e *engine) all(address string, opts ...Option) ([]string, error) {
	e.t.Helper()
	r := e.open(address, opts...)
	lines, err := e.read(r, 1<<30)
	if closing := r.Close(); closing != nil {
		e.t.Error(closing)
	}
	e.work.Wait()
	return lines, err
}

// serve accepts one connection after the other, hands it to the next function,
// and closes it. It stops listening after the last one.
func serve(t *testing.T, each ...func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		defer listener.Close()
		for i, f := range each {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if i == len(each)-1 {
				_ = listener.Close() // before the reader can try again
			}
			f(conn)
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		work.Wait()
	})
	return listener.Addr().String()
}

// say sends a text.
func say(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, text) }
}

// script dials connections that were prepared, then refuses.
func script(each ...func(net.Conn)) func(string, string) (net.Conn, error) {
	return func(string, string) (net.Conn, error) {
		if len(each) == 0 {
			return nil, errors.New("refused")
		}
		near, far := net.Pipe()
		f := each[0]
		each = each[1:]
		go func() {
			f(far)
			_ = far.Close()
		}()
		return near, nil
	}
}

// network is a WriterContext that offers the network.
type network struct{ *engine }

var (
	_ connect.ReaderContext = (*engine)(nil)
	_ connect.WriterContext = network{}
)

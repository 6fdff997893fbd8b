package sim

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// window is how many bytes are under way in one direction at most.
const window = 64 << 10

// pair is a connection with its two ends.
type pair struct {
	h    *Host
	ends [2]*conn

	mu     sync.Mutex
	held   bool // nothing arrives; guarded by mu
	broken bool // the connection was reset; guarded by mu
}

// conn is one end of a connection. One goroutine reads and one writes at a time;
// any may close it and set its deadlines.
type conn struct {
	pair       *pair
	local      address
	peer       *conn
	readParker *parker
	sendParker *parker

	// Guarded by the pair's mu.
	inbox         []byte // has arrived, or will when it is not held
	closed        bool
	readDeadline  time.Time
	writeDeadline time.Time
}

func newPair(h *Host, from, to address) *pair {
	p := &pair{h: h}
	for i, a := range []address{from, to} {
		p.ends[i] = &conn{pair: p, local: a, readParker: &parker{h: h}, sendParker: &parker{h: h}}
	}
	p.ends[0].peer, p.ends[1].peer = p.ends[1], p.ends[0]
	return p
}

// wake has everybody who waits on the connection look again.
func (p *pair) wake() {
	for _, c := range p.ends {
		c.readParker.give()
		c.sendParker.give()
	}
}

func (p *pair) reset() {
	p.mu.Lock()
	p.broken = true
	for _, c := range p.ends {
		c.inbox = nil
	}
	p.mu.Unlock()
	p.wake()
}

func (p *pair) hold(held bool) {
	p.mu.Lock()
	p.held = held
	p.mu.Unlock()
	p.wake()
}

func (p *pair) open() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.ends[0].closed || !p.ends[1].closed
}

func (c *conn) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.peer.local, Err: err}
}

// Read implements net.Conn. How much it returns of what is there is up to the seed.
func (c *conn) Read(b []byte) (int, error) {
	p := c.pair
	p.h.preempt()
	for {
		now := p.h.Now()
		p.mu.Lock()
		deadline := c.readDeadline
		n, err, ready := c.take(b, now)
		p.mu.Unlock()
		if ready {
			c.peer.sendParker.give()
			return n, err
		}
		c.readParker.Park(deadline)
	}
}

// take is a Read that does not wait. The caller holds the pair's mu.
func (c *conn) take(b []byte, now time.Time) (n int, err error, ready bool) {
	p := c.pair
	switch {
	case c.closed:
		return 0, c.failed("read", net.ErrClosed), true
	case p.broken:
		return 0, c.failed("read", syscall.ECONNRESET), true
	case expired(c.readDeadline, now):
		return 0, c.failed("read", os.ErrDeadlineExceeded), true
	case len(b) == 0:
		return 0, nil, true
	case p.held:
		return 0, nil, false
	case len(c.inbox) > 0:
		n := min(len(b), len(c.inbox))
		if p.h.flip() {
			n = 1 + p.h.below(n)
		}
		copy(b, c.inbox[:n])
		c.inbox = c.inbox[n:]
		return n, nil, true
	case c.peer.closed:
		return 0, io.EOF, true
	}
	return 0, nil, false
}

// Write implements net.Conn. It waits while the window is full.
func (c *conn) Write(b []byte) (written int, err error) {
	p := c.pair
	p.h.preempt()
	for {
		now := p.h.Now()
		p.mu.Lock()
		deadline := c.writeDeadline
		switch {
		case c.closed:
			err = c.failed("write", net.ErrClosed)
		case p.broken:
			err = c.failed("write", syscall.EPIPE)
		case expired(deadline, now):
			err = c.failed("write", os.ErrDeadlineExceeded)
		case c.peer.closed: // the peer's machine refuses what comes too late
			p.broken = true
			written, b = written+len(b), nil
		default:
			n := min(len(b), window-len(c.peer.inbox))
			c.peer.inbox = append(c.peer.inbox, b[:n]...)
			written, b = written+n, b[n:]
		}
		p.mu.Unlock()
		c.peer.readParker.give()
		if err != nil || len(b) == 0 {
			p.h.preempt()
			return written, err
		}
		c.sendParker.Park(deadline)
	}
}

// Close implements net.Conn. If not everything was read the connection breaks, and
// the peer loses what is under way to it.
func (c *conn) Close() error {
	p := c.pair
	p.mu.Lock()
	if c.closed {
		p.mu.Unlock()
		return c.failed("close", net.ErrClosed)
	}
	c.closed = true
	lost := len(c.inbox) > 0
	p.mu.Unlock()
	if lost {
		p.reset()
	}
	p.wake()
	return nil
}

func expired(deadline, now time.Time) bool { return !deadline.IsZero() && !deadline.After(now) }

// SetDeadline implements net.Conn, on virtual time.
func (c *conn) SetDeadline(t time.Time) error { return c.setDeadlines(&t, &t) }

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(&t, nil) }

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(nil, &t) }

func (c *conn) setDeadlines(read, write *time.Time) error {
	c.pair.mu.Lock()
	if read != nil {
		c.readDeadline = *read
	}
	if write != nil {
		c.writeDeadline = *write
	}
	closed := c.closed
	c.pair.mu.Unlock()
	c.readParker.give()
	c.sendParker.give()
	if closed {
		return c.failed("set", net.ErrClosed)
	}
	return nil
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *conn) RemoteAddr() net.Addr { return c.peer.local }

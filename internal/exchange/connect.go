package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

const (
	// greetingTime is what a process that dials here gets to prove itself.
	greetingTime = 10 * time.Second

	// maxStrangers bounds the connections that have not proved themselves.
	maxStrangers = 256
)

// Listen opens the mesh's address, 127.0.0.1 and any free port if address is
// empty, and returns the address that peers can dial. Nothing is accepted before
// Connect, and nothing after it: the listener lives only as long.
func (m *Mesh) Listen(ctx context.Context, address string) (string, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := m.host.Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("exchange: process %d: %w", m.self, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listener = listener
	return listener.Addr().String(), nil
}

// connecting is the state of a Connect under way.
type connecting struct {
	owner host.Parker

	mu      sync.Mutex
	awaited int              // peers without a connection
	joined  map[int]bool     // peers that dialed, from the verdict on
	conns   map[int]net.Conn // by peer
	err     error
	turned  error // why somebody was last turned away
}

// Connect dials the peers with higher numbers, accepts those with lower ones,
// and returns when all are connected. peers has the address of each process by
// its number; an empty one is not part of the mesh. If it fails, or ctx ends
// first, the mesh is closed. Once it has returned, ctx does not matter any more.
//
// A peer that listens but does not connect is waited for until ctx ends. Who
// dials in without knowing the token is turned away and does not disturb; if ctx
// ends first, the error says why somebody was last turned away.
func (m *Mesh) Connect(ctx context.Context, peers []string) error {
	if err := m.connect(ctx, peers); err != nil {
		m.Close()
		return fmt.Errorf("exchange: process %d: %w", m.self, err)
	}
	return nil
}

func (m *Mesh) connect(ctx context.Context, peers []string) error {
	if m.self >= len(peers) {
		return fmt.Errorf("it is not among the %d processes of the mesh", len(peers))
	}
	for peer, l := range m.links {
		if l != nil && (peer >= len(peers) || peers[peer] == "") {
			return fmt.Errorf("channels lead to process %d, which has no address", peer)
		}
	}
	c := &connecting{owner: m.host.NewParker(), joined: map[int]bool{}, conns: map[int]net.Conn{}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.mu.Lock()
	listener, closed := m.listener, m.closed
	m.cancel = cancel
	m.mu.Unlock()
	if closed {
		return net.ErrClosed
	}

	expected := make([]bool, len(peers)) // to dial in
	accepting := false
	for peer, address := range peers {
		if address == "" || peer == m.self {
			continue
		}
		c.awaited++
		if peer < m.self {
			expected[peer], accepting = true, true
		}
	}
	if accepting && listener == nil {
		return errors.New("it accepts connections but does not listen")
	}
	if accepting {
		m.group.Go(func() { m.accept(c, listener, expected) })
	}
	for peer, address := range peers {
		if address != "" && peer > m.self {
			m.group.Go(func() { c.done(peer, m.dial(ctx, c, peer, address)) })
		}
	}
	stop := context.AfterFunc(ctx, c.owner.Unpark)
	defer stop()
	if err := c.wait(ctx); err != nil {
		return err
	}
	if listener != nil {
		listener.Close()
	}
	for peer := range peers {
		if conn := c.conns[peer]; conn != nil {
			l := m.link(peer)
			m.forget(conn)
			l.start(conn)
		}
	}
	return nil
}

// wait parks until all peers are connected or one cannot be.
func (c *connecting) wait(ctx context.Context) error {
	for {
		c.mu.Lock()
		awaited, err, turned := c.awaited, c.err, c.turned
		c.mu.Unlock()
		switch {
		case err != nil:
			return err
		case awaited == 0:
			return nil
		case ctx.Err() != nil && turned != nil:
			return fmt.Errorf("%d peers have not connected: %w (turned away: %w)", awaited, ctx.Err(), turned)
		case ctx.Err() != nil:
			return fmt.Errorf("%d peers have not connected: %w", awaited, ctx.Err())
		}
		c.owner.Park(time.Time{})
	}
}

// done notes that a peer is connected, or that it cannot be.
func (c *connecting) done(peer int, err error) {
	c.mu.Lock()
	if err == nil {
		c.awaited--
	} else if c.err == nil {
		c.err = fmt.Errorf("process %d: %w", peer, err)
	}
	c.mu.Unlock()
	c.owner.Unpark()
}

func (c *connecting) keep(peer int, conn net.Conn) {
	c.mu.Lock()
	c.conns[peer] = conn
	c.mu.Unlock()
}

func (m *Mesh) dial(ctx context.Context, c *connecting, peer int, address string) error {
	conn, err := m.host.Dial(ctx, "tcp", address)
	if err != nil {
		return err
	}
	if !m.remember(conn, false) {
		return net.ErrClosed
	}
	// No deadline here: a peer that listens may take its time until it connects.
	if err := m.greet(conn, peer); err != nil {
		m.forget(conn)
		conn.Close()
		return fmt.Errorf("%s: %w", address, err)
	}
	c.keep(peer, conn)
	return nil
}

// accept takes connections until the listener is closed.
func (m *Mesh) accept(c *connecting, listener net.Listener, expected []bool) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			// The end of Connect or Close, after which nobody looks; else a reason.
			c.done(m.self, err)
			return
		}
		if m.remember(conn, true) {
			m.group.Go(func() { m.take(c, conn, expected) })
		}
	}
}

// take lets one process in, or turns it away.
func (m *Mesh) take(c *connecting, conn net.Conn, expected []bool) {
	conn.SetDeadline(m.host.Now().Add(greetingTime))
	peer, err := m.answer(conn, func(peer int) verdict {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case !expected[peer]:
			return wrongNumber
		case c.joined[peer]:
			return alreadyJoined
		}
		c.joined[peer] = true
		return welcome
	})
	if err != nil {
		c.mu.Lock()
		c.turned = fmt.Errorf("%v: %w", conn.RemoteAddr(), err)
		c.mu.Unlock()
		m.forget(conn)
		conn.Close()
		return
	}
	conn.SetDeadline(time.Time{})
	c.keep(peer, conn)
	c.done(peer, nil)
}

// remember has Close close a connection that is in its handshake. If that is
// not possible it closes it at once.
func (m *Mesh) remember(conn net.Conn, stranger bool) bool {
	m.mu.Lock()
	ok := !m.closed && !(stranger && len(m.pending) >= maxStrangers)
	if ok {
		m.pending = append(m.pending, conn)
	}
	m.mu.Unlock()
	if !ok {
		conn.Close()
	}
	return ok
}

func (m *Mesh) forget(conn net.Conn) {
	m.mu.Lock()
	if i := slices.Index(m.pending, conn); i >= 0 {
		m.pending = slices.Delete(m.pending, i, i+1)
	}
	m.mu.Unlock()
}

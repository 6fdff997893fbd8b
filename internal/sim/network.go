package sim

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// Network carries bytes between the goroutines of a run, as TCP does: in order,
// or not at all. There is one machine, 127.0.0.1; processes are told apart by
// their ports. Its methods may be called from any goroutine.
type Network struct {
	h *Host

	mu        sync.Mutex
	listeners map[string]*listener // by address; guarded by mu
	pairs     []*pair              // open connections, in the order they were made; guarded by mu
	ports     int                  // given out so far; guarded by mu
}

func newNetwork(h *Host) *Network { return &Network{h: h, listeners: map[string]*listener{}} }

// Network returns the machine's network, to break it.
func (h *Host) Network() *Network { return h.network }

// address is a port of the machine.
type address int

func (a address) Network() string { return "tcp" }
func (a address) String() string  { return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(a))) }

const firstPort = 40000

// port gives out a port. The caller holds mu.
func (n *Network) port() address {
	n.ports++
	return address(firstPort + n.ports)
}

// Dial implements host.Host. It does not wait to be accepted.
func (h *Host) Dial(ctx context.Context, network, to string) (net.Conn, error) {
	h.preempt()
	defer h.preempt()
	n := h.network
	n.mu.Lock()
	l := n.listeners[to]
	local := n.port()
	n.mu.Unlock()
	failed := func(err error) error { return &net.OpError{Op: "dial", Net: network, Addr: local, Err: err} }
	if err := ctx.Err(); err != nil {
		return nil, failed(err)
	}
	if l == nil {
		return nil, failed(fmt.Errorf("%s: %w", to, syscall.ECONNREFUSED))
	}
	p := newPair(h, local, l.at)
	if !l.offer(p.ends[1]) {
		return nil, failed(fmt.Errorf("%s: %w", to, syscall.ECONNREFUSED))
	}
	n.mu.Lock()
	n.pairs = append(n.pairs, p)
	n.mu.Unlock()
	return p.ends[0], nil
}

// Listen implements host.Host. Port 0 is any free one.
func (h *Host) Listen(ctx context.Context, network, at string) (net.Listener, error) {
	failed := func(err error) error { return &net.OpError{Op: "listen", Net: network, Err: err} }
	if err := ctx.Err(); err != nil {
		return nil, failed(err)
	}
	_, text, err := net.SplitHostPort(at)
	if err != nil {
		return nil, failed(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, failed(err)
	}
	n := h.network
	n.mu.Lock()
	defer n.mu.Unlock()
	a := address(port)
	if port == 0 {
		a = n.port()
	}
	if n.listeners[a.String()] != nil {
		return nil, failed(fmt.Errorf("%s: %w", a, syscall.EADDRINUSE))
	}
	l := &listener{network: n, at: a, parker: h.NewParker()}
	n.listeners[a.String()] = l
	return l, nil
}

// Reset breaks the connections that match, as when a process at one of their ends
// has died: what is under way is lost.
func (n *Network) Reset(match func(from, to net.Addr) bool) {
	n.each(match, func(p *pair) { p.reset() })
}

// Hold stops the connections that match: nothing arrives any more, and nobody is
// told.
func (n *Network) Hold(match func(from, to net.Addr) bool) {
	n.each(match, func(p *pair) { p.hold(true) })
}

// Release lets everything arrive again.
func (n *Network) Release() {
	n.each(func(net.Addr, net.Addr) bool { return true }, func(p *pair) { p.hold(false) })
}

func (n *Network) each(match func(from, to net.Addr) bool, f func(*pair)) {
	n.mu.Lock()
	pairs := slices.Clone(n.pairs)
	n.mu.Unlock()
	for _, p := range pairs {
		if match(p.ends[0].local, p.ends[1].local) {
			f(p)
		}
	}
}

// Open returns the addresses that are listened at, and how many connections have
// an end that is not closed: none when everybody has tidied up.
func (n *Network) Open() (listening []string, connections int) {
	n.mu.Lock()
	pairs := slices.Clone(n.pairs)
	listening = slices.Sorted(maps.Keys(n.listeners))
	n.mu.Unlock()
	for _, p := range pairs {
		if p.open() {
			connections++
		}
	}
	return listening, connections
}

// listener is where dialed connections wait to be accepted.
type listener struct {
	network *Network
	at      address
	parker  host.Parker

	mu      sync.Mutex
	waiting []*conn // guarded by mu
	closed  bool    // guarded by mu
}

func (l *listener) offer(c *conn) bool {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return false
	}
	l.waiting = append(l.waiting, c)
	l.mu.Unlock()
	l.parker.(*parker).give()
	return true
}

// Accept implements net.Listener, for one goroutine at a time.
func (l *listener) Accept() (net.Conn, error) {
	l.network.h.preempt()
	for {
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.at, Err: net.ErrClosed}
		}
		if len(l.waiting) > 0 {
			c := l.waiting[0]
			l.waiting = l.waiting[1:]
			l.mu.Unlock()
			return c, nil
		}
		l.mu.Unlock()
		l.parker.Park(time.Time{})
	}
}

// Close implements net.Listener. Connections that nobody has accepted break.
func (l *listener) Close() error {
	l.mu.Lock()
	waiting, closed := l.waiting, l.closed
	l.waiting, l.closed = nil, true
	l.mu.Unlock()
	if closed {
		return &net.OpError{Op: "close", Net: "tcp", Addr: l.at, Err: net.ErrClosed}
	}
	l.network.mu.Lock()
	delete(l.network.listeners, l.at.String())
	l.network.mu.Unlock()
	for _, c := range waiting {
		c.pair.reset()
		_ = c.Close()
	}
	l.parker.(*parker).give()
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.at }

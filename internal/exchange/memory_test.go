package exchange

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/thalweg/thalweg/internal/host"
)

// memory is a machine whose network is pipes within the process. A pipe has no
// buffer at all: a write ends when it has been read.
type memory struct {
	host.Host
	mu        sync.Mutex
	listeners map[string]*memoryListener
}

func newMemory() *memory {
	return &memory{Host: host.New(), listeners: map[string]*memoryListener{}}
}

type memoryListener struct {
	name  string
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (m *memory) Listen(context.Context, string, string) (net.Listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := &memoryListener{
		name:  fmt.Sprint("memory ", len(m.listeners)),
		conns: make(chan net.Conn), done: make(chan struct{}),
	}
	m.listeners[l.name] = l
	return l, nil
}

func (m *memory) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	m.mu.Lock()
	l := m.listeners[address]
	m.mu.Unlock()
	if l == nil {
		return nil, fmt.Errorf("no listener %q", address)
	}
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error    { l.once.Do(func() { close(l.done) }); return nil }
func (l *memoryListener) Addr() net.Addr  { return l }
func (l *memoryListener) Network() string { return "memory" }
func (l *memoryListener) String() string  { return l.name }

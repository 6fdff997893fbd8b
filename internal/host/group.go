package host

import "sync"

// Group owns goroutines: what it starts, it can wait for. The zero Group is not
// usable; see [NewGroup]. Go may be called from any goroutine, Wait from one.
type Group struct {
	host   Host
	parker Parker

	mu      sync.Mutex
	running int // guarded by mu
}

// NewGroup returns an empty group whose goroutines run on h.
func NewGroup(h Host) *Group { return &Group{host: h, parker: h.NewParker()} }

// Go starts f on a goroutine that Wait waits for.
func (g *Group) Go(f func()) {
	g.mu.Lock()
	g.running++
	g.mu.Unlock()
	g.host.Go(func() {
		defer g.done()
		f()
	})
}

func (g *Group) done() {
	g.mu.Lock()
	g.running--
	last := g.running == 0
	g.mu.Unlock()
	if last {
		g.parker.Unpark()
	}
}

// Wait returns when every goroutine the group has started has ended.
func (g *Group) Wait() {
	for {
		g.mu.Lock()
		idle := g.running == 0
		g.mu.Unlock()
		if idle {
			return
		}
		g.parker.Park(noDeadline)
	}
}

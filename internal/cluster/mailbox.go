package cluster

import (
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// mailbox is the master's queue of events: any goroutine puts, one takes.
type mailbox struct {
	parker host.Parker

	mu     sync.Mutex
	events []Event // guarded by mu
}

func newMailbox(h host.Host) *mailbox { return &mailbox{parker: h.NewParker()} }

func (b *mailbox) put(e Event) {
	b.mu.Lock()
	b.events = append(b.events, e)
	b.mu.Unlock()
	b.parker.Unpark()
}

// take returns the next event; ok is false at the deadline.
func (b *mailbox) take(deadline time.Time) (e Event, ok bool) {
	for {
		b.mu.Lock()
		if len(b.events) > 0 {
			e = b.events[0]
			b.events = b.events[1:]
			b.mu.Unlock()
			return e, true
		}
		b.mu.Unlock()
		if !b.parker.Park(deadline) {
			return Event{}, false
		}
	}
}

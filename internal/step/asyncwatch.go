package step

import (
	"context"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// watchdog cancels attempts whose time is over, on a goroutine of its own, as the task may
// be waiting for just these. All attempts may take equally long, so a new one does not
// end before those that run, and the watchdog sleeps until the first of them may end: it
// is not woken for each attempt.
type watchdog struct {
	host   host.Host
	parker host.Parker

	mu      sync.Mutex
	running []*watched // guarded by mu
	asleep  bool       // without a deadline; guarded by mu
	stopped bool       // guarded by mu
}

// watched is an attempt.
type watched struct {
	deadline time.Time
	cancel   context.CancelCauseFunc
	place    int // in running; guarded by the watchdog's mu
}

// start starts the goroutine.
func (w *watchdog) start(h host.Host, group *host.Group) {
	w.host, w.parker = h, h.NewParker()
	group.Go(w.serve)
}

// end makes the goroutine end, if there is one.
func (w *watchdog) end() {
	if w.parker == nil {
		return
	}
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	w.parker.Unpark()
}

func (w *watchdog) add(a *watched) {
	w.mu.Lock()
	a.place = len(w.running)
	w.running = append(w.running, a)
	wake := w.asleep
	w.asleep = false
	w.mu.Unlock()
	if wake {
		w.parker.Unpark()
	}
}

func (w *watchdog) remove(a *watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.running) - 1
	w.running[a.place], w.running[n].place = w.running[n], a.place
	w.running[n] = nil
	w.running = w.running[:n]
}

func (w *watchdog) serve() {
	var late []context.CancelCauseFunc
	for {
		now := w.host.Now()
		var next time.Time
		w.mu.Lock()
		if w.stopped {
			w.mu.Unlock()
			return
		}
		for _, a := range w.running {
			switch {
			case a.cancel == nil:
			case a.deadline.After(now):
				next = earlierTime(next, a.deadline)
			default:
				late = append(late, a.cancel)
				a.cancel = nil
			}
		}
		w.asleep = next.IsZero()
		w.mu.Unlock()
		for _, cancel := range late {
			cancel(context.DeadlineExceeded)
		}
		clear(late)
		late = late[:0]
		w.parker.Park(next)
	}
}

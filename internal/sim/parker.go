package sim

import (
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// parker is a permit and the goroutine that waits for it. Its fields are guarded
// by the host's mu.
type parker struct {
	h       *Host
	permit  bool
	waiting *thread // nil: nobody
}

// NewParker implements host.Host.
func (h *Host) NewParker() host.Parker { return &parker{h: h} }

// Park implements host.Parker, for goroutines of the run.
func (p *parker) Park(deadline time.Time) bool {
	if origin() == stranger {
		panic("sim: a goroutine that Host.Go has not started cannot park")
	}
	h := p.h
	h.preempt()
	h.mu.Lock()
	if p.permit {
		p.permit = false
		h.mu.Unlock()
		return true
	}
	if !deadline.IsZero() && !deadline.After(h.now) {
		h.mu.Unlock()
		return false
	}
	if p.waiting != nil {
		h.mu.Unlock()
		panic("sim: two goroutines park with one parker")
	}
	t := h.current
	t.deadline = deadline
	p.waiting = t
	h.parked = append(h.parked, t)
	h.pass(t)

	h.mu.Lock()
	defer h.mu.Unlock()
	p.waiting, t.deadline = nil, time.Time{}
	if p.permit && !deadline.IsZero() && !deadline.After(h.now) && h.choice.IntN(2) == 0 {
		return false // both have come; the permit stays for the next Park
	}
	taken := p.permit
	p.permit = false
	return taken
}

// Unpark implements host.Parker. It is a place where a goroutine of the run may
// be preempted, before or after the permit is there.
func (p *parker) Unpark() {
	p.h.preempt()
	p.give()
	p.h.preempt()
}

// give leaves a permit without preempting anybody.
func (p *parker) give() {
	h := p.h
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.permit {
		return
	}
	p.permit = true
	h.news = h.now
	// Not to be woken twice: its deadline may have made it ready already.
	if t := p.waiting; t != nil && h.isParked(t) {
		h.wake(t)
	}
}

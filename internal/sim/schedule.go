package sim

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"time"
)

// thread is a goroutine of the run.
//
//	ready ─► current ─► parked ─► ready …
//	  ▲─ preempted ─┘      └─ until a permit or the deadline
type thread struct {
	number   int
	rank     float64       // with ranks, the highest runs
	turn     chan struct{} // has one element when it is the thread's turn
	id       string        // the runtime's number for it
	deadline time.Time     // while parked; zero: none
}

// Go starts f on a goroutine of the run. It has its first turn some time later.
func (h *Host) Go(f func()) {
	h.mu.Lock()
	t := &thread{number: h.started, rank: h.choice.Float64(), turn: make(chan struct{}, 1)}
	h.started++
	h.news = h.now
	h.ready = append(h.ready, t)
	h.mu.Unlock()
	go h.begin(t, f)
	h.preempt()
}

// begin is the bottom of every goroutine of the run; see origin.
func (h *Host) begin(t *thread, f func()) {
	<-t.turn
	h.mu.Lock()
	t.id = goroutine()
	h.mu.Unlock()
	defer h.end(t, &f)
	f()
	f = nil // it has returned
}

// end passes the turn on for good. unfinished still points to a function if it
// was left by a panic or by runtime.Goexit.
func (h *Host) end(t *thread, unfinished *func()) {
	caught := recover()
	stack := ""
	if caught != nil {
		stack = ownStack()
	}
	h.mu.Lock()
	h.news = h.now
	switch {
	case caught != nil:
		h.fail("goroutine %d panicked: %v\n%s", t.number, caught, stack)
	case *unfinished != nil:
		h.fail("goroutine %d was ended by runtime.Goexit, perhaps by t.FailNow", t.number)
	case len(h.ready)+len(h.parked) == 0:
		h.finish()
	}
	if h.ended {
		h.mu.Unlock()
		return
	}
	next := h.next()
	h.mu.Unlock()
	if next != nil {
		next.turn <- struct{}{}
	}
}

// pass gives the turn away. The current goroutine t has entered itself into ready
// or parked and holds mu; pass returns, without mu, when it is t's turn again.
func (h *Host) pass(t *thread) {
	next := h.next()
	h.mu.Unlock()
	if next == nil {
		select {} // the run has failed
	}
	if next != t {
		next.turn <- struct{}{}
		<-t.turn
	}
}

// next makes another goroutine the current one, or fails the run and returns nil.
// The caller holds mu.
func (h *Host) next() *thread {
	next := h.pick()
	if next == nil {
		h.failStuck()
		return nil
	}
	h.current = next
	h.trace.add(next.number, h.now)
	return next
}

// pick chooses among those that can run, and lets time pass if there are none. It
// returns nil if there never will be any. The caller holds mu.
func (h *Host) pick() *thread {
	h.due()
	for strangers := 0; len(h.ready) == 0; {
		if h.jump() {
			continue
		}
		if strangers++; strangers > 100 {
			return nil
		}
		// A goroutine outside of the run may be about to give a permit.
		h.mu.Unlock()
		runtime.Gosched()
		h.mu.Lock()
	}
	i := h.choice.IntN(len(h.ready))
	if h.temper.ranked && h.choice.IntN(8) > 0 {
		best := math.Inf(-1)
		for j, t := range h.ready {
			if t.rank > best {
				i, best = j, t.rank
			}
		}
	}
	next := h.ready[i]
	h.ready = slices.Delete(h.ready, i, i+1)
	return next
}

// jump moves the clock to the earliest deadline, if there is one that is worth
// waiting for. The caller holds mu.
func (h *Host) jump() bool {
	var first time.Time
	for _, t := range h.parked {
		if !t.deadline.IsZero() && (first.IsZero() || t.deadline.Before(first)) {
			first = t.deadline
		}
	}
	if first.IsZero() || h.now.Sub(h.news) > h.patience {
		return false
	}
	if first.After(h.now) {
		h.now = first
	}
	h.due()
	return true
}

// due makes those ready whose deadline has come. The caller holds mu.
func (h *Host) due() {
	for i := 0; i < len(h.parked); {
		if t := h.parked[i]; !t.deadline.IsZero() && !t.deadline.After(h.now) {
			h.wake(t)
		} else {
			i++
		}
	}
}

// wake makes a parked goroutine ready. The caller holds mu.
func (h *Host) wake(t *thread) {
	i := slices.Index(h.parked, t)
	h.parked = slices.Delete(h.parked, i, i+1)
	h.ready = append(h.ready, t)
}

// preempt lets others run first, if the seed says so and the caller's goroutine
// is one of the run.
func (h *Host) preempt() {
	h.mu.Lock()
	if h.current == nil || h.temper.preempt == 0 || h.choice.Float64() >= h.temper.preempt {
		h.mu.Unlock()
		return
	}
	h.mu.Unlock()
	if origin() != ours {
		return
	}
	h.mu.Lock()
	t := h.current
	h.ready = append(h.ready, t)
	h.pass(t)
}

// home says where a goroutine comes from.
type home int

const (
	stranger  home = iota
	ours           // Host.Go has started it
	coroutine      // it runs on behalf of a goroutine that waits for it
)

// origin looks at the bottom of the calling goroutine's stack. A goroutine that is
// too deep to be seen counts as a coroutine.
func origin() home {
	var pcs [128]uintptr
	n := runtime.Callers(2, pcs[:])
	if n == len(pcs) {
		return coroutine
	}
	for _, pc := range pcs[max(n-3, 0):n] {
		name := runtime.FuncForPC(pc - 1).Name()
		switch {
		case strings.HasSuffix(name, "sim.(*Host).begin"):
			return ours
		case name == "runtime.corostart":
			return coroutine
		}
	}
	return stranger
}

package thalwegtest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// machine is a host whose clock the test moves. One goroutine of the job runs at a time;
// it gives its turn away when it parks or ends, and the seed chooses who is next. When
// nobody can run the test's goroutine goes on, which alone lets time pass.
//
// Invariant: while the test's goroutine is not inside of run, current is nil.
type machine struct {
	host.Host // real: files, and where goroutines come from
	driver    host.Parker

	mu      sync.Mutex
	choice  uint64    // state of the generator; guarded by mu
	random  uint64    // of that of Random; guarded by mu
	now     time.Time // guarded by mu
	alive   int       // goroutines; guarded by mu
	current *thread   // guarded by mu
	ready   []*thread // guarded by mu
	parked  []*thread // in the order of parking; guarded by mu
}

// thread is a goroutine of the job.
type thread struct {
	turn     host.Parker
	deadline time.Time       // while parked; zero: none
	ctx      context.Context // while asleep: its end ends the sleep
	master   bool            // it runs the job as a whole
}

// masterInterval is how often the master is called by its deadlines. They are for figures
// several times a second, which nobody sees in a test.
const masterInterval = time.Hour

func newMachine(seed uint64, now time.Time) *machine {
	real := host.New()
	return &machine{Host: real, driver: real.NewParker(), choice: seed, random: ^seed, now: now}
}

// mix is a step of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
// Generators", OOPSLA 2014).
func mix(state *uint64) uint64 {
	*state += 0x9e3779b97f4a7c15
	z := *state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (m *machine) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *machine) Random() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return mix(&m.random)
}

var errNoNetwork = errors.New("thalwegtest: there is no network")

func (m *machine) Dial(context.Context, string, string) (net.Conn, error) { return nil, errNoNetwork }

func (m *machine) Listen(context.Context, string, string) (net.Listener, error) {
	return nil, errNoNetwork
}

// Go implements host.Host. The goroutine has its first turn later.
func (m *machine) Go(f func()) { m.begin(&thread{turn: m.Host.NewParker()}, f) }

// goMaster is Go for what runs the job.
func (m *machine) goMaster(f func()) {
	m.begin(&thread{turn: m.Host.NewParker(), master: true}, f)
}

func (m *machine) begin(t *thread, f func()) {
	m.mu.Lock()
	m.alive++
	m.ready = append(m.ready, t)
	m.mu.Unlock()
	m.Host.Go(func() {
		defer m.end()
		m.await(t)
		f()
	})
}

func (m *machine) end() {
	m.mu.Lock()
	m.alive--
	m.pass()
}

// await returns when it is the thread's turn.
func (m *machine) await(t *thread) {
	for {
		m.mu.Lock()
		mine := m.current == t
		m.mu.Unlock()
		if mine {
			return
		}
		t.turn.Park(time.Time{})
	}
}

// pass gives the turn to another thread, or to the test. The caller holds mu, which pass
// gives up.
func (m *machine) pass() {
	m.current = nil
	if n := len(m.ready); n > 0 {
		i := int(mix(&m.choice) % uint64(n))
		m.current = m.ready[i]
		m.ready = append(m.ready[:i], m.ready[i+1:]...)
	}
	next := m.driver
	if m.current != nil {
		next = m.current.turn
	}
	m.mu.Unlock()
	next.Unpark()
}

// run lets the job go on until nobody can. It is for the test's goroutine.
func (m *machine) run() {
	m.mu.Lock()
	for {
		if m.current == nil {
			m.wake(func(t *thread) bool { return t.ctx != nil && t.ctx.Err() != nil })
			if len(m.ready) == 0 {
				m.mu.Unlock()
				return
			}
			m.pass()
		} else {
			m.mu.Unlock()
		}
		m.driver.Park(time.Time{})
		m.mu.Lock()
	}
}

// wake makes those of the parked ready for which is is true. The caller holds mu.
func (m *machine) wake(is func(*thread) bool) {
	rest := m.parked[:0]
	for _, t := range m.parked {
		if is(t) {
			m.ready = append(m.ready, t)
		} else {
			rest = append(rest, t)
		}
	}
	clear(m.parked[len(rest):])
	m.parked = rest
}

// jump moves the clock to the earliest deadline, if there is one up to limit; the zero
// limit is none.
func (m *machine) jump(limit time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	var first time.Time
	for _, t := range m.parked {
		if !t.deadline.IsZero() && (first.IsZero() || t.deadline.Before(first)) {
			first = t.deadline
		}
	}
	if first.IsZero() || !limit.IsZero() && first.After(limit) {
		return false
	}
	m.set(first)
	return true
}

// set moves the clock, never back. The caller holds mu.
func (m *machine) set(now time.Time) {
	if now.After(m.now) {
		m.now = now
	}
	m.wake(func(t *thread) bool { return !t.deadline.IsZero() && !t.deadline.After(m.now) })
}

// advance lets time pass.
func (m *machine) advance(d time.Duration) {
	m.run()
	limit := m.Now().Add(d)
	for m.jump(limit) {
		m.run()
	}
	m.mu.Lock()
	m.set(limit)
	m.mu.Unlock()
	m.run()
}

// hear waits until somebody who is no thread has made one ready.
func (m *machine) hear() {
	for {
		m.mu.Lock()
		some := len(m.ready) > 0 || m.alive == 0
		m.mu.Unlock()
		if some {
			return
		}
		m.driver.Park(time.Time{})
	}
}

func (m *machine) living() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.alive
}

// sleep parks the running thread until time has passed or ctx is done.
func (m *machine) sleep(ctx context.Context, d time.Duration) {
	m.mu.Lock()
	t := m.current
	t.ctx = ctx
	m.park(t, m.now.Add(d))
	t.ctx = nil
}

// park gives the turn of a thread away until it has it again. The caller holds mu, which
// park gives up.
func (m *machine) park(t *thread, deadline time.Time) {
	t.deadline = deadline
	m.parked = append(m.parked, t)
	m.pass()
	m.await(t)
}

// parker is a permit and the thread that waits for it. Its fields are guarded by the
// machine's mu.
type parker struct {
	m       *machine
	permit  bool
	waiting *thread
}

func (m *machine) NewParker() host.Parker { return &parker{m: m} }

func (p *parker) Park(deadline time.Time) bool {
	m := p.m
	m.mu.Lock()
	if !p.permit && (deadline.IsZero() || deadline.After(m.now)) {
		p.waiting = m.current
		if p.waiting.master && !deadline.IsZero() {
			deadline = m.now.Add(masterInterval)
		}
		m.park(p.waiting, deadline)
		m.mu.Lock()
		p.waiting = nil
	}
	defer m.mu.Unlock()
	taken := p.permit
	p.permit = false
	return taken
}

func (p *parker) Unpark() {
	m := p.m
	m.mu.Lock()
	p.permit = true
	if t := p.waiting; t != nil {
		m.wake(func(other *thread) bool { return other == t })
	}
	strange := m.current == nil
	m.mu.Unlock()
	if strange {
		m.driver.Unpark()
	}
}

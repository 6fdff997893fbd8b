// Package sim is a host that owns a run: one seeded scheduler runs one goroutine
// at a time on virtual time, with a disk and a network in memory that fail where
// a test wants them to. Floor 1. For tests.
//
//	h := sim.New(seed)
//	err := h.Run(func() {
//		_, err = thalweg.Run(context.Background(), build, thalweg.OnHost(h))
//	})
//
// The same seed gives the same run, decision by decision, if the program does
// nothing the host does not see. A run that fails says its seed.
//
// How it works: every goroutine that [Host.Go] has started waits for its turn,
// and has it until it parks, ends, or is preempted. Then it chooses the next one
// itself, by the seeded generator, among those that can run. If there are none,
// virtual time jumps to the earliest deadline. If there is no deadline either,
// or if nothing but deadlines has happened for [Patience], the run has failed.
//
// A goroutine may be preempted where it starts another, gives a permit, takes
// one, or uses the disk or the network. So none of that may happen while a mutex
// is held that another goroutine could want: the scheduler does not see mutexes,
// and both would wait for ever.
//
// Goroutines started in other ways may read the clock and give permits, but
// neither park nor choose who runs; when they do what they do is not part of the
// seed.
package sim

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

var _ host.Host = (*Host)(nil)

// Host is a simulated machine. Its methods may be called from any goroutine, if
// they do not say otherwise. Make one for each run with [New].
type Host struct {
	seed     uint64
	patience time.Duration
	temper   temper
	disk     *Disk
	network  *Network
	over     chan struct{} // closed when all goroutines have ended, or the run has failed

	mu      sync.Mutex
	choice  *rand.Rand // decides who runs; guarded by mu
	random  *rand.Rand // what Random returns; guarded by mu
	now     time.Time  // guarded by mu
	news    time.Time  // when something last happened that was not a deadline; guarded by mu
	ready   []*thread  // those that can run, without current; guarded by mu
	parked  []*thread  // guarded by mu
	current *thread    // whose turn it is; guarded by mu
	started int        // goroutines so far; guarded by mu
	trace   trace      // guarded by mu
	err     error      // why the run has failed; guarded by mu
	ended   bool       // over is closed; guarded by mu
}

// temper is how a run behaves. It is drawn from the seed, because different
// mistakes need different weather.
type temper struct {
	preempt float64       // how likely a goroutine is preempted where it may be
	tick    time.Duration // how far a look at the clock moves it, at most
	ranked  bool          // some goroutines hardly ever run while others can
}

// epoch is where virtual time begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Option changes a host.
type Option func(*Host)

// Patience sets how much virtual time may pass in which nothing happens but
// deadlines. The default is an hour.
func Patience(d time.Duration) Option { return func(h *Host) { h.patience = d } }

// Calm makes a run without preemptions and in which time stands still while
// anybody can run.
func Calm() Option { return func(h *Host) { h.temper = temper{} } }

// New returns a machine on which nothing has run.
func New(seed uint64, options ...Option) *Host {
	h := &Host{
		seed: seed, patience: time.Hour, over: make(chan struct{}),
		choice: rand.New(rand.NewPCG(seed, 1)), random: rand.New(rand.NewPCG(seed, 2)),
		now: epoch, news: epoch, trace: newTrace(),
	}
	h.temper = temper{
		preempt: []float64{0, 0.05, 0.3, 0.8}[h.choice.IntN(4)],
		tick:    []time.Duration{0, time.Microsecond, 30 * time.Microsecond, time.Millisecond}[h.choice.IntN(4)],
		ranked:  h.choice.IntN(2) == 0,
	}
	h.disk = newDisk(h.preempt)
	h.network = newNetwork(h)
	for _, o := range options {
		o(h)
	}
	return h
}

// Run runs f and everything it starts, and returns when all of it has ended. It
// is called once, by a goroutine that is not part of the run. An error says what
// went wrong and with which seed: nobody could go on, or a goroutine panicked.
// The goroutines of a run that has failed stay where they are for ever.
func (h *Host) Run(f func()) error {
	h.Go(f)
	h.mu.Lock()
	next := h.pick()
	h.current = next
	h.mu.Unlock()
	next.turn <- struct{}{}
	<-h.over
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Now returns virtual time. Looking at the clock moves it a little.
func (h *Host) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.temper.tick > 0 {
		h.now = h.now.Add(time.Duration(h.choice.Int64N(int64(h.temper.tick))))
	}
	return h.now
}

// Sleep lets virtual time pass. It is for goroutines of the run.
func (h *Host) Sleep(d time.Duration) { h.NewParker().Park(h.Now().Add(d)) }

// Yield lets the seed decide who runs next. It is for goroutines of the run.
func (h *Host) Yield() {
	h.mu.Lock()
	t := h.current
	h.ready = append(h.ready, t)
	h.pass(t)
}

// Random returns bits that depend on the seed.
func (h *Host) Random() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.random.Uint64()
}

// flip and below draw from the generator of decisions.
func (h *Host) flip() bool { return h.below(2) == 0 }

func (h *Host) below(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.choice.IntN(n)
}

// Files returns the machine's disk.
func (h *Host) Files() host.FileSystem { return h.disk }

// Disk returns the machine's disk, to prepare and to break.
func (h *Host) Disk() *Disk { return h.disk }

// Trace tells one run from another: two runs with equal traces were scheduled in
// the same way at the same times.
func (h *Host) Trace() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.trace.String()
}

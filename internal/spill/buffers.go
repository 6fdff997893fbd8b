package spill

import (
	"slices"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

// How many buffers a space has: as many as its share allows, within bounds. More
// than the upper one would only be bytes on their way to a disk that is too slow.
const (
	minBuffers = 4
	maxBuffers = 1024
)

// MinShare returns the bytes of the smallest share a space keeps to, for a size of
// pages: four buffers, which are as large as pages.
func MinShare(pageSize int) int64 { return minBuffers * int64(pageSize) }

// pool is the buffers of a space. They are made when they are first wanted, and
// kept until the pool is closed. It is safe for concurrent use.
type pool struct {
	share *memory.Share
	size  int // of a buffer
	most  int // buffers
	holds int // buffers that may be held from call to call

	mu      sync.Mutex
	made    int       // guarded by mu
	held    int       // guarded by mu
	free    [][]byte  // guarded by mu
	waiting []*waiter // the longest first; free is empty then; guarded by mu
	closed  bool      // guarded by mu
}

// waiter is a goroutine that may wait for a buffer.
type waiter struct {
	parker host.Parker
	buffer []byte // what it has been given; guarded by the pool's mu
}

var never time.Time

func newPool(share *memory.Share) *pool {
	size := share.PageSize()
	most := int(min(max(share.Limit()/int64(size), minBuffers), maxBuffers))
	return &pool{share: share, size: size, most: most, holds: most - max(2, most/4)}
}

// take returns a buffer with any content, and waits for one if there is none.
func (p *pool) take(w *waiter) []byte {
	p.mu.Lock()
	if b := p.idle(); b != nil {
		p.mu.Unlock()
		return b
	}
	p.waiting = append(p.waiting, w)
	for w.buffer == nil {
		p.mu.Unlock()
		w.parker.Park(never)
		p.mu.Lock()
	}
	b := w.buffer
	w.buffer = nil
	p.mu.Unlock()
	return b
}

// idle returns a buffer that nobody has, or a new one; nil if there may be no more.
// The caller holds mu.
func (p *pool) idle() []byte {
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	switch {
	case p.closed: // who still takes one fails soon
	case p.made == p.most:
		return nil
	default:
		p.made++
		if !p.share.Reserve(int64(p.size)) {
			p.share.Force(int64(p.size)) // the share is less than MinShare
		}
	}
	return make([]byte, p.size)
}

// give returns a buffer that is not held any more.
func (p *pool) give(b []byte) {
	p.mu.Lock()
	if len(p.waiting) == 0 {
		if !p.closed {
			p.free = append(p.free, b)
		}
		p.mu.Unlock()
		return
	}
	w := p.waiting[0]
	p.waiting = slices.Delete(p.waiting, 0, 1)
	w.buffer = b
	p.mu.Unlock()
	w.parker.Unpark()
}

// hold reports whether a buffer that was taken may be kept when the call is over.
func (p *pool) hold() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == p.holds {
		return false
	}
	p.held++
	return true
}

// spare returns a buffer that is held, if so many are left that nobody misses one,
// else nil. It does not wait.
func (p *pool) spare() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held >= p.holds/2 || len(p.free) == 0 && p.made == p.most || p.closed {
		return nil
	}
	p.held++
	return p.idle()
}

// letGo takes a hold back: the buffer is to be given, now or by the operation it
// is used for.
func (p *pool) letGo() {
	p.mu.Lock()
	p.held--
	p.mu.Unlock()
}

// close gives up all buffers, those that are still somewhere included.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed, p.free = true, nil
		p.share.Release(int64(p.made) * int64(p.size))
	}
}

package socket

import (
	"net"
	"sync"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

const (
	receiveSize = 32 << 10  // what is received at once
	ahead       = 256 << 10 // how much is received before the reader takes it
)

// received is what a link has to tell, in order.
type received struct {
	file.Piece
	bytes   int64 // received since the last one
	err     error // ended the link; the last one has it
	dialing bool  // err came from dialing
}

// link is one attempt to connect and the connection that came of it.
//
// A goroutine dials and receives until it is ahead by enough, and then ends
// rather than waits; the reader starts another one when it has caught up. So the
// goroutine is never blocked but in calls of the network, which close ends.
type link struct {
	c      connect.ReaderContext
	source *source

	cut  *file.Cutter // used by the goroutine only
	told int64        // how much of what cut received was told; used by the goroutine only

	mu      sync.Mutex
	queue   []received // guarded by mu
	pending int        // bytes of text in queue; guarded by mu
	active  bool       // a goroutine will add to the queue; guarded by mu
	dialing bool       // guarded by mu
	conn    net.Conn   // nil until connected; guarded by mu
	ended   bool       // the last news is in the queue, or was; guarded by mu
	closed  bool       // guarded by mu
}

// newLink begins to dial.
func newLink(c connect.ReaderContext, s *source) *link {
	l := &link{c: c, source: s, dialing: true}
	l.start()
	return l
}

// start starts the goroutine. The caller holds mu, or is the only one to know l.
func (l *link) start() {
	l.active = true
	l.c.Go(func() {
		if l.cut != nil || l.connect() {
			l.fetch()
		}
	})
}

// receive returns the next news, or false if there is none yet.
func (l *link) receive() (received, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return received{}, false
	}
	p := l.queue[0]
	l.queue[0] = received{} // its text would stay alive behind the queue
	l.queue = l.queue[1:]
	l.pending -= len(p.Text)
	if !l.active && !l.ended && l.pending <= ahead/2 {
		l.start()
	}
	return p, true
}

// connect dials. It reports whether there is a connection to receive from.
func (l *link) connect() bool {
	conn, err := l.c.Dial("tcp", l.source.address)
	l.mu.Lock()
	l.dialing = false
	if l.closed {
		l.mu.Unlock()
		if err == nil {
			_ = conn.Close()
		}
		return false
	}
	if err != nil {
		l.queue = append(l.queue, received{err: err, dialing: true})
		l.ended, l.active = true, false
		l.mu.Unlock()
		l.c.Wake()
		return false
	}
	l.conn = conn
	l.mu.Unlock()
	l.cut = file.NewCutter(conn, l.source.maxLine, receiveSize)
	return true
}

// fetch receives until it is ahead by enough or the connection has ended.
func (l *link) fetch() {
	for {
		p, err := l.cut.Next()
		if err == nil && p.Text == "" {
			continue // no line is complete yet
		}
		n := l.cut.Received()
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return
		}
		l.queue = append(l.queue, received{Piece: p, bytes: n - l.told, err: err})
		l.told = n
		l.pending += len(p.Text)
		l.ended = err != nil
		l.active = !l.ended && l.pending < ahead
		stop := !l.active
		l.mu.Unlock()
		l.c.Wake()
		if stop {
			return
		}
	}
}

// close ends the connection, and with it the goroutine. One that is still dialing
// ends with the job; it closes the connection, should there be one.
func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	conn := l.conn
	l.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
}

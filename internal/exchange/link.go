package exchange

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// linger bounds each wait when a connection ends: for the network to take a part
// of what is queued, for the peer's goodbye, for a peer to be told what it did.
const linger = 5 * time.Second

// link is the connection to one peer and the sending ends of the channels that
// lead there. It lives in these states:
//
//	open ──► closing   Close was called here: what is queued goes out, then
//	  │                goodbye; the reader stays for the peer's goodbye
//	  ├────► departed  the peer said goodbye: nothing more is wanted there, so the
//	  │                queue is dropped and the goodbye answered
//	  └────► broken    cause says why; the writer reports it
//
// In all but open, offers are dropped, except between the breaking and the end
// of OnLost, when they are refused. A connection ends well when both goodbyes
// have passed: then neither side closes a socket that has unread bytes, which
// would make TCP throw away what is under way to the other.
//
// Senders call admit and send, receiving tasks grant, the reader credited and
// depart, anybody fail; the writer alone writes.
type link struct {
	mesh   *Mesh
	peer   int
	writer host.Parker
	out    net.Buffers // what the writer's present call has left; for the writer

	mu       sync.Mutex
	conn     net.Conn // nil until the peer is connected
	outlets  map[ChannelID]*remote
	ordered  []*remote // the outlets in the order they were made
	queue    []*packet // to be written
	grants   []*inlet  // whose granted credits are to be written
	idle     bool      // the writer found nothing and has not been woken since
	halves   int       // of reader and writer, those that run
	cause    error     // why the connection is broken
	tell     bool      // the peer is to hear the cause
	closing  bool
	departed bool
	drop     bool // offers are accepted and dropped
}

func newLink(m *Mesh, peer int) *link {
	return &link{
		mesh: m, peer: peer, writer: m.host.NewParker(),
		outlets: map[ChannelID]*remote{},
	}
}

func (l *link) outlet(o *remote) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.outlets[o.id] != nil {
		panic(fmt.Sprintf("exchange: two outlets for one channel (%v)", o.id))
	}
	l.outlets[o.id] = o
	l.ordered = append(l.ordered, o)
}

// start runs the connection's reader and writer on the mesh's goroutines.
func (l *link) start(conn net.Conn) {
	l.mu.Lock()
	l.conn, l.halves = conn, 2
	l.mu.Unlock()
	r := &receiver{link: l}
	l.mesh.group.Go(func() { defer l.half(); r.run(conn) })
	l.mesh.group.Go(func() { defer l.half(); l.write(conn) })
}

// half notes that the reader or the writer has ended. The last one closes.
func (l *link) half() {
	l.mu.Lock()
	l.halves--
	last := l.halves == 0
	l.mu.Unlock()
	if last {
		l.conn.Close()
	}
}

type admission uint8

const (
	admitted admission = iota
	refused
	dropped
)

// admit says whether an outlet may send, and takes a credit for a batch.
func (l *link) admit(o *remote, batch bool) admission {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.drop:
		return dropped
	case l.cause != nil, batch && o.credits == 0:
		o.starved = true
		return refused
	case batch:
		o.credits--
	}
	return admitted
}

// send queues a frame that was admitted.
func (l *link) send(o *remote, p *packet, end bool) {
	l.mu.Lock()
	o.ended = o.ended || end
	l.queue = append(l.queue, p)
	wake := l.rouse()
	l.mu.Unlock()
	if wake {
		l.writer.Unpark()
	}
}

// grant queues credits for the peer.
func (l *link) grant(in *inlet, n int32) {
	l.mu.Lock()
	if in.granted == 0 {
		l.grants = append(l.grants, in)
	}
	in.granted += n
	wake := l.rouse()
	l.mu.Unlock()
	if wake {
		l.writer.Unpark()
	}
}

// rouse reports whether the writer must be woken. The caller holds mu.
func (l *link) rouse() (wake bool) {
	wake, l.idle = l.idle, false
	return wake
}

// credited notes credits that the peer returned.
func (l *link) credited(id ChannelID, n uint32) error {
	l.mu.Lock()
	o := l.outlets[id]
	if o == nil {
		l.mu.Unlock()
		return violationf("credits for a channel that does not lead there (%v)", id)
	}
	if excess := int64(n) - int64(o.limit-o.credits); excess > 0 {
		l.mu.Unlock()
		return violationf("%d credits more than batches were sent (%v)", excess, id)
	}
	o.credits += int(n)
	wake := o.starved
	o.starved = false
	l.mu.Unlock()
	if wake {
		o.sender.Unpark()
	}
	return nil
}

// starving collects the senders to wake. The caller holds mu.
func (l *link) starving() (wake []host.Parker) {
	for _, o := range l.ordered {
		if o.starved {
			o.starved = false
			wake = append(wake, o.sender)
		}
	}
	return wake
}

// unfinished counts the channels to the peer that carried no end of input. The
// caller holds mu.
func (l *link) unfinished() (n int) {
	for _, o := range l.ordered {
		if !o.ended {
			n++
		}
	}
	return n
}

// fail breaks the connection, if it is not over already. The first cause counts.
// tell has the peer told, as far as it still listens.
func (l *link) fail(cause error, tell bool) {
	l.mu.Lock()
	if l.cause != nil || l.departed {
		l.mu.Unlock()
		return
	}
	l.cause, l.tell = cause, tell
	conn, wake := l.conn, l.rouse()
	l.mu.Unlock()
	if conn != nil {
		// Frees a writer that is stuck because the peer does not read.
		if tell {
			conn.SetWriteDeadline(l.mesh.host.Now().Add(linger))
		} else {
			conn.Close()
		}
	}
	if wake {
		l.writer.Unpark()
	}
}

// depart notes the peer's goodbye. A connection that is broken already stays so:
// its offers wait for OnLost.
func (l *link) depart() {
	l.mu.Lock()
	if l.cause != nil {
		l.mu.Unlock()
		return
	}
	l.departed, l.drop = true, true
	senders, wake := l.starving(), l.rouse()
	l.mu.Unlock()
	l.conn.SetWriteDeadline(l.mesh.host.Now().Add(linger))
	l.wake(senders, wake)
}

// close begins the end of the connection from this side.
func (l *link) close() {
	l.mu.Lock()
	l.closing, l.drop = true, true
	conn, senders, wake := l.conn, l.starving(), l.rouse()
	l.mu.Unlock()
	if conn != nil {
		conn.SetDeadline(l.mesh.host.Now().Add(linger))
	}
	l.wake(senders, wake)
}

func (l *link) wake(senders []host.Parker, writer bool) {
	for _, sender := range senders {
		sender.Unpark()
	}
	if writer {
		l.writer.Unpark()
	}
}

package exchange

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// Mesh connects the processes of a job, numbered from 0: one TCP connection for
// each pair carries all channels between the two.
//
// Use: NewMesh, Listen; Receive and Outlet for all channels; Connect; run the
// tasks; Close. These calls are for one goroutine, the mesh's owner. Outlets are
// for their senders, and may be used as soon as they are made: what is offered
// before Connect waits for the connection.
//
// Flow control: the receiver of a channel has promised room for its credits, a
// number both sides are given. Every batch sent costs one; the receiver returns
// credits for the batches polled out of its gate, at least half of all at a
// time, so that one small frame returns many.
type Mesh struct {
	host   host.Host
	self   int
	token  []byte
	onLost func(peer int, err error)
	group  *host.Group
	limit  int // bytes of a batch sent from here

	// Written before Connect starts the readers, read-only afterwards.
	inlets map[ChannelID]*inlet
	links  []*link // by process number; nil where no channel leads yet

	mu       sync.Mutex
	listener net.Listener
	cancel   context.CancelFunc // of a Connect under way
	pending  []net.Conn         // in their handshake
	closed   bool
}

// NewMesh returns the mesh of process self. token is the job's secret, the same
// in all processes; it never crosses the network.
//
// onLost, unless nil, is called once for each peer whose connection breaks
// before Close, with an error that names the peer and the reason: the peer died,
// closed before its channels had ended, or broke the protocol, or a batch did
// not fit a frame (see [ErrBatchTooLarge]). It is called on a goroutine that
// Close waits for, so it must not call Close; it should cancel the job and
// return. Until it returns, outlets to the peer refuse; afterwards they accept
// and drop.
func NewMesh(h host.Host, self int, token []byte, onLost func(peer int, err error)) *Mesh {
	return &Mesh{
		host: h, self: self, token: slices.Clone(token), onLost: onLost,
		group:  host.NewGroup(h),
		limit:  maxPayload,
		inlets: map[ChannelID]*inlet{},
	}
}

// Receive has the frames of a channel put into a channel of a gate: events as
// they are, batches as *Frame. credits is how many batches the gate will hold, or
// Unbounded; the sender is given the same number. Receive comes before Connect.
func (m *Mesh) Receive(id ChannelID, gate *Gate, channel int, credits int) {
	checkCredits(id, credits)
	if m.inlets[id] != nil {
		panic(fmt.Sprintf("exchange: two receivers for one channel (%v)", id))
	}
	in := newInlet(id, gate, channel, credits)
	m.inlets[id] = in
	gate.attach(channel, in)
}

// Outlet returns the sending end of a channel to a task of process to. encode
// appends the bytes of a batch; Offer calls it on the sending task's goroutine,
// and the batch is released then. sender is that task's parker. The bytes of the
// channel's frames are added to meter, unless it is nil. Outlet comes before
// Connect.
//
// A batch of more than operator.MaxBatch rows or of more than 256 MiB breaks the
// connection with ErrBatchTooLarge.
func (m *Mesh) Outlet(to int, id ChannelID, encode func(dst []byte, b operator.Carrier) []byte,
	sender host.Parker, meter *atomic.Int64, credits int) operator.Outlet {
	checkCredits(id, credits)
	o := newRemote(m.link(to), id, encode, sender, meter, credits)
	o.link.outlet(o)
	return o
}

// maxCredits keeps the accounts of credits within 32 bits.
const maxCredits = 1 << 30

func checkCredits(id ChannelID, credits int) {
	if credits != Unbounded && (credits < 1 || credits > maxCredits) {
		panic(fmt.Sprintf("exchange: a channel cannot have %d credits (%v)", credits, id))
	}
}

// link returns the link to a peer, made on first use.
func (m *Mesh) link(peer int) *link {
	if peer < 0 || peer == m.self {
		panic(fmt.Sprintf("exchange: process %d has no connection to process %d", m.self, peer))
	}
	for len(m.links) <= peer {
		m.links = append(m.links, nil)
	}
	if m.links[peer] == nil {
		m.links[peer] = newLink(m, peer)
	}
	return m.links[peer]
}

func (m *Mesh) lost(peer int, err error) {
	if m.onLost != nil {
		m.onLost(peer, err)
	}
}

// Close hands over what is still queued, says goodbye, and returns when all
// goroutines and sockets of the mesh are gone. A peer that does not take or
// answer anything for five seconds is not waited for.
//
// Peers do not take a Close for a loss if all channels to them have carried
// their end of input. Offers from now on are accepted and dropped. Closing a
// closed mesh does nothing.
func (m *Mesh) Close() {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return
	}
	m.closed = true
	listener, cancel, pending := m.listener, m.cancel, slices.Clone(m.pending)
	m.mu.Unlock()

	if cancel != nil {
		cancel()
	}
	if listener != nil {
		listener.Close()
	}
	for _, conn := range pending {
		conn.Close()
	}
	for _, l := range m.links {
		if l != nil {
			l.close()
		}
	}
	m.group.Wait()
}

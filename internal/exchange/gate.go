package exchange

import (
	"fmt"
	"sync"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// Unbounded is the capacity, or the number of credits, of a channel that never
// refuses a batch.
const Unbounded = -1

// Item is what a channel carries: a batch or an event, exactly one.
type Item struct {
	Batch operator.Carrier
	Event operator.Event
}

// Gate is the receiving side of a task: one bounded queue for each sending
// subtask.
//
// Add, Block, Unblock and Poll are for the receiving task, Add only before the
// first offer. Outlets are used by their senders, each by one. Close may be
// called from any goroutine.
//
// Channels that have something and are not blocked stand in one line, in the
// order in which they became ready. Poll serves the first one item and sends it
// to the end of the line if it has more, so that a busy channel delays another
// by one item per turn. Blocking is lazy: a blocked channel stays in the line
// until Poll meets it, and is out of it then until it is unblocked.
type Gate struct {
	receiver host.Parker

	mu      sync.Mutex
	queues  []*queue
	line    ring[int] // numbers of the queues to serve, each at most once
	waiting bool      // the receiver has found nothing and not been woken since
	closed  bool
}

// queue is one channel of a gate. Its fields are guarded by the gate's mu;
// capacity, sender and inlet do not change once the channel is in use.
type queue struct {
	items    ring[Item]
	batches  int // of items
	capacity int
	blocked  bool
	lined    bool // it stands in the gate's line

	sender  host.Parker // of a local channel
	starved bool        // sender was refused and has not been woken since

	inlet *inlet // of a channel from another process
}

// NewGate returns a gate without channels. receiver is the parker of the task
// that will poll it.
func NewGate(receiver host.Parker) *Gate {
	return &Gate{receiver: receiver, waiting: true}
}

// Add makes a channel that holds up to capacity batches, or any number if
// capacity is Unbounded, and returns its number; numbers count from 0. For a
// channel that comes from another process the credits given to [Mesh.Receive]
// count, and capacity is not looked at.
func (g *Gate) Add(capacity int) (channel int) {
	if capacity < 1 && capacity != Unbounded {
		panic(fmt.Sprintf("exchange: a channel cannot have capacity %d", capacity))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queues = append(g.queues, &queue{capacity: capacity})
	return len(g.queues) - 1
}

// attach says that a channel comes from another process.
func (g *Gate) attach(channel int, in *inlet) {
	g.mu.Lock()
	g.queues[channel].inlet = in
	g.mu.Unlock()
}

// Poll returns the next item and its channel. The caller owns a batch it gets.
// Not ok means that no channel that is not blocked has anything; the receiver's
// parker gets a permit when that changes. A task parks for input only after a
// Poll that said so. A closed gate has nothing.
func (g *Gate) Poll() (channel int, item Item, ok bool) {
	g.mu.Lock()
	var q *queue
	for {
		if g.line.size == 0 {
			g.waiting = true
			g.mu.Unlock()
			return 0, Item{}, false
		}
		channel = g.line.pop()
		q = g.queues[channel]
		if !q.blocked {
			break
		}
		q.lined = false
	}
	item = q.items.pop()
	if q.items.size > 0 {
		g.line.push(channel)
	} else {
		q.lined = false
	}
	wake := false
	if item.Batch != nil {
		q.batches--
		wake, q.starved = q.starved, false
	}
	g.mu.Unlock()

	if wake {
		q.sender.Unpark()
	}
	if item.Batch != nil && q.inlet != nil {
		q.inlet.polled()
	}
	return channel, item, true
}

// Block makes Poll pass over a channel. What it has and what still arrives stays
// in it, and its sender is held back as soon as it is full. Blocking a blocked
// channel does nothing.
func (g *Gate) Block(channel int) {
	g.mu.Lock()
	g.queues[channel].blocked = true
	g.mu.Unlock()
}

// Unblock makes Poll serve a channel again. Unblocking a channel that is not
// blocked does nothing.
func (g *Gate) Unblock(channel int) {
	g.mu.Lock()
	q := g.queues[channel]
	q.blocked = false
	wake := g.enter(channel, q)
	g.mu.Unlock()
	if wake {
		g.receiver.Unpark()
	}
}

// enter puts a queue into the line if it has something to serve, and reports
// whether the receiver must be woken. The caller holds mu.
func (g *Gate) enter(channel int, q *queue) (wake bool) {
	if q.blocked || q.lined || q.items.size == 0 {
		return false
	}
	q.lined = true
	g.line.push(channel)
	wake, g.waiting = g.waiting, false
	return wake
}

// put appends an item to a channel, or refuses a batch that exceeds the limit
// and marks the sender as starved. A closed gate accepts everything and drops it.
func (g *Gate) put(channel int, item Item, limit int) bool {
	g.mu.Lock()
	q := g.queues[channel]
	if g.closed {
		g.mu.Unlock()
		q.drop(item)
		return true
	}
	if item.Batch != nil {
		if limit != Unbounded && q.batches >= limit {
			q.starved = true
			g.mu.Unlock()
			return false
		}
		q.batches++
	}
	q.items.push(item)
	wake := g.enter(channel, q)
	g.mu.Unlock()
	if wake {
		g.receiver.Unpark()
	}
	return true
}

// drop releases an item that nobody will poll. Its credit goes back, so that the
// sender in another process is not held up either.
func (q *queue) drop(item Item) {
	if item.Batch == nil {
		return
	}
	item.Batch.Release()
	if q.inlet != nil {
		q.inlet.polled()
	}
}

// Close releases what is queued and makes the gate accept and drop whatever is
// offered from now on, so that the senders of a task that is over can finish.
// Closing a closed gate does nothing.
func (g *Gate) Close() {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return
	}
	g.closed = true
	g.line = ring[int]{}
	queues := g.queues
	left := make([]ring[Item], len(queues))
	var wake []host.Parker
	for i, q := range queues {
		left[i], q.items = q.items, ring[Item]{}
		q.batches, q.lined = 0, false
		if q.starved {
			q.starved = false
			wake = append(wake, q.sender)
		}
	}
	g.mu.Unlock()

	for i := range left {
		for left[i].size > 0 {
			queues[i].drop(left[i].pop())
		}
	}
	for _, sender := range wake {
		sender.Unpark()
	}
}

// local is the sending end of a channel inside the process.
type local struct {
	gate     *Gate
	channel  int
	capacity int
}

// Outlet returns the sending end of a channel for a task of the same process,
// whose parker is sender. A batch changes hands by reference.
func (g *Gate) Outlet(channel int, sender host.Parker) operator.Outlet {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[channel]
	q.sender = sender
	return &local{gate: g, channel: channel, capacity: q.capacity}
}

// Offer implements operator.Outlet.
func (l *local) Offer(b operator.Carrier, e operator.Event) bool {
	return l.gate.put(l.channel, Item{Batch: b, Event: e}, l.capacity)
}

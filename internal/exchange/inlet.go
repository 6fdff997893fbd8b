package exchange

import (
	"sync/atomic"

	"github.com/thalweg/thalweg/internal/operator"
)

// inlet is the receiving end of a channel between processes: it fills one
// channel of a gate and keeps the account of credits.
//
//	available + in the gate + returned + on the way back to the peer = credits
//
// where available is what the peer may still send, as far as is known here.
type inlet struct {
	id        ChannelID
	gate      *Gate
	channel   int
	threshold int32 // credits are returned that many at a time; 0: they do not count

	link      atomic.Pointer[link] // the peer that sends here, known from its first frame
	available atomic.Int32
	returned  atomic.Int32 // polled, and not yet given to the link
	granted   int32        // to go out in the next credit frame; guarded by the link's mu
	ended     bool         // the end of input has come; for the link's reader
}

func newInlet(id ChannelID, gate *Gate, channel, credits int) *inlet {
	in := &inlet{id: id, gate: gate, channel: channel}
	if credits != Unbounded {
		in.threshold = int32((credits + 1) / 2)
		in.available.Store(int32(credits))
	}
	return in
}

// admit checks a batch or event by its header, before its payload is read.
func (in *inlet) admit(l *link, h header) error {
	if !in.link.CompareAndSwap(nil, l) && in.link.Load() != l {
		return violationf("a frame for a channel of process %d (%v)", in.link.Load().peer, h.id)
	}
	if in.ended {
		return violationf("a frame after the end of its channel (%v)", h.id)
	}
	if h.kind == batchFrame && in.threshold > 0 && in.available.Add(-1) < 0 {
		return violationf("more batches than it has credits for (%v)", h.id)
	}
	return nil
}

// deliver puts an item into the gate, which has room for it.
func (in *inlet) deliver(item Item) {
	if item.Event != nil && item.Event.Kind() == operator.EndEvent {
		in.ended = true
	}
	in.gate.put(in.channel, item, Unbounded)
}

// polled returns the credit of a batch that has left the gate. The polling task
// calls it, and the reader if the gate is closed.
func (in *inlet) polled() {
	if in.threshold == 0 || in.returned.Add(1) < in.threshold {
		return
	}
	// Only one of two callers that come here together finds anything.
	if n := in.returned.Swap(0); n > 0 {
		in.available.Add(n)
		in.link.Load().grant(in, n)
	}
}

package exchange

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// ErrBatchTooLarge is wrapped by the error that OnLost gets when a batch does
// not fit a frame. Trying again does not help.
var ErrBatchTooLarge = errors.New("batch too large")

// remote is the sending end of a channel between processes.
type remote struct {
	link   *link
	id     ChannelID
	encode func(dst []byte, b operator.Carrier) []byte
	sender host.Parker
	meter  *atomic.Int64 // nil: nobody counts
	limit  int           // the channel's credits

	// Guarded by the link's mu.
	credits int  // batches that may be sent now
	starved bool // sender was refused and has not been woken since
	ended   bool // the end of input was offered
}

func newRemote(l *link, id ChannelID, encode func([]byte, operator.Carrier) []byte,
	sender host.Parker, meter *atomic.Int64, credits int) *remote {
	if credits == Unbounded {
		credits = math.MaxInt
	}
	return &remote{
		link: l, id: id, encode: encode, sender: sender, meter: meter,
		limit: credits, credits: credits,
	}
}

// Offer implements operator.Outlet. It encodes a batch that it accepts on the
// caller's goroutine and releases it.
func (o *remote) Offer(b operator.Carrier, e operator.Event) bool {
	switch o.link.admit(o, b != nil) {
	case refused:
		return false
	case dropped:
		if b != nil {
			b.Release()
		}
		return true
	}
	p := newPacket()
	if b == nil {
		p.bytes = appendFrame(p.bytes[:0], header{kind: eventFrame, event: e.Kind(), id: o.id}, encodeEvent(e))
		o.send(p, e.Kind() == operator.EndEvent)
		return true
	}
	rows := b.Len()
	frame := append(p.bytes[:0], make([]byte, headerSize)...)
	frame = o.encode(frame, b)
	p.bytes = frame
	if err := fits(rows, len(frame)-headerSize, o.link.mesh.limit); err != nil {
		p.release()
		o.link.fail(fmt.Errorf("exchange: to process %d: %w (%v): %w", o.link.peer, ErrBatchTooLarge, o.id, err), true)
		// Now the link accepts nothing until OnLost has returned, and then drops
		// what it is offered.
		return o.Offer(b, nil)
	}
	seal(frame, header{kind: batchFrame, id: o.id, count: uint32(rows)})
	o.send(p, false)
	b.Release()
	return true
}

func fits(rows, payload, limit int) error {
	if payload > limit {
		return fmt.Errorf("%d rows encode to %d bytes, a frame holds %d", rows, payload, limit)
	}
	if rows > operator.MaxBatch {
		return fmt.Errorf("%d rows, a frame holds %d", rows, operator.MaxBatch)
	}
	return nil
}

func (o *remote) send(p *packet, end bool) {
	if o.meter != nil {
		o.meter.Add(int64(len(p.bytes)))
	}
	o.link.send(o, p, end)
}

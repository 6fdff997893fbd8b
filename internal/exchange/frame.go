package exchange

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"
	"sync/atomic"

	"github.com/thalweg/thalweg/internal/operator"
)

// ChannelID names a channel between processes: the number of the exchange's edge
// in the plan, the sending and the receiving subtask.
type ChannelID struct {
	Edge     uint32
	From, To uint16
}

func (id ChannelID) String() string {
	return fmt.Sprintf("edge %d, subtask %d to %d", id.Edge, id.From, id.To)
}

type kind uint8

const (
	batchFrame   kind = 1 + iota // count: rows; payload: the encoded batch
	eventFrame                   // event: its kind; payload: its body
	creditFrame                  // count: batches that may be sent in addition
	goodbyeFrame                 // count: channels of the sender that have not ended; nothing follows
	errorFrame                   // payload: why the sender breaks off; nothing follows
)

// A frame, little endian:
//
//	 0        4      5       6        8        10      12       16       20       24
//	┌────────┬──────┬───────┬────────┬────────┬───────┬────────┬────────┬────────┬─────────┐
//	│checksum│ kind │ event │  from  │   to   │ zero  │  edge  │ count  │ length │ payload │
//	└────────┴──────┴───────┴────────┴────────┴───────┴────────┴────────┴────────┴─────────┘
//	 4 bytes  1      1       2        2        2       4        4        4        length
//
// The checksum is the CRC-32C of all that follows it. A field that its kind does
// not use is zero.
const headerSize = 24

const (
	maxPayload = 256 << 20 // of a batch
	maxEvent   = 64 << 10  // of an event
	maxReason  = 4 << 10   // of an error's text
)

// header is a frame's header without the checksum.
type header struct {
	kind   kind
	event  operator.EventKind
	id     ChannelID
	count  uint32
	length uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal writes the header, with length and checksum, into the first bytes of a
// frame whose payload is in place.
func seal(frame []byte, h header) {
	le := binary.LittleEndian
	frame[4], frame[5] = byte(h.kind), byte(h.event)
	le.PutUint16(frame[6:], h.id.From)
	le.PutUint16(frame[8:], h.id.To)
	le.PutUint16(frame[10:], 0)
	le.PutUint32(frame[12:], h.id.Edge)
	le.PutUint32(frame[16:], h.count)
	le.PutUint32(frame[20:], uint32(len(frame)-headerSize))
	le.PutUint32(frame, crc32.Checksum(frame[4:], castagnoli))
}

// appendFrame appends a whole frame.
func appendFrame(dst []byte, h header, payload []byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, headerSize)...)
	dst = append(dst, payload...)
	seal(dst[start:], h)
	return dst
}

// parse reads a header, but not its checksum, and refuses what no peer sends.
func parse(b []byte) (header, error) {
	le := binary.LittleEndian
	h := header{
		kind:  kind(b[4]),
		event: operator.EventKind(b[5]),
		id: ChannelID{
			Edge: le.Uint32(b[12:]), From: le.Uint16(b[6:]), To: le.Uint16(b[8:]),
		},
		count:  le.Uint32(b[16:]),
		length: le.Uint32(b[20:]),
	}
	limit := uint32(0)
	switch h.kind {
	case batchFrame:
		limit = maxPayload
		if h.count > operator.MaxBatch {
			return h, violationf("a batch of %d rows (%v); the limit is %d", h.count, h.id, operator.MaxBatch)
		}
	case eventFrame:
		limit = maxEvent
	case errorFrame:
		limit = maxReason
	case creditFrame, goodbyeFrame:
	default:
		return h, violationf("a frame of unknown kind %d", h.kind)
	}
	if h.length > limit {
		return h, violationf("a payload of %d bytes (%v); the limit of the frame's kind is %d", h.length, h.id, limit)
	}
	return h, nil
}

// violation is what a peer did against the protocol.
type violation string

func (v violation) Error() string { return string(v) }

func violationf(format string, args ...any) error {
	return violation(fmt.Sprintf(format, args...))
}

// Frame is a batch from another process, still encoded: the receiving task
// decodes it on its own goroutine. It has one owner when it leaves the gate, who
// gives it up by Release, or by Recycle.
type Frame struct {
	rows    int
	payload []byte
	refs    atomic.Int32
	aliased atomic.Bool // an owner released the frame without knowing its bytes unused
}

// Len returns the number of rows, which is at most operator.MaxBatch but
// otherwise what the peer says.
func (f *Frame) Len() int { return f.rows }

// Bytes returns the encoded rows. What is decoded from them may refer to them if
// the frame is given up by Release; nobody may change them.
func (f *Frame) Bytes() []byte { return f.payload }

// Size returns how many bytes the frame was on the network.
func (f *Frame) Size() int { return headerSize + len(f.payload) }

// Share adds n owners.
func (f *Frame) Share(n int) { f.refs.Add(int32(n)) }

// Release gives up one ownership. The bytes stay with what was decoded from them.
func (f *Frame) Release() {
	f.aliased.Store(true)
	f.refs.Add(-1)
}

// Recycle gives up one ownership and says that nothing refers to the bytes any
// more. If all owners say so, the last one makes them available to other frames.
func (f *Frame) Recycle() {
	if f.refs.Add(-1) == 0 && !f.aliased.Load() && cap(f.payload) <= maxPooled {
		frames.Put(f)
	}
}

// maxPooled is the largest buffer that is kept for reuse. A larger one costs
// more to keep than to make.
const maxPooled = 1 << 20

var frames = sync.Pool{New: func() any { return &Frame{} }}

func newFrame() *Frame {
	f := frames.Get().(*Frame)
	f.refs.Store(1)
	f.payload = f.payload[:0]
	return f
}

// packet is a frame on its way to the network.
type packet struct{ bytes []byte }

var packets = sync.Pool{New: func() any { return &packet{} }}

func newPacket() *packet { return packets.Get().(*packet) }

func (p *packet) release() {
	if cap(p.bytes) <= maxPooled {
		packets.Put(p)
	}
}

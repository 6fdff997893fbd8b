package exchange

import (
	"encoding/binary"
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
)

// A watermark is, in little endian,
//
//	8 bytes  its time
//	8 bytes  the number of its lap
//	8 bytes  the last lap in which the loop was busy
//	1 byte   1 if its channel is idle, else 0
const watermarkSize = 25

// A barrier is the number of its checkpoint, 8 bytes.
const barrierSize = 8

// encodeEvent returns the body of an event's frame. An event it does not know
// was never meant to leave a process, which is a mistake in the engine.
func encodeEvent(e operator.Event) []byte {
	switch e := e.(type) {
	case operator.EndOfInput:
		return nil
	case operator.Watermark:
		body := make([]byte, watermarkSize)
		binary.LittleEndian.PutUint64(body, uint64(e.Time))
		binary.LittleEndian.PutUint64(body[8:], uint64(e.Lap.Number))
		binary.LittleEndian.PutUint64(body[16:], uint64(e.Lap.Busy))
		if e.Idle {
			body[24] = 1
		}
		return body
	case operator.Barrier:
		return binary.LittleEndian.AppendUint64(nil, uint64(e.ID))
	default:
		panic(fmt.Sprintf("exchange: event %T has no encoding", e))
	}
}

// decodeEvent makes an event of the kind and body of its frame, which may be
// hostile.
func decodeEvent(kind operator.EventKind, body []byte) (operator.Event, error) {
	switch {
	case kind == operator.EndEvent && len(body) == 0:
		return operator.EndOfInput{}, nil
	case kind == operator.EndEvent:
		return nil, violationf("an end of input with a body of %d bytes", len(body))
	case kind == operator.WatermarkEvent && len(body) == watermarkSize && body[24] <= 1:
		number := func(at int) int64 { return int64(binary.LittleEndian.Uint64(body[at:])) }
		return operator.Watermark{Time: number(0), Idle: body[24] == 1, Lap: operator.Lap{Number: number(8), Busy: number(16)}}, nil
	case kind == operator.WatermarkEvent:
		return nil, violationf("a watermark whose body is none (%x)", body)
	case kind == operator.BarrierEvent && len(body) == barrierSize:
		return operator.Barrier{ID: int64(binary.LittleEndian.Uint64(body))}, nil
	case kind == operator.BarrierEvent:
		return nil, violationf("a barrier whose body is none (%x)", body)
	default:
		return nil, violationf("an event of unknown kind %d", kind)
	}
}

package exchange

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
)

// encodeEvent returns the body of an event's frame. An event it does not know
// was never meant to leave a process, which is a mistake in the engine.
func encodeEvent(e operator.Event) []byte {
	switch e.(type) {
	case operator.EndOfInput:
		return nil
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
	default:
		return nil, violationf("an event of unknown kind %d", kind)
	}
}

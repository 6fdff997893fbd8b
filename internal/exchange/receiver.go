package exchange

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// receiver is the reader's side of a link. It belongs to the reader's goroutine.
type receiver struct {
	link *link
	in   *inlet // of the frame being read
}

// run reads until the peer's goodbye or the end of the connection.
func (r *receiver) run(conn net.Conn) {
	frames := newFrameReader(conn)
	admit := r.admit
	for {
		h, f, err := frames.next(admit)
		if err == nil {
			err = r.handle(h, f)
		}
		if err != nil {
			r.end(err)
			return
		}
		if h.kind == goodbyeFrame {
			return
		}
	}
}

// admit finds a frame's channel and checks that the peer may send it.
func (r *receiver) admit(h header) error {
	if h.kind != batchFrame && h.kind != eventFrame {
		return nil
	}
	r.in = r.link.mesh.inlets[h.id]
	if r.in == nil {
		return violationf("a frame for a channel that does not end here (%v)", h.id)
	}
	return r.in.admit(r.link, h)
}

// reported is the reason that the peer gave before it broke off.
type reported string

func (r reported) Error() string { return string(r) }

// abandoned says that the peer left with so many channels unfinished.
type abandoned uint32

func (a abandoned) Error() string {
	return fmt.Sprintf("it closed with %d of its channels not ended", uint32(a))
}

func (r *receiver) handle(h header, f *Frame) error {
	if h.kind == batchFrame {
		r.in.deliver(Item{Batch: f})
		return nil
	}
	defer f.Recycle()
	switch h.kind {
	case eventFrame:
		event, err := decodeEvent(h.event, f.Bytes())
		if err != nil {
			return err
		}
		r.in.deliver(Item{Event: event})
	case creditFrame:
		return r.link.credited(h.id, h.count)
	case goodbyeFrame:
		if h.count > 0 {
			return abandoned(h.count)
		}
		r.link.depart()
	case errorFrame:
		return reported(strings.ToValidUTF8(string(f.Bytes()), "?"))
	}
	return nil
}

// end breaks the link with an error that names the peer and what happened.
func (r *receiver) end(err error) {
	var (
		wrong violation
		told  reported
		gone  abandoned
	)
	peer, tell := r.link.peer, false
	switch {
	case errors.As(err, &wrong):
		err, tell = fmt.Errorf("exchange: process %d sent %w", peer, err), true
	case errors.As(err, &told):
		err = fmt.Errorf("exchange: process %d broke off: %w", peer, err)
	case errors.As(err, &gone):
		err = fmt.Errorf("exchange: process %d: %w", peer, err)
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("exchange: process %d ended the connection without a goodbye: %w", peer, err)
	default:
		err = fmt.Errorf("exchange: process %d: read: %w", peer, err)
	}
	r.link.fail(err, tell)
}

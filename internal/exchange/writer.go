package exchange

import (
	"fmt"
	"net"
	"time"
)

// maxWrite bounds what one call hands to the network, so that a connection that
// is closing, where every call has its deadline, needs progress and not speed.
const maxWrite = 1 << 20

// work is what a round of the writer found to do.
type work uint8

const (
	nothing work = iota
	sending      // frames and credits
	parting      // goodbye, then the end
	broken       // the connection is to be given up
)

// write is the writer's goroutine: it takes all that is queued and hands it to
// the network in as few calls as possible, so that while one call is busy the
// frames of the next gather.
func (l *link) write(conn net.Conn) {
	var (
		queued  []*packet
		control []byte      // credits and goodbye
		pieces  net.Buffers // what is to be written, cut to maxWrite
		whole   = true      // no frame has been cut short by an error
	)
	for {
		var next work
		queued, control, next = l.round(queued[:0], control[:0])
		switch next {
		case nothing:
			l.writer.Park(time.Time{})
			continue
		case broken:
			l.breakOff(conn, whole)
			return
		}
		pieces = cut(pieces[:0], control)
		for _, p := range queued {
			pieces = cut(pieces, p.bytes)
		}
		err := l.flush(conn, pieces)
		for _, p := range queued {
			p.release()
		}
		clear(queued)
		if next == parting {
			return // whether the peer heard it or not, this side is done
		}
		if err != nil {
			whole = false
			l.fail(fmt.Errorf("exchange: process %d: write: %w", l.peer, err), false)
		}
	}
}

// cut appends b in pieces of at most maxWrite.
func cut(pieces net.Buffers, b []byte) net.Buffers {
	for len(b) > maxWrite {
		pieces, b = append(pieces, b[:maxWrite]), b[maxWrite:]
	}
	if len(b) > 0 {
		pieces = append(pieces, b)
	}
	return pieces
}

// flush writes the pieces, as many in a call as maxWrite allows.
func (l *link) flush(conn net.Conn, pieces net.Buffers) error {
	for len(pieces) > 0 {
		n, size := 1, len(pieces[0])
		for n < len(pieces) && size+len(pieces[n]) <= maxWrite {
			size += len(pieces[n])
			n++
		}
		l.mu.Lock()
		closing := l.closing
		l.mu.Unlock()
		if closing {
			conn.SetDeadline(l.mesh.host.Now().Add(linger))
		}
		l.out = pieces[:n]
		if _, err := l.out.WriteTo(conn); err != nil {
			return err
		}
		pieces = pieces[n:]
	}
	return nil
}

// round takes what is queued, in exchange for an empty queue.
func (l *link) round(queue []*packet, control []byte) ([]*packet, []byte, work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause != nil {
		return queue, control, broken
	}
	if l.departed {
		l.queue, l.grants = nil, nil
		return queue, appendFrame(control, header{kind: goodbyeFrame}, nil), parting
	}
	queue, l.queue = l.queue, queue
	for i, in := range l.grants {
		control = appendFrame(control, header{kind: creditFrame, id: in.id, count: uint32(in.granted)}, nil)
		in.granted, l.grants[i] = 0, nil
	}
	l.grants = l.grants[:0]
	switch {
	case len(queue)+len(control) > 0:
		return queue, control, sending
	case l.closing:
		unfinished := uint32(l.unfinished())
		return queue, appendFrame(control, header{kind: goodbyeFrame, count: unfinished}, nil), parting
	}
	l.idle = true
	return queue, control, nothing
}

// breakOff ends a broken connection and reports it, unless it was being closed
// anyway. Offers are dropped only after the report, so that no task can take its
// output for sent and finish before the loss is known.
func (l *link) breakOff(conn net.Conn, whole bool) {
	l.mu.Lock()
	cause, tell, report := l.cause, l.tell && whole, !l.closing
	l.mu.Unlock()
	if tell {
		reason := cause.Error()
		conn.Write(appendFrame(nil, header{kind: errorFrame}, []byte(reason[:min(len(reason), maxReason)])))
	}
	conn.Close()
	if report {
		l.mesh.lost(l.peer, cause)
	}
	l.mu.Lock()
	l.drop = true
	l.queue, l.grants = nil, nil
	senders := l.starving()
	l.mu.Unlock()
	l.wake(senders, false)
}

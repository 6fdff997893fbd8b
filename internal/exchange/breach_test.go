package exchange

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

func TestProtocolBreachesNamePeerAndReason(t *testing.T) {
	batch := header{kind: batchFrame, id: strangersChannel, count: 1}
	frame := appendFrame(nil, batch, []byte("rows"))
	end := appendFrame(nil, header{kind: eventFrame, id: strangersChannel, event: operator.EndEvent}, nil)
	corrupt := bytes.Clone(frame)
	corrupt[len(corrupt)-1] ^= 1
	other := ChannelID{Edge: 9, From: 5, To: 1}
	back := ChannelID{Edge: 9, From: 1, To: 0}
	for name, c := range map[string]struct {
		bytes  []byte
		reason string
	}{
		"corrupt bytes":          {corrupt, "sent a frame with a wrong checksum (edge 9, subtask 0 to 1)"},
		"hostile length":         {forged(batch, 1<<31, nil), "sent a payload of 2147483648 bytes"},
		"truncated frame":        {frame[:len(frame)-1], "without a goodbye"},
		"no goodbye":             {frame, "without a goodbye"},
		"unknown channel":        {appendFrame(nil, header{kind: batchFrame, id: other}, nil), "does not end here (edge 9, subtask 5 to 1)"},
		"more than its credits":  {bytes.Repeat(frame, strangersCredits+1), "more batches than it has credits for"},
		"rows after the end":     {append(bytes.Clone(end), frame...), "after the end of its channel"},
		"unknown event":          {appendFrame(nil, header{kind: eventFrame, id: strangersChannel, event: 77}, nil), "an event of unknown kind 77"},
		"event with a body":      {appendFrame(nil, header{kind: eventFrame, id: strangersChannel, event: operator.EndEvent}, []byte{1}), "a body of 1 bytes"},
		"credit overflow":        {appendFrame(nil, header{kind: creditFrame, id: back, count: 1}, nil), "1 credits more than batches were sent (edge 9, subtask 1 to 0)"},
		"huge credit":            {appendFrame(nil, header{kind: creditFrame, id: back, count: 1<<32 - 1}, nil), "credits more than"},
		"credit for nothing":     {appendFrame(nil, header{kind: creditFrame, id: other, count: 1}, nil), "credits for a channel that does not lead there"},
		"its own reason":         {appendFrame(nil, header{kind: errorFrame}, []byte("the disk is full")), "process 0 broke off: the disk is full"},
		"a goodbye that is none": {appendFrame(nil, header{kind: goodbyeFrame, count: 3}, nil), "closed with 3 of its channels not ended"},
	} {
		t.Run(name, func(t *testing.T) {
			s := joined(t)
			s.Write(c.bytes)
			s.Conn.(*net.TCPConn).CloseWrite()
			s.lost.await(t, 0, c.reason)
		})
	}
}

func TestPeerHearsWhatItDidWrong(t *testing.T) {
	s := joined(t)
	s.Write(appendFrame(nil, header{kind: kind(200)}, nil))
	h, f, err := newFrameReader(s.Conn).next(anyFrame)
	if err != nil || h.kind != errorFrame || !strings.Contains(string(f.Bytes()), "unknown kind 200") {
		t.Errorf("%+v, %v", h, err)
	}
	s.lost.await(t, 0, "unknown kind 200")
}

func TestConnectionIsClosedAfterItsLastWord(t *testing.T) {
	s := joined(t)
	s.mesh.limit = 10
	s.out.Offer(&parcel{rows: 1, bytes: make([]byte, 11)}, nil)
	frames := newFrameReader(s.Conn)
	h, f, err := frames.next(anyFrame)
	if err != nil || h.kind != errorFrame || !strings.Contains(string(f.Bytes()), "11 bytes") {
		t.Errorf("%+v, %v", h, err)
	}
	if _, _, err := frames.next(anyFrame); err != io.EOF {
		t.Errorf("after the last word: %v", err)
	}
	s.lost.await(t, 0, "11 bytes")
}

func TestLossOfAPeerWhileClosingIsNotReported(t *testing.T) {
	s := joined(t)
	b := &parcel{rows: 1, bytes: make([]byte, 8<<20)} // the stranger reads none of it
	for s.out.Offer(b, nil) {
	}
	group := host.NewGroup(host.New())
	group.Go(s.mesh.Close)
	for !s.out.Offer(b, nil) { // accepted, without credits, once it closes
		runtime.Gosched()
	}
	s.Close()
	group.Wait()
	if errs := s.lost.of(0); len(errs) > 0 {
		t.Error(errs)
	}
}

func TestCreditsComeBackByHalves(t *testing.T) {
	for _, closed := range []bool{false, true} {
		s := joined(t)
		if closed {
			s.gate.Close() // what arrives is dropped, and its credit returned
		}
		frames := newFrameReader(s.Conn)
		for range 10 {
			for range strangersCredits / 2 {
				s.Write(appendFrame(nil, header{kind: batchFrame, id: strangersChannel, count: 1}, nil))
				if !closed {
					next(t, s.gate, s.receiver)
				}
			}
			h, _, err := frames.next(anyFrame)
			if err != nil || h != (header{kind: creditFrame, id: strangersChannel, count: strangersCredits / 2}) {
				t.Fatalf("%+v, %v", h, err)
			}
		}
	}
}

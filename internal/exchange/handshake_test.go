package exchange

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// stranger is process 0 of a mesh of two, written by hand: it dials process 1,
// which waits for it, and says what it likes.
type stranger struct {
	net.Conn
	mesh     *Mesh // process 1
	lost     *loss
	gate     *Gate
	receiver *counting
	out      operator.Outlet // of process 1, to process 0
	connect  chan error
	cancel   context.CancelFunc
}

var strangersChannel = ChannelID{Edge: 9, From: 0, To: 1}

const strangersCredits = 4

func newStranger(t *testing.T) *stranger {
	s := &stranger{lost: newLoss(), receiver: newCounting(), connect: make(chan error, 1)}
	s.mesh = NewMesh(host.New(), 1, testToken, s.lost.on)
	s.gate = NewGate(s.receiver)
	s.mesh.Receive(strangersChannel, s.gate, s.gate.Add(Unbounded), strangersCredits)
	back := ChannelID{Edge: 9, From: 1, To: 0}
	s.out = s.mesh.Outlet(0, back, encodeParcel, newCounting(), nil, strangersCredits)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	s.cancel = cancel
	address, err := s.mesh.Listen(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	group := host.NewGroup(host.New())
	group.Go(func() { s.connect <- s.mesh.Connect(ctx, []string{"dials", address}) })
	if s.Conn, err = net.Dial("tcp", address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); cancel(); group.Wait(); s.mesh.Close() })
	return s
}

// greetAs goes through the dialer's side of the handshake.
func (s *stranger) greetAs(token []byte, self, to int) error {
	return NewMesh(host.New(), self, token, nil).greet(s.Conn, to)
}

// joined is a stranger that is taken for process 0.
func joined(t *testing.T) *stranger {
	s := newStranger(t)
	if err := s.greetAs(testToken, 0, 1); err != nil {
		t.Fatal(err)
	}
	if err := <-s.connect; err != nil {
		t.Fatal(err)
	}
	return s
}

// turnedAway ends the Connect and checks what it says about the stranger.
func (s *stranger) turnedAway(t *testing.T, reason string) {
	t.Helper()
	io.Copy(io.Discard, s.Conn) // until it has been turned away
	s.cancel()
	err := <-s.connect
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), reason) {
		t.Errorf("Connect: %v; want %q", err, reason)
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	nothingLeft(t)
	t.Run("wrong token", func(t *testing.T) {
		s := newStranger(t)
		err := s.greetAs(bytes.Repeat([]byte{'x'}, 32), 0, 1)
		if err == nil || !strings.Contains(err.Error(), "the job token is wrong") {
			t.Errorf("the dialer hears %v", err)
		}
		s.turnedAway(t, "the job token is wrong")
	})
	t.Run("wrong process number", func(t *testing.T) {
		s := newStranger(t)
		if err := s.greetAs(testToken, 7, 1); err == nil || !strings.Contains(err.Error(), "process numbers") {
			t.Errorf("the dialer hears %v", err)
		}
		s.turnedAway(t, "the process numbers are wrong")
	})
	t.Run("wrong address", func(t *testing.T) {
		s := newStranger(t)
		if err := s.greetAs(testToken, 0, 3); err == nil || !strings.Contains(err.Error(), "it is process 1") {
			t.Errorf("the dialer hears %v", err)
		}
		s.Close()
	})
	t.Run("wrong version", func(t *testing.T) {
		s := newStranger(t)
		h := newHello(host.New(), 0, 1)
		binary.LittleEndian.PutUint32(h.bytes[8:], version+1)
		s.Write(h.bytes[:])
		if theirs, err := readHello(s.Conn); err != nil || theirs.from != 1 {
			t.Errorf("no answer to a newer version: %v", err)
		}
		s.turnedAway(t, "version 2 of the exchange protocol, this process version 1")
	})
	t.Run("another protocol", func(t *testing.T) {
		s := newStranger(t)
		s.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: somebody lost\r\n\r\n"))
		s.turnedAway(t, "not a process of this engine")
	})
	t.Run("twice the same", func(t *testing.T) {
		// Process 2 waits for 0 and 1, and 0 comes twice.
		m := NewMesh(host.New(), 2, testToken, nil)
		address, err := m.Listen(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		group := host.NewGroup(host.New())
		group.Go(func() { ended <- m.Connect(ctx, []string{"a", "b", address}) })
		for _, want := range []string{"", "connected already"} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			err = NewMesh(host.New(), 0, testToken, nil).greet(conn, 2)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("greeting: %v; want %q", err, want)
			}
			if err != nil {
				io.Copy(io.Discard, conn) // until it has been turned away
			}
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "connected already") {
			t.Error(err)
		}
		group.Wait()
	})
}

func TestStrangerDoesNotKeepThePeerOut(t *testing.T) {
	s := newStranger(t) // says nothing
	conn, err := net.Dial("tcp", s.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := NewMesh(host.New(), 0, testToken, nil).greet(conn, 1); err != nil {
		t.Fatal(err)
	}
	if err := <-s.connect; err != nil {
		t.Fatal(err)
	}
	if late, err := net.Dial("tcp", s.RemoteAddr().String()); err == nil {
		late.Close()
		t.Error("the address is still open when all are connected")
	}
}

func TestDialerRefusesWhoDoesNotKnowTheToken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	group := host.NewGroup(host.New())
	group.Go(func() { // says welcome to everybody
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		readHello(conn)
		conn.Write(newHello(host.New(), 1, 0).bytes[:])
		io.CopyN(io.Discard, conn, proofSize)
		conn.Write(make([]byte, 1+proofSize))
	})
	m := NewMesh(host.New(), 0, testToken, nil)
	err = m.Connect(t.Context(), []string{"", listener.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "process 1") || !strings.Contains(err.Error(), "does not know the job token") {
		t.Error(err)
	}
	group.Wait()
}

func TestConnectNamesWhatIsMissing(t *testing.T) {
	m := NewMesh(host.New(), 0, testToken, nil)
	m.Outlet(1, ChannelID{}, encodeParcel, newCounting(), nil, 1)
	if err := m.Connect(t.Context(), []string{"", ""}); err == nil || !strings.Contains(err.Error(), "process 1, which has no address") {
		t.Error(err)
	}
	if err := NewMesh(host.New(), 1, testToken, nil).Connect(t.Context(), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "does not listen") {
		t.Error(err)
	}
	if err := NewMesh(host.New(), 3, testToken, nil).Connect(t.Context(), []string{"a"}); err == nil || !strings.Contains(err.Error(), "not among the 1") {
		t.Error(err)
	}
}

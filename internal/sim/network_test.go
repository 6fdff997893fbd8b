package sim_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/sim"
)

// connected runs two goroutines with the two ends of a connection.
func connected(t *testing.T, seed uint64, dialer, acceptor func(h *sim.Host, c net.Conn)) {
	t.Helper()
	run(t, seed, func(h *sim.Host) {
		l, err := h.Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		group := host.NewGroup(h)
		group.Go(func() {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			acceptor(h, c)
			_ = c.Close()
		})
		c, err := h.Dial(context.Background(), "tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		dialer(h, c)
		_ = c.Close()
		group.Wait()
		_ = l.Close()
		if listening, connections := h.Network().Open(); len(listening) > 0 || connections > 0 {
			t.Errorf("seed %d: left open are %v and %d connections", seed, listening, connections)
		}
	})
}

func TestBytesArriveInOrderAndToTheLast(t *testing.T) {
	sent := make([]byte, 300_000) // several windows
	for i := range sent {
		sent[i] = byte(i * i / 7)
	}
	for seed := range uint64(40) {
		connected(t, seed, func(_ *sim.Host, c net.Conn) {
			for rest := sent; len(rest) > 0; {
				n := min(len(rest), 10_000)
				if _, err := c.Write(rest[:n]); err != nil {
					t.Errorf("seed %d: %v", seed, err)
					return
				}
				rest = rest[n:]
			}
		}, func(_ *sim.Host, c net.Conn) {
			if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("seed %d: %d of %d bytes, %v", seed, len(got), len(sent), err)
			}
		})
	}
}

func TestDeadlinesEndWaitsForTheNetwork(t *testing.T) {
	for seed := range uint64(40) {
		connected(t, seed, func(h *sim.Host, c net.Conn) {
			_ = c.SetReadDeadline(h.Now().Add(time.Minute))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("seed %d: %v", seed, err)
			}
			_ = c.SetDeadline(h.Now().Add(time.Minute))
			if _, err := c.Write(make([]byte, 200_000)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("seed %d: %v", seed, err)
			}
		}, func(h *sim.Host, c net.Conn) { h.Sleep(time.Hour) })
	}
}

func TestClosingFreesWhoWaits(t *testing.T) {
	for seed := range uint64(40) {
		connected(t, seed, func(h *sim.Host, c net.Conn) {
			group := host.NewGroup(h)
			group.Go(func() {
				h.Sleep(time.Second)
				_ = c.Close()
			})
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("seed %d: %v", seed, err)
			}
			group.Wait()
		}, func(h *sim.Host, c net.Conn) {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("seed %d: the peer reads %v", seed, err)
			}
		})
	}
}

func TestClosingWithUnreadBytesBreaksTheConnection(t *testing.T) {
	for seed := range uint64(40) {
		connected(t, seed, func(h *sim.Host, c net.Conn) {
			_, _ = c.Write([]byte("unread"))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("seed %d: %v", seed, err)
			}
		}, func(h *sim.Host, c net.Conn) { h.Sleep(time.Hour) })
	}
}

func TestAResetIsSeenAtBothEnds(t *testing.T) {
	for seed := range uint64(40) {
		connected(t, seed, func(h *sim.Host, c net.Conn) {
			h.Sleep(time.Second)
			h.Network().Reset(func(from, to net.Addr) bool { return from.String() == c.LocalAddr().String() })
			if _, err := c.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
				t.Errorf("seed %d: %v", seed, err)
			}
		}, func(h *sim.Host, c net.Conn) {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("seed %d: %v", seed, err)
			}
		})
	}
}

func TestWhatIsHeldArrivesWhenItIsReleased(t *testing.T) {
	for seed := range uint64(40) {
		connected(t, seed, func(h *sim.Host, c net.Conn) {
			h.Network().Hold(func(net.Addr, net.Addr) bool { return true })
			_, _ = c.Write([]byte("x"))
			h.Sleep(time.Minute)
			h.Network().Release()
		}, func(h *sim.Host, c net.Conn) {
			h.Sleep(time.Second)
			_ = c.SetReadDeadline(h.Now().Add(time.Second))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("seed %d: before: %v", seed, err)
			}
			_ = c.SetReadDeadline(time.Time{})
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Errorf("seed %d: after: %v", seed, err)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	run(t, 1, func(h *sim.Host) {
		if _, err := h.Dial(context.Background(), "tcp", "127.0.0.1:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
		l, err := h.Listen(context.Background(), "tcp", "127.0.0.1:7000")
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := h.Listen(context.Background(), "tcp", "127.0.0.1:7000"); !errors.Is(err, syscall.EADDRINUSE) {
			t.Error(err)
		}
		group := host.NewGroup(h)
		group.Go(func() {
			if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		})
		h.Sleep(time.Second)
		_ = l.Close()
		group.Wait()
		if _, err := h.Dial(context.Background(), "tcp", "127.0.0.1:7000"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
	})
}

package socket

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect"
)

func openWriter[T any](t *testing.T, c connect.WriterContext, address string) connect.Writer[T] {
	t.Helper()
	w, err := Write[T](address).Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// offline is a context without the network.
type offline struct{ connect.WriterContext }

func TestRecordsArriveAsLines(t *testing.T) {
	for _, c := range []connect.WriterContext{network{newEngine(t)}, offline{network{newEngine(t)}}} {
		got := make(chan string, 3)
		address := serve(t, func(conn net.Conn) {
			in := bufio.NewReader(conn)
			line, _ := in.ReadString('\n')
			got <- line
			rest, _ := io.ReadAll(in)
			got <- string(rest)
		})
		w := openWriter[int](t, c, address)
		if err := w.Write([]int{1}); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if line := <-got; line != "1\n" {
			t.Errorf("after the flush: %q", line)
		}
		if err := w.Write([]int{2, 3}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(true); err != nil {
			t.Fatal(err)
		}
		if rest := <-got; rest != "2\n3\n" {
			t.Errorf("in the end: %q", rest)
		}
	}
}

func TestAPeerThatGoesAwayIsAnError(t *testing.T) {
	gone := make(chan struct{})
	e := newEngine(t)
	e.dialing = script(func(c net.Conn) {
		_, _ = c.Read(make([]byte, 2))
		_ = c.Close()
		close(gone)
	})
	w := openWriter[string](t, network{e}, "h:1")
	_ = w.Write([]string{"a"})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	<-gone
	err := w.Write([]string{strings.Repeat("x", writeSize)})
	if err == nil || !strings.HasPrefix(err.Error(), "socket: the connection to h:1 is lost: ") {
		t.Errorf("got %v", err)
	}
	if again := w.Flush(); again == nil || again.Error() != err.Error() {
		t.Errorf("got %v", again)
	}
	if err := w.Close(true); err == nil {
		t.Error("closing succeeds")
	}
}

func TestAServerThatResetsIsNoticedOverTCP(t *testing.T) {
	connected, gone := make(chan struct{}), make(chan struct{})
	address := serve(t, func(c net.Conn) {
		<-connected
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
		close(gone)
	})
	w := openWriter[string](t, network{newEngine(t)}, address)
	close(connected)
	<-gone
	big := []string{strings.Repeat("x", writeSize)}
	var err error
	for range 100 {
		if err = w.Write(big); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "is lost") {
		t.Errorf("got %v", err)
	}
	if err := w.Close(false); err != nil {
		t.Error(err)
	}
}

func TestNoServerIsAnErrorWhenTheJobStarts(t *testing.T) {
	e := newEngine(t)
	e.dialing = script()
	_, err := Write[string]("h:1").Open(network{e})
	if err == nil || err.Error() != "socket: cannot connect to h:1: refused" {
		t.Errorf("got %v", err)
	}
}

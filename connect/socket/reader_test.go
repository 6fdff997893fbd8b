package socket

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
)

func TestLinesAreReadUntilTheServerCloses(t *testing.T) {
	e := newEngine(t)
	text := "one\r\n\ntwo ü\nlast"
	lines, err := e.all(serve(t, say(text)))
	if err != io.EOF || !slices.Equal(lines, []string{"one", "", "two ü", "last"}) {
		t.Errorf("got %q, %v", lines, err)
	}
	if e.bytes != int64(len(text)) || len(e.rejected) > 0 {
		t.Errorf("%d bytes, rejected %v", e.bytes, e.rejected)
	}
}

func TestAServerThatSaysNothingIsAnEmptyInput(t *testing.T) {
	if lines, err := newEngine(t).all(serve(t, say(""))); err != io.EOF || len(lines) > 0 {
		t.Errorf("got %q, %v", lines, err)
	}
}

func TestAFragmentIsNeverJoinedWithTheNextConnection(t *testing.T) {
	e := newEngine(t)
	address := serve(t, say("a\nfrag"), say("ment\nb\n"))
	lines, err := e.read(e.open(address, Retries(-1)), 3)
	if err != nil || !slices.Equal(lines, []string{"a", "ment", "b"}) {
		t.Errorf("got %q, %v", lines, err)
	}
	if len(e.rejected) != 1 {
		t.Fatalf("rejected %v", e.rejected)
	}
	r := e.rejected[0]
	if r.Origin != address || r.Offset != 2 || string(r.Input) != "frag" || r.Size != 4 || r.Cause != "the connection was closed inside a line" {
		t.Errorf("rejected %+v", r)
	}
	if !slices.Equal(e.pauses, []time.Duration{firstPause}) {
		t.Errorf("pauses %v", e.pauses)
	}
}

func TestAConnectionThatBreaksIsAnError(t *testing.T) {
	e := newEngine(t)
	told := make(chan struct{})
	address := serve(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "a\nfrag")
		<-told
		_ = c.(*net.TCPConn).SetLinger(0) // closing resets
	})
	r := e.open(address)
	defer r.Close()
	lines, err := e.read(r, 1)
	close(told)
	if err == nil {
		_, err = e.read(r, 1)
	}
	if !slices.Equal(lines, []string{"a"}) || err == nil || errors.Is(err, io.EOF) || !strings.HasPrefix(err.Error(), "socket: the connection to "+address+" broke: ") {
		t.Errorf("got %q, %v", lines, err)
	}
	if len(e.rejected) > 1 || len(e.rejected) == 1 && !strings.HasPrefix(e.rejected[0].Cause, "the connection broke inside a line: ") {
		t.Errorf("rejected %v", e.rejected)
	}
}

func TestNoServerIsAnErrorAfterAllRetries(t *testing.T) {
	for retries, want := range map[int]string{0: "socket: cannot connect to h:1: refused", 9: "socket: cannot connect to h:1 (retried 9 times): refused"} {
		e := newEngine(t)
		e.dialing = script()
		lines, err := e.all("h:1", Retries(retries))
		if err == nil || err.Error() != want || len(lines) > 0 || len(e.pauses) != retries {
			t.Errorf("got %q, %v, pauses %v", lines, err, e.pauses)
		}
		if retries == 9 {
			ms := time.Millisecond
			if !slices.Equal(e.pauses, []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms, 5000 * ms}) {
				t.Errorf("pauses %v", e.pauses)
			}
		}
	}
}

func TestInputEndsARowOfFailures(t *testing.T) {
	e := newEngine(t)
	e.dialing = script(say(""), say("a\n"), say("b\n"), say(""), say("never\n"))
	lines, err := e.all("h:1", Retries(1))
	// The fourth connection was closed in an orderly way, and no retry is left.
	if err != io.EOF || !slices.Equal(lines, []string{"a", "b"}) {
		t.Errorf("got %q, %v", lines, err)
	}
	for _, p := range e.pauses {
		if p > firstPause*2 {
			t.Errorf("pauses %v", e.pauses)
		}
	}
}

func TestAReadBeforeThePauseIsOverDoesNotDial(t *testing.T) {
	e := newEngine(t)
	dials := 0
	refuse := script()
	e.dialing = func(n, a string) (net.Conn, error) { dials++; return refuse(n, a) }
	r := e.open("h:1", Retries(-1))
	defer r.Close()
	rows := make([]string, 1)
	for e.wakeAt.IsZero() {
		_, _ = r.Read(rows)
		e.work.Wait()
	}
	due := e.wakeAt
	for range 3 { // as after a wake-up for another reason
		e.wakeAt = time.Time{}
		if _, _ = r.Read(rows); !e.wakeAt.Equal(due) {
			t.Errorf("asks for %v, want %v", e.wakeAt, due)
		}
	}
	if dials != 1 {
		t.Errorf("%d dials", dials)
	}
}

func TestLinesThatAreTooLongAreRejected(t *testing.T) {
	e := newEngine(t)
	text := "ok\nelevenchars\r\n" + strings.Repeat("x", 3*receiveSize) + "\nexactlyten\n" + strings.Repeat("y", 2*receiveSize)
	lines, err := e.all(serve(t, say(text)), MaxLine(10))
	if err != io.EOF || !slices.Equal(lines, []string{"ok", "exactlyten"}) {
		t.Errorf("got %q, %v", lines, err)
	}
	var got []string
	for _, r := range e.rejected {
		got = append(got, fmt.Sprintf("%d+%d", r.Offset, r.Size))
		if !strings.Contains(r.Cause, "limit of 10 (option socket.MaxLine)") {
			t.Errorf("cause %s", r.Cause)
		}
	}
	if want := []string{"3+11", "16+98304", "98332+65536"}; !slices.Equal(got, want) {
		t.Errorf("rejected %v, want %v", got, want)
	}
}

func TestAnUsedUpBudgetEndsTheInput(t *testing.T) {
	e := newEngine(t)
	e.refuse = errors.New("budget")
	lines, err := e.all(serve(t, say("a\ntoo long\nb\n")), MaxLine(3))
	if !errors.Is(err, e.refuse) || !slices.Equal(lines, []string{"a"}) {
		t.Errorf("got %q, %v", lines, err)
	}
}

func TestAServerIsSlowedDownByASlowJob(t *testing.T) {
	e := newEngine(t)
	var sent atomic.Int64
	line := strings.Repeat("x", 1023) + "\n"
	const total = 4 << 20
	e.dialing = script(func(c net.Conn) {
		for sent.Load() < total {
			n, err := io.WriteString(c, line) // waits until it is received
			if err != nil {
				return
			}
			sent.Add(int64(n))
		}
	})
	r := e.open("h:1")
	first := make([]string, 1)
	n, err := r.Read(first) // connects, and may have a line at once
	e.work.Wait()           // until so much is ahead that receiving stops
	if got := sent.Load(); got < ahead-2*int64(len(line)) || got > ahead+2*receiveSize {
		t.Errorf("%d bytes were received ahead", got)
	}
	if n == 0 && err != connect.Wait || n == 1 && err != nil {
		t.Fatalf("read %d lines, %v", n, err)
	}
	lines, err := e.read(r, 1<<30)
	if err != io.EOF || n+len(lines) != total/1024 {
		t.Errorf("%d lines, %v", n+len(lines), err)
	}
	_ = r.Close()
}

func TestCloseEndsAReaderThatWaitsForInput(t *testing.T) {
	e := newEngine(t)
	closed := make(chan struct{})
	address := serve(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "a\nb")
		_, _ = c.Read(make([]byte, 1)) // until the reader closes
		close(closed)
	})
	r := e.open(address, Retries(-1))
	if lines, err := e.read(r, 1); err != nil || len(lines) != 1 {
		t.Fatalf("got %q, %v", lines, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	e.work.Wait()
	<-closed
}

func TestCloseDoesNotWaitForADial(t *testing.T) {
	e := newEngine(t)
	answer := make(chan net.Conn)
	e.dialing = func(string, string) (net.Conn, error) { return <-answer, nil }
	r := e.open("h:1")
	if n, err := r.Read(make([]string, 1)); n > 0 || err == nil {
		t.Fatalf("read %d, %v", n, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	near, far := net.Pipe()
	answer <- near
	e.work.Wait()
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection is not closed: %v", err)
	}
}

func TestCloseInAPauseAndBeforeTheFirstRead(t *testing.T) {
	e := newEngine(t)
	if err := e.open("h:1").Close(); err != nil {
		t.Error(err)
	}
	e.dialing = script()
	r := e.open("h:1", Retries(-1))
	rows := make([]string, 1)
	for e.wakeAt.IsZero() {
		_, _ = r.Read(rows)
		e.work.Wait()
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestMistakesAreKnownBeforeTheJob(t *testing.T) {
	for _, source := range []any{Read("nowhere"), Read("h:"), Read("h:1", Retries(-2)), Read("h:1", MaxLine(0)), Write[int]("h")} {
		if err := source.(interface{ Err() error }).Err(); err == nil {
			t.Errorf("%v is accepted", source)
		}
	}
	if _, err := Read("nowhere").Splits(nil); err == nil {
		t.Error("no error from Splits")
	}
	if got := Read("h:1", Retries(3), MaxLine(9)).String(); got != `socket.Read("h:1", socket.Retries(3), socket.MaxLine(9))` {
		t.Error(got)
	}
	if Read("h:1").Bounded() {
		t.Error("a socket does not end by itself")
	}
}

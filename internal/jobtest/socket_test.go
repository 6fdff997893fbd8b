package jobtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect/socket"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
)

var readSocket = jobtest.Register(&jobtest.Program{
	Name: "read socket",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		lines := stream.ReadSocket(env, env.Arg("address", ""), socket.Retries(env.ArgInt("retries", 0)))
		jobtest.KeepStream(out, "lines", stream.Map(lines, strings.ToUpper))
		return nil
	},
})

// server answers each call with the next of the functions, and then hangs up. Its
// error is that of the first one that failed.
func server(t *testing.T, answers ...func(*net.TCPConn) error) (address string, ended <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			defer l.Close()
			for _, answer := range answers {
				conn, err := l.Accept()
				if err != nil {
					return err
				}
				if err := errors.Join(answer(conn.(*net.TCPConn)), conn.Close()); err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), done
}

func say(text string) func(*net.TCPConn) error {
	return func(c *net.TCPConn) error {
		_, err := io.WriteString(c, text)
		return err
	}
}

// A server that hangs up in the middle of a line has ended the line, unless there
// may be more of it to come.
func TestASocketThatClosesInsideALine(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, {Processes: 1, Parallelism: 2, Unchained: true}, jobtest.Apart} {
		check := jobtest.Watch(t)
		address, ended := server(t, say("one\r\ntwo\nthr"))
		got, r, err := readSocket.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("address", address))
		if err != nil || !slices.Equal(got["lines"], []string{"ONE", "THR", "TWO"}) || r.Quarantined != 0 {
			t.Errorf("%s: %v, %d rejected, %v", c, got, r.Quarantined, err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		check()
	}
}

func TestASocketThatBreaksInsideALine(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		check := jobtest.Watch(t)
		// Of what is unread, a reset throws away some; how much is not defined.
		address, ended := server(t, func(c *net.TCPConn) error {
			return errors.Join(say("one\ntw")(c), c.SetLinger(0))
		})
		got, _, err := readSocket.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("address", address))
		if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "reset by peer") || len(got["lines"]) > 0 {
			t.Errorf("%s: %v, %v", c, got, err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		check()
	}
}

func TestASocketThatIsCalledAgainQuarantinesTheBrokenLine(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		check := jobtest.Watch(t)
		ctx, cancel := context.WithCancel(jobtest.Deadline(t))
		address, ended := server(t, say("one\ntwo\nthr"), func(c *net.TCPConn) error {
			cancel() // the source is back, so the first connection has been dealt with
			return nil
		})
		_, r, err := readSocket.RunOn(ctx, c, thalweg.WithArgument("address", address), thalweg.WithArgument("retries", "-1"))
		if !errors.Is(err, context.Canceled) || r.Quarantined != 1 {
			t.Errorf("%s: %d rejected, %v", c, r.Quarantined, err)
		} else if s := r.Samples[0]; s.Origin != address || s.Offset != 8 || string(s.Input) != "thr" || !strings.Contains(s.Cause, "inside a line") {
			t.Errorf("%s: rejected %+v", c, s)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		check()
		cancel()
	}
}

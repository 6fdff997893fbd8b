// Package control lets a program ask a job that runs in another process of the same
// user. Floor 1.
//
// A job listens on the loopback interface and writes where, with a secret, into a file
// of its own in a directory that only its user can read:
//
//	DIR/NAME.PID.json   {"address": "127.0.0.1:41234", "secret": "…", "started": "…"}
//
// A question and its answer are a line of JSON each, on a connection of their own.
package control

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// Question is what is asked.
type Question struct {
	Secret   string `json:"secret"`
	Verb     string `json:"verb"` // "why-not"
	Operator string `json:"operator,omitempty"`
}

// Answer is text for the user, or an error.
type Answer struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

// place is the content of a job's file.
type place struct {
	Address string `json:"address"`
	Secret  string `json:"secret"`
}

const (
	maxLine = 1 << 20
	wait    = 5 * time.Second // for a question, and for its answer
)

// Server answers questions for a job.
type Server struct {
	host   host.Host
	path   string
	secret string
	answer func(Question) Answer
	stop   func() error
	group  *host.Group
}

// Serve begins to answer. dir must exist. answer is called on a goroutine of the
// server's, one call at a time. The secret is any text that others cannot guess.
func Serve(h host.Host, dir, name string, process int, secret string, answer func(Question) Answer) (*Server, error) {
	l, err := h.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	s := &Server{
		host: h, path: filepath.Join(dir, fmt.Sprintf("%s.%d.json", clean(name), process)),
		secret: secret, answer: answer, stop: l.Close, group: host.NewGroup(h),
	}
	if err := s.publish(l.Addr().String()); err != nil {
		return nil, errors.Join(fmt.Errorf("control: %w", err), l.Close())
	}
	s.group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(h.Now().Add(wait))
			_ = s.serve(conn) // who asked has gone
			_ = conn.Close()
		}
	})
	return s, nil
}

// clean makes a name fit for a file.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, name)
}

func (s *Server) publish(address string) error {
	text, err := json.Marshal(place{address, s.secret})
	if err != nil {
		return err
	}
	f, err := s.host.Files().Create(s.path)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}

func (s *Server) serve(conn io.ReadWriter) error {
	line, err := readLine(conn)
	if err != nil {
		return err
	}
	var q Question
	var a Answer
	switch err := json.Unmarshal(line, &q); {
	case err != nil:
		a.Error = "this is no question"
	case subtle.ConstantTimeCompare([]byte(q.Secret), []byte(s.secret)) != 1:
		a.Error = "the secret is another one"
	default:
		a = s.answer(q)
	}
	return writeLine(conn, a)
}

// Close stops answering and removes the file.
func (s *Server) Close() error {
	err := s.stop()
	s.group.Wait()
	return errors.Join(err, s.host.Files().Remove(s.path))
}

// ErrNone says that no job of a name runs.
var ErrNone = errors.New("no such job is running")

// Ask asks the jobs of a name that run, and returns their answers by process. Files of
// jobs that are gone are removed.
func Ask(ctx context.Context, h host.Host, dir, name string, q Question) (map[string]Answer, error) {
	entries, err := h.Files().List(dir)
	if err != nil {
		return nil, ErrNone
	}
	answers := map[string]Answer{}
	for _, e := range entries {
		process, ok := strings.CutPrefix(e.Name(), clean(name)+".")
		process, json := strings.CutSuffix(process, ".json")
		if !ok || !json || strings.Contains(process, ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		a, err := askOne(ctx, h, path, q)
		switch {
		case errors.Is(err, errGone):
			_ = h.Files().Remove(path) // another one may have done it
		case err != nil:
			answers[process] = Answer{Error: err.Error()}
		default:
			answers[process] = a
		}
	}
	if len(answers) == 0 {
		return nil, ErrNone
	}
	return answers, nil
}

var errGone = errors.New("nobody listens")

func askOne(ctx context.Context, h host.Host, path string, q Question) (a Answer, err error) {
	f, err := h.Files().Open(path)
	if err != nil {
		return a, errGone
	}
	text, err := io.ReadAll(io.LimitReader(f, maxLine))
	_ = f.Close()
	var p place
	if err != nil || json.Unmarshal(text, &p) != nil {
		return a, fmt.Errorf("%s says nothing of a job", path)
	}
	conn, err := h.Dial(ctx, "tcp", p.Address)
	if err != nil {
		return a, errGone
	}
	defer conn.Close()
	_ = conn.SetDeadline(h.Now().Add(wait))
	q.Secret = p.Secret
	if err := writeLine(conn, q); err != nil {
		return a, err
	}
	line, err := readLine(conn)
	if err != nil {
		return a, fmt.Errorf("the job does not answer: %w", err)
	}
	return a, json.Unmarshal(line, &a)
}

func readLine(r io.Reader) ([]byte, error) {
	return bufio.NewReader(io.LimitReader(r, maxLine)).ReadBytes('\n')
}

func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

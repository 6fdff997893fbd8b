package socket

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/thalweg/thalweg/connect"
)

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second

	// mostPieces bounds how long Read goes on if little comes of what it receives.
	mostPieces = 64
)

// reader is the connection's state machine. It is always in one of three states:
// a link is there (dialing, or connected), a pause lasts until retryAt, or it has
// ended with err. All decisions are made in Read; the link's goroutine only dials
// and receives.
type reader struct {
	c      connect.ReaderContext
	source *source

	link    *link     // nil in a pause
	retryAt time.Time // zero before the first attempt
	failed  int       // attempts in a row without input
	err     error     // what Read returns from now on

	text string // whole lines, received and not yet returned
	base int64  // offset of text in its connection
	next int    // where the next line begins in text
}

// Read implements connect.Reader.
func (r *reader) Read(rows []string) (int, error) {
	n := 0
	for range mostPieces {
		m, err := r.take(rows[n:])
		if n += m; err != nil || n == len(rows) {
			return n, err
		}
		if r.err != nil {
			return n, r.err
		}
		if r.link == nil && !r.dial() {
			return n, connect.Wait
		}
		p, ok := r.link.receive()
		if !ok {
			return n, connect.Wait
		}
		if err := r.accept(p); err != nil {
			r.err = err
			return n, err
		}
	}
	return n, nil
}

// dial makes the next attempt if its time has come.
func (r *reader) dial() bool {
	if !r.retryAt.IsZero() && r.c.Now().Before(r.retryAt) {
		r.c.WakeAt(r.retryAt)
		return false
	}
	r.link = newLink(r.c, r.source)
	return true
}

// take returns lines of text.
func (r *reader) take(rows []string) (int, error) {
	n := 0
	for n < len(rows) && r.next < len(r.text) {
		line := r.text[r.next:]
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		start := r.base + int64(r.next)
		r.next = min(r.next+len(line)+1, len(r.text))
		line = strings.TrimSuffix(line, "\r")
		if len(line) > r.source.maxLine {
			if err := r.tooLong(line, start, int64(len(line))); err != nil {
				r.err = err
				return n, err
			}
			continue
		}
		rows[n] = line
		n++
	}
	return n, nil
}

// accept takes what the link has received, or the news that it has ended.
func (r *reader) accept(p received) error {
	if len(p.Text) > 0 || p.Size > 0 {
		r.failed = 0
	}
	r.c.AddBytes(p.bytes)
	last := p.err != nil && r.source.retries >= 0 && r.failed >= r.source.retries
	switch {
	case p.Size > 0:
		if err := r.tooLong(p.Text, p.Offset, p.Size); err != nil {
			return err
		}
	case p.Open && !(last && p.err == io.EOF):
		cause := "the connection was closed inside a line"
		if p.err != io.EOF {
			cause = fmt.Sprintf("the connection broke inside a line: %v", p.err)
		}
		if err := r.reject(p.Text, p.Offset, int64(len(p.Text)), cause); err != nil {
			return err
		}
	default:
		r.text, r.base, r.next = p.Text, p.Offset, 0
	}
	if p.err == nil {
		return nil
	}
	r.link.close()
	r.link = nil
	switch {
	case last && p.err == io.EOF:
		r.err = io.EOF // after the lines that came with it
	case last:
		return r.broken(p)
	default:
		pause := firstPause << min(r.failed, 6)
		r.failed++
		r.retryAt = r.c.Now().Add(min(pause, lastPause))
	}
	return nil
}

// broken is the error of a connection that is not tried again.
func (r *reader) broken(p received) error {
	doing := "the connection to %s broke%s: %w"
	if p.dialing {
		doing = "cannot connect to %s%s: %w"
	}
	tries := ""
	if r.failed > 0 {
		tries = fmt.Sprintf(" (retried %d times)", r.failed)
	}
	err := p.err
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // io.EOF would look like the regular end of the input
	}
	return fmt.Errorf("socket: "+doing, r.source.address, tries, err)
}

func (r *reader) tooLong(line string, offset, size int64) error {
	return r.reject(line, offset, size, fmt.Sprintf(
		"a line of %d bytes is longer than the limit of %d (option socket.MaxLine)", size, r.source.maxLine))
}

func (r *reader) reject(input string, offset, size int64, cause string) error {
	return r.c.Quarantine(connect.Rejected{
		Origin: r.source.address,
		Offset: offset,
		Input:  []byte(input[:min(len(input), connect.MaxRejectedInput)]),
		Size:   size,
		Cause:  cause,
	})
}

// Close implements connect.Reader.
func (r *reader) Close() error {
	if r.link != nil {
		r.link.close()
		r.link = nil
	}
	r.text, r.err = "", io.EOF
	return nil
}

package file

import (
	"bytes"
	"io"

	"github.com/thalweg/thalweg/connect"
)

// chunk is how much is read at once.
const chunk = 128 << 10

// Cutter cuts a stream of bytes into pieces of whole lines. It belongs to one
// goroutine.
//
// It reads into a buffer of its own, which it uses again, and copies whole lines
// from there into a new string that the lines handed out are parts of: memory
// that was just read is in the cache, a string need not be zeroed before it is
// filled, and nobody can change it. What the copy costs is thus about what
// reading into fresh memory would. The beginning of a line that is not complete
// is moved to the front of the buffer; a buffer without any line end grows, up to
// the longest line allowed.
type Cutter struct {
	from  io.Reader
	base  int // size of the buffer when no line needs more
	limit int // longest line
	buf   []byte

	held    int   // buf[:held] was read and not yet handed out
	scanned int   // buf[:scanned] has no line end
	at      int64 // offset of buf[0] in the stream
	long    *longLine
	err     error // ended the stream
}

// longLine is a line that is passed over.
type longLine struct {
	head []byte // as much as a quarantine keeps
	at   int64
	size int64
	last byte
}

// add takes what was read of the line.
func (l *longLine) add(p []byte) {
	if len(p) == 0 {
		return
	}
	l.size += int64(len(p))
	l.last = p[len(p)-1]
	l.head = append(l.head, p[:min(len(p), connect.MaxRejectedInput-len(l.head))]...)
}

// Piece is what [Cutter.Next] returns.
type Piece struct {
	// Text is whole lines with their endings, or "" if no line was complete yet.
	Text   string
	Offset int64 // of Text, or of the next line, from the beginning of the stream

	// Open says that the stream ended within a line. Text is that line alone.
	Open bool

	// Size is not 0 if a line was longer than the limit. It is the length of that
	// line without its ending; Text is its beginning.
	Size int64
}

// NewCutter returns a cutter for lines of up to limit bytes. buffer is how much
// is read at once, 0 for the usual.
func NewCutter(from io.Reader, limit, buffer int) *Cutter {
	if buffer <= 0 {
		buffer = chunk
	}
	return &Cutter{from: from, base: buffer, limit: limit, buf: make([]byte, buffer)}
}

// Received returns how many bytes were read from the stream.
func (c *Cutter) Received() int64 { return c.at + int64(c.held) }

// Next reads once and returns the lines that are complete. Lines longer than the
// limit can be among them, as long as they fit the buffer; those that do not are
// pieces of their own. An error, io.EOF at the end of the stream, comes together
// with the last piece, which may be empty.
func (c *Cutter) Next() (Piece, error) {
	if c.scanned == c.held && c.err == nil {
		c.read()
	}
	if c.long != nil {
		return c.skip()
	}
	end := bytes.LastIndexByte(c.buf[c.scanned:c.held], '\n')
	if end >= 0 {
		return c.take(c.scanned + end + 1), nil
	}
	c.scanned = c.held
	switch {
	case c.err != nil && c.held > 0:
		p := c.take(c.held)
		p.Open = true
		return p, c.err
	case c.err != nil:
		return Piece{Offset: c.at}, c.err
	case c.held > c.limit+1: // one more could be the '\r' of the ending
		c.beginLong()
		return Piece{Offset: c.long.at}, nil
	}
	return Piece{Offset: c.at}, nil
}

// read fills the rest of the buffer, once.
func (c *Cutter) read() {
	if c.held == len(c.buf) {
		grown := make([]byte, min(2*len(c.buf), max(c.limit+2, len(c.buf)+1)))
		copy(grown, c.buf[:c.held])
		c.buf = grown
	}
	// A reader may return nothing for a while, but not for ever.
	for range 100 {
		n, err := c.from.Read(c.buf[c.held:])
		c.held += n
		if err != nil || n > 0 {
			c.err = err
			return
		}
	}
	c.err = io.ErrNoProgress
}

// take hands out the first n bytes of the buffer.
func (c *Cutter) take(n int) Piece {
	p := Piece{Text: string(c.buf[:n]), Offset: c.at}
	c.drop(n)
	return p
}

// drop forgets the first n bytes of the buffer.
func (c *Cutter) drop(n int) {
	rest := c.buf[n:c.held]
	if len(c.buf) > c.base && len(rest) <= c.base/2 {
		c.buf = make([]byte, c.base) // one long line must not hold its memory for ever
	}
	copy(c.buf, rest)
	c.at += int64(n)
	c.held, c.scanned = len(rest), 0
}

// beginLong gives up the line that fills the buffer, except for its beginning.
func (c *Cutter) beginLong() {
	c.long = &longLine{at: c.at}
	c.long.add(c.buf[:c.held])
	c.drop(c.held)
}

// skip passes over what was read of a long line and returns it when it has ended.
func (c *Cutter) skip() (Piece, error) {
	l := c.long
	end := bytes.IndexByte(c.buf[:c.held], '\n')
	if end < 0 {
		l.add(c.buf[:c.held])
		c.drop(c.held)
		if c.err == nil {
			return Piece{Offset: l.at}, nil
		}
	} else {
		l.add(c.buf[:end])
		c.drop(end + 1)
	}
	c.long = nil
	if l.last == '\r' {
		l.size--
		l.head = l.head[:min(int64(len(l.head)), l.size)]
	}
	p := Piece{Text: string(l.head), Offset: l.at, Open: end < 0, Size: l.size}
	if p.Open {
		return p, c.err
	}
	return p, nil
}

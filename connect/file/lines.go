package file

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// Lines reads the lines of one split. It belongs to one goroutine.
//
// A line ends with "\n" or "\r\n", which is not part of it, or with the file. It
// is part of a larger string, as long as what was read at once: who keeps one
// line of a file for long keeps about 128 KiB alive and should clone it.
//
// Reading goes in steps, so that a reader can return between them however little
// comes of its input:
//
//	for {
//		line, ok := lines.Next()
//		if !ok { err := lines.More(); … }
//	}
type Lines struct {
	c     connect.ReaderContext
	path  string
	close []func()
	cut   *Cutter
	limit int
	from  int64 // of the range; what Cutter counts starts at begin
	begin int64
	end   int64 // a line that begins here or later is another split's

	text string // what More has brought
	base int64  // offset of text in the file
	next int    // where the next line begins in text
	line int64  // offset of the line returned last

	packed  *counter      // bytes read from a compressed file, else nil
	stream  *bufio.Reader // of them, what the decompression has not taken yet
	bound   *bound        // of a place of a sample, else nil
	handed  int64         // bytes of the lines of such a place, rejected ones included
	size    int64         // of the split
	counted int64         // of it, given to AddBytes
	err     error         // what More returns from now on
}

// Next returns the next line of those in memory, or false if [Lines.More] must
// be called. Lines that are too long go to the quarantine.
func (l *Lines) Next() (string, bool) {
	for l.next < len(l.text) {
		line := l.text[l.next:]
		l.line = l.base + int64(l.next)
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
			l.next += i + 1
		} else {
			l.next = len(l.text)
		}
		line = chomp(line)
		if len(line) <= l.limit {
			return line, true
		}
		l.tooLong(line, l.line, int64(len(line)))
	}
	return "", false
}

// Back makes Next return the line that it returned last once more.
func (l *Lines) Back() { l.next = int(l.line - l.base) }

// Take is Next for as many lines as rows has room for. It returns how many it
// filled.
func (l *Lines) Take(rows []string) int {
	text, next := l.text, l.next
	n := 0
	for n < len(rows) && next < len(text) {
		line := text[next:]
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		start := next
		next += len(line) + 1
		line = chomp(line)
		if len(line) > l.limit {
			l.tooLong(line, l.base+int64(start), int64(len(line)))
			text = l.text // empty after a failure
			continue
		}
		rows[n] = line
		n++
	}
	l.next = min(next, len(l.text))
	return n
}

// chomp removes what "\r\n" leaves when it is cut at "\n".
func chomp(line string) string {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// Offset returns where the line that Next returned last begins, in bytes of the
// decompressed content.
func (l *Lines) Offset() int64 { return l.line }

// Limit returns the longest line allowed, in bytes.
func (l *Lines) Limit() int { return l.limit }

// Path names the file.
func (l *Lines) Path() string { return l.path }

// More reads on, once. Afterwards there may be lines, or none yet. It returns
// io.EOF when all lines were returned by Next. It must not be called while Next
// has lines.
func (l *Lines) More() error {
	if l.err != nil {
		return l.err
	}
	p, err := l.cut.Next()
	if l.bound != nil && l.bound.hit && p.Open {
		p = Piece{Offset: p.Offset}
	}
	l.text, l.base, l.next = p.Text, l.begin+p.Offset, 0
	l.count(err == io.EOF)
	switch {
	case err == io.EOF && l.end != toEnd && l.begin+l.cut.Received() < l.end:
		l.err = fmt.Errorf("file: %s has only %d bytes, but had %d when the job began", l.path, l.begin+l.cut.Received(), l.end)
		l.text = ""
		return l.err
	case err == io.EOF:
		l.err = io.EOF
	case err != nil:
		l.text = ""
		l.err = l.broken(err)
		return l.err
	}
	switch {
	case p.Size > 0:
		l.text = ""
		if l.base < l.end {
			l.tooLong(p.Text, l.base, p.Size)
		}
		if p := l.base + p.Size; p >= l.end && l.err == nil {
			l.finish()
		}
	case l.base+int64(len(l.text)) >= l.end:
		l.cutEnd()
	}
	l.countSample(p.Size)
	if l.text == "" {
		return l.err
	}
	return nil
}

// cutEnd removes the lines that begin behind the range and ends the split.
func (l *Lines) cutEnd() {
	if l.base >= l.end {
		l.text = ""
	} else if i := strings.IndexByte(l.text[l.end-1-l.base:], '\n'); i >= 0 {
		// The last line of the range is the one that holds its last byte.
		l.text = l.text[:l.end-l.base+int64(i)]
	} else {
		return // the line ends with the stream
	}
	l.finish()
}

func (l *Lines) finish() {
	if l.err == nil {
		l.err = io.EOF
	}
	l.count(true)
}

func (l *Lines) broken(err error) error {
	doing := "read"
	if l.packed != nil {
		doing = "decompress"
	}
	return failed(fmt.Sprintf("%s behind byte %d of", doing, l.begin+l.cut.Received()), l.path, err)
}

// count reports progress; at the end of a split all of it.
func (l *Lines) count(all bool) {
	if l.bound != nil {
		return
	}
	done := l.begin + l.cut.Received() - l.from
	if l.packed != nil {
		done = l.packed.n
	}
	if done = min(done, l.size); all {
		done = l.size
	}
	if done > l.counted {
		l.c.AddBytes(done - l.counted)
		l.counted = done
	}
}

func (l *Lines) tooLong(line string, offset, size int64) {
	err := l.Reject(line, offset, size, fmt.Sprintf(
		"a line of %d bytes is longer than the limit of %d (option file.MaxLine)", size, l.limit))
	if err != nil {
		l.text, l.next, l.err = "", 0, err
	}
}

// Reject hands a piece of the file to the quarantine: what it is, where it
// starts, how long it is in full, and why it is no record.
func (l *Lines) Reject(input string, offset, size int64, cause string) error {
	return reject(l.c, l.path, input, offset, size, cause)
}

// Close closes the file.
func (l *Lines) Close() error {
	for _, c := range l.close {
		c()
	}
	l.close, l.text, l.err = nil, "", io.EOF
	return nil
}

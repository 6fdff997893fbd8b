package file

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/thalweg/thalweg/connect"
)

// Open opens the lines of a split: those that begin in its range.
func (in Input) Open(c connect.ReaderContext, s connect.Split) (*Lines, error) {
	p, err := pieceOf(s)
	if err != nil {
		return nil, err
	}
	buffer := chunk
	if packingOf(string(p.Path)) == plain {
		// A small file does not need a large buffer; a few bytes more than the range
		// let one read find the end of its last line.
		buffer = int(min(chunk, p.To-p.From+512))
	} else if p.Most > 0 {
		buffer = int(min(chunk, p.Most))
	}
	return in.open(c, p, buffer)
}

// Head opens the lines of the split's file from the beginning of the file, for
// what a format keeps there. It counts no progress. A line that is too long is
// an error.
func (in Input) Head(c connect.ReaderContext, s connect.Split) (*Lines, error) {
	p, err := pieceOf(s)
	if err != nil {
		return nil, err
	}
	p.From, p.To = 0, toEnd
	return in.open(aside{c}, p, 8<<10)
}

// aside is the context of what is read besides a split.
type aside struct{ connect.ReaderContext }

func (aside) AddBytes(int64)                      {}
func (aside) Quarantine(r connect.Rejected) error { return fmt.Errorf("file: %s", r) }

func (in Input) open(c connect.ReaderContext, p piece, buffer int) (*Lines, error) {
	if in.err != nil {
		return nil, in.err
	}
	path := string(p.Path)
	f, err := c.Files().Open(path)
	if err != nil {
		return nil, failed("open", path, err)
	}
	l := &Lines{
		c: c, path: path, limit: in.maxLine,
		from: p.From, begin: p.From, end: p.To, size: p.To - p.From,
		close: []func(){func() { _ = f.Close() }},
	}
	if how := packingOf(path); how != plain {
		l.end = toEnd
		l.packed = &counter{from: f}
		l.stream = bufio.NewReaderSize(l.packed, 64<<10)
		content, release, err := unpack(how, l.stream)
		if err != nil {
			_ = l.Close()
			return nil, failed("decompress", path, err)
		}
		l.close = append([]func(){release}, l.close...)
		l.cut = NewCutter(l.bounded(content, p.Most), in.maxLine, buffer)
		return l, nil
	}
	if p.From > 0 {
		if l.begin, err = lineStart(f, p.From, p.To); err == nil {
			_, err = f.Seek(l.begin, io.SeekStart)
		}
		if err != nil {
			_ = l.Close()
			return nil, failed("read", path, err)
		}
	}
	l.cut = NewCutter(l.bounded(&ranged{from: f, left: p.To - l.begin}, p.Most), in.maxLine, buffer)
	if l.begin >= l.end {
		l.finish()
	}
	return l, nil
}

// lineStart returns where the first line at or after from begins, or to if none
// begins before it. A line begins behind a line end, so the byte before from
// counts.
func lineStart(f io.ReaderAt, from, to int64) (int64, error) {
	buf := make([]byte, 4<<10)
	for at := from - 1; at < to-1; {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), to-1-at)], at)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			return at + int64(i) + 1, nil
		}
		at += int64(n)
		if err != nil && at < to-1 {
			return 0, err
		}
		if len(buf) < chunk {
			buf = make([]byte, 2*len(buf))
		}
	}
	return to, nil
}

// ranged reads a range in steps as large as asked for. Of what lies behind it
// only the end of one line is wanted, so it goes on in small steps there, which
// grow.
type ranged struct {
	from io.Reader
	left int64 // bytes of the range
	step int
}

func (r *ranged) Read(p []byte) (int, error) {
	if r.left <= 0 {
		r.step = min(max(2*r.step, 512), chunk)
		p = p[:min(len(p), r.step)]
	} else {
		p = p[:min(int64(len(p)), max(r.left, r.left+512))] // the sum may overflow
	}
	n, err := r.from.Read(p)
	r.left -= int64(n)
	return n, err
}

package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/thalweg/thalweg/bench/batch/side"
	"github.com/thalweg/thalweg/connect"
)

// lineSource reads the records of a file: all of them, or a sample of a few from each of
// many places.
type lineSource struct {
	path   string
	sample bool
}

// block is how much is read or written at once: it stays in the cache until it is used.
const block = 1 << 18 / side.LineSize * side.LineSize

// linesPerSplit keeps splits small beside the input and large beside a block.
const linesPerSplit = 256 * (block / side.LineSize)

// A sample of this size is much more than the sort draws from it.
const (
	samplePlaces  = 128
	linesPerPlace = 128
)

func (s lineSource) String() string {
	if s.sample {
		return "some lines of " + s.path
	}
	return "lines of " + s.path
}

func (s lineSource) Bounded() bool { return true }

func (s lineSource) Splits(c connect.SplitContext) (splits []connect.Split, err error) {
	info, err := c.Files().Stat(s.path)
	if err != nil {
		return nil, err
	}
	apart, most := int64(linesPerSplit), int64(linesPerSplit)
	if s.sample {
		apart, most = max(info.Size()/side.LineSize/samplePlaces, 1), linesPerPlace
	}
	for from := int64(0); from < info.Size(); from += apart * side.LineSize {
		size := min(min(most, apart)*side.LineSize, info.Size()-from)
		splits = append(splits, connect.Split{ID: fmt.Sprint(from), Size: size, Data: fmt.Appendf(nil, "%d %d", from, size)})
	}
	return splits, nil
}

func (s lineSource) Open(c connect.ReaderContext, split connect.Split) (connect.Reader[Line], error) {
	r := &lineReader{c: c}
	var from int64
	if _, err := fmt.Sscan(string(split.Data), &from, &r.left); err != nil {
		return nil, fmt.Errorf("split %s: %w", split.ID, err)
	}
	f, err := c.Files().Open(s.path)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.f, r.buf = f, make([]byte, min(r.left, block))
	return r, nil
}

type lineReader struct {
	c    connect.ReaderContext
	f    io.ReadCloser
	left int64  // bytes of the split that were not read
	buf  []byte // a block
	rest []byte // of buf, what was not handed out
}

func (r *lineReader) Read(rows []Line) (int, error) {
	if len(r.rest) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.rest = r.buf[:min(r.left, block)]
		if _, err := io.ReadFull(r.f, r.rest); err != nil {
			return 0, err
		}
		r.left -= int64(len(r.rest))
		r.c.AddBytes(int64(len(r.rest)))
	}
	n := min(len(rows), len(r.rest)/side.LineSize)
	for i := range n {
		line := r.rest[i*side.LineSize : (i+1)*side.LineSize]
		rows[i].Key, rows[i].Rest = [10]byte(line), [90]byte(line[10:])
	}
	r.rest = r.rest[n*side.LineSize:]
	return n, nil
}

func (r *lineReader) Close() error { return r.f.Close() }

// lineSink writes a file for each subtask into a directory.
type lineSink string

func (s lineSink) String() string { return "lines into " + string(s) }

func (s lineSink) Open(c connect.WriterContext) (connect.Writer[Line], error) {
	f, err := c.Files().Create(filepath.Join(string(s), fmt.Sprintf("part-%05d", c.Subtask())))
	if err != nil {
		return nil, err
	}
	return &lineWriter{c: c, f: f, buf: make([]byte, 0, block)}, nil
}

type lineWriter struct {
	c connect.WriterContext
	f interface {
		io.WriteCloser
		Sync() error
	}
	buf []byte
}

func (w *lineWriter) Write(rows []Line) error {
	for i := range rows {
		if len(w.buf) == cap(w.buf) {
			if err := w.write(); err != nil {
				return err
			}
		}
		w.buf = append(append(w.buf, rows[i].Key[:]...), rows[i].Rest[:]...)
	}
	return nil
}

func (w *lineWriter) write() error {
	n, err := w.f.Write(w.buf)
	w.c.AddBytes(int64(n))
	w.buf = w.buf[:0]
	return err
}

// Flush does nothing: nobody reads the file while it grows.
func (w *lineWriter) Flush() error { return nil }

func (w *lineWriter) Close(complete bool) error {
	var err error
	if complete {
		if err = w.write(); err == nil {
			err = w.f.Sync()
		}
	}
	return errors.Join(err, w.f.Close())
}

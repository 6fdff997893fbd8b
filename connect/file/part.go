package file

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// writeSize is how much is written at once.
const writeSize = 128 << 10

// name returns the file name of a subtask.
func (o Output) name(subtask int) string {
	return fmt.Sprintf("part-%05d%s%s", subtask, o.extension, o.packed)
}

// isPart reports whether a name is one of this format's part files, compressed
// in whatever way: two jobs with different compression still write the same
// table.
func (o Output) isPart(name string) bool {
	name, ok := strings.CutPrefix(name, "part-")
	if !ok {
		return false
	}
	for _, p := range []packing{gzipped, zstandard} {
		name = strings.TrimSuffix(name, string(p))
	}
	number, ok := strings.CutSuffix(name, o.extension)
	return ok && len(number) >= 5 && strings.Trim(number, "0123456789") == ""
}

// unpublished returns the name a file has while its job runs.
func unpublished(name, job string) string { return "." + name + "." + fileSafe(job) }

// fileSafe keeps a job's name from leading into another directory.
func fileSafe(job string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == 0 {
			return '-'
		}
		return r
	}, job)
}

// AppendFunc appends one record to dst in a format's notation, with what ends
// the record, and returns the result. It may not keep row.
type AppendFunc[T any] func(dst []byte, row *T) ([]byte, error)

// Writer writes the file of one subtask. It implements [connect.Writer].
type Writer[T any] struct {
	c         connect.WriterContext
	name      string // of the file, without what hides it
	path      string
	immediate bool
	others    []stored // complete files that the subtask has taken over
	append    AppendFunc[T]

	buf    []byte // records not yet written
	file   io.WriteCloser
	sync   func() error
	packed packing
	packer packer // nil if the output is not compressed, or nothing was written since a checkpoint
	size   int64  // of the file
	err    error  // the first failure of the file
}

// NewWriter creates the file of a subtask. It begins with the header.
//
// If there are positions, those that the writers of all subtasks had returned at a
// checkpoint, it goes on from there: of n subtasks number i takes over the files of all
// those whose number is i modulo n, goes on with one and keeps the others. One without any
// makes a new file. Files that came after the checkpoint are removed.
func NewWriter[T any](o Output, c connect.WriterContext, header []byte, row AppendFunc[T], positions [][]byte) (*Writer[T], error) {
	if o.err != nil {
		return nil, o.err
	}
	if len(positions) > 0 {
		return resumeWriter(o, c, header, row, positions)
	}
	return newWriter(o, c, o.name(c.Subtask()), header, row)
}

func newWriter[T any](o Output, c connect.WriterContext, name string, header []byte, row AppendFunc[T]) (*Writer[T], error) {
	w := &Writer[T]{c: c, name: name, path: o.path(c, name), immediate: o.immediate, append: row, packed: o.packed}
	f, err := c.Files().Create(w.path)
	if err != nil {
		return nil, failed("create", w.path, err)
	}
	w.file, w.sync = f, f.Sync
	if err := w.pack(); err != nil {
		_ = f.Close()
		return nil, err
	}
	w.buf = append(w.buf, header...)
	return w, nil
}

// pack begins a stream of the compression, if there is any and none has begun. Several one
// behind the other are one, for who reads them.
func (w *Writer[T]) pack() (err error) {
	if w.packed == plain || w.packer != nil {
		return nil
	}
	if w.packer, err = pack(w.packed, (*below[T])(w)); err != nil {
		return failed("compress", w.path, err)
	}
	return nil
}

// Write formats rows and writes them whenever enough has come together. A record that
// cannot be formatted is a [connect.Refused].
func (w *Writer[T]) Write(rows []T) (err error) {
	i := 0
	defer func() {
		if caught := recover(); caught != nil {
			err = &connect.Refused{Row: i, Err: fmt.Errorf("panic: %v", caught), Stack: string(debug.Stack())}
		}
	}()
	for ; i < len(rows); i++ {
		buf, err := w.append(w.buf, &rows[i])
		if err != nil {
			return &connect.Refused{Row: i, Err: fmt.Errorf("file: a record for %s: %w", w.path, err)}
		}
		w.buf = buf
		if len(w.buf) >= writeSize {
			if err := w.drain(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush makes what was written visible if the output is immediate.
func (w *Writer[T]) Flush() error {
	if !w.immediate {
		return nil
	}
	if err := w.drain(); err != nil || w.packer == nil {
		return err
	}
	return w.note("write", w.packer.Flush())
}

// Close completes the file on the disk; if the job has failed, it only closes it.
// An immediate file is completed as far as possible in that case.
func (w *Writer[T]) Close(complete bool) error {
	if !complete && !w.immediate {
		if w.packer != nil {
			// The end of the stream is of no interest, but its memory is.
			w.err = errors.Join(w.err, errAbandoned)
			_ = w.packer.Close()
		}
		_ = w.file.Close()
		return nil
	}
	err := w.drain()
	if w.packer != nil {
		err = errors.Join(err, w.note("write", w.packer.Close()))
	}
	if err == nil {
		err = w.note("sync", w.sync())
	}
	if closing := w.file.Close(); err == nil {
		err = w.note("close", closing)
	}
	return err
}

var errAbandoned = errors.New("file: the job has failed")

// drain writes what has come together.
func (w *Writer[T]) drain() error {
	if w.err != nil {
		return w.err
	}
	if len(w.buf) == 0 {
		return nil
	}
	err := w.pack()
	if err != nil {
		return w.note("write", err)
	}
	if w.packer != nil {
		_, err = w.packer.Write(w.buf)
	} else {
		_, err = (*below[T])(w).Write(w.buf)
	}
	if cap(w.buf) > 4*writeSize {
		w.buf = nil // one large record must not hold its memory for ever
	}
	w.buf = w.buf[:0]
	return w.note("write", err)
}

// note keeps the first failure: after it the file has a gap and takes nothing.
func (w *Writer[T]) note(doing string, err error) error {
	if err != nil && w.err == nil {
		w.err = failed(doing, w.path, err)
	}
	return w.err
}

// below is the file under the compression.
type below[T any] Writer[T]

func (b *below[T]) Write(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.file.Write(p)
	b.size += int64(n)
	if n < len(p) && err == nil {
		err = io.ErrShortWrite
	}
	b.c.AddBytes(int64(n))
	return n, err
}

package thalwegtest

import (
	"io"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/stream"
)

// Input is a source that the test feeds. It has one split.
type Input[T any] struct {
	h      *Harness
	queue  [][]fed[T] // what comes together
	read   bool       // there is a stream
	timed  bool
	closed bool
	wake   func() // the subtask that reads; nil before it does
}

// fed is a record of an input, or a watermark: its Row says nothing then.
type fed[T any] struct {
	Row  T
	Time int64
	Mark bool
}

// Source makes an input of the program. It is read by one subtask.
func Source[T any](h *Harness) *Input[T] {
	in := &Input[T]{h: h}
	h.close, h.wake = append(h.close, in.Close), append(h.wake, in.awake)
	return in
}

// Stream returns the records, without event times: the program may assign some. Either
// Stream or Timed is called, once, while the program is built.
func (in *Input[T]) Stream() *stream.DataStream[T] {
	in.h.t.Helper()
	return stream.Map(in.elements(), func(f fed[T]) T { return f.Row }).WithParallelism(1)
}

// Timed returns the records with the event times and watermarks that the test gives them.
func (in *Input[T]) Timed() *stream.DataStream[T] {
	in.h.t.Helper()
	in.timed = true
	strategy := eventtime.Nanos(func(f *fed[T]) *int64 { return &f.Time }).
		Punctuated(func(f *fed[T]) (time.Time, bool) { return time.Unix(0, f.Time).UTC(), f.Mark })
	timed := stream.AssignTime(in.elements(), strategy).WithParallelism(1)
	return stream.FlatMap(timed, func(f fed[T], emit func(T)) {
		if !f.Mark {
			emit(f.Row)
		}
	}).WithParallelism(1)
}

func (in *Input[T]) elements() *stream.DataStream[fed[T]] {
	in.h.t.Helper()
	if in.read {
		in.h.t.Fatal("the input has a stream already")
	}
	in.read = true
	return stream.Read(in.h.env, fedSource[T]{in}).Named("test input")
}

// Send gives records without event times to the program. They are read when the job runs
// next, in one batch if they fit one; watermarks that they make go before what is sent
// after them.
func (in *Input[T]) Send(rows ...T) {
	in.h.t.Helper()
	if in.timed {
		in.h.t.Fatal("the records of this input need times: use SendAt")
	}
	together := make([]fed[T], len(rows))
	for i, r := range rows {
		together[i].Row = r
	}
	in.put(together)
}

// SendAt gives records with an event time to the program, as Send does. It may be behind
// the watermark: then they are late.
func (in *Input[T]) SendAt(at time.Time, rows ...T) {
	in.h.t.Helper()
	in.needTimed()
	together := make([]fed[T], len(rows))
	for i, r := range rows {
		together[i] = fed[T]{Row: r, Time: at.UnixNano()}
	}
	in.put(together)
}

// Watermark says, between what was sent before and what will be sent, that no record with
// a time before at will come. One that goes back says nothing.
func (in *Input[T]) Watermark(at time.Time) {
	in.h.t.Helper()
	in.needTimed()
	in.put([]fed[T]{{Time: at.UnixNano(), Mark: true}})
}

func (in *Input[T]) needTimed() {
	in.h.t.Helper()
	if !in.timed {
		in.h.t.Fatal("the records of this input have no times: read it with Timed")
	}
}

// Close ends the input, behind what was sent.
func (in *Input[T]) Close() {
	in.closed = true
	in.awake()
}

func (in *Input[T]) put(together []fed[T]) {
	in.h.t.Helper()
	if in.closed {
		in.h.t.Fatal("the input is closed")
	}
	if len(together) > 0 {
		in.queue = append(in.queue, together)
		in.awake()
	}
}

func (in *Input[T]) awake() {
	if in.wake != nil {
		in.wake()
	}
}

// fedSource is the source of an input.
type fedSource[T any] struct{ in *Input[T] }

func (fedSource[T]) String() string      { return "what the test sends" }
func (fedSource[T]) Bounded() bool       { return false }
func (fedSource[T]) MaxParallelism() int { return 1 }

func (fedSource[T]) Splits(connect.SplitContext) ([]connect.Split, error) {
	return []connect.Split{{ID: "test"}}, nil
}

func (s fedSource[T]) Open(c connect.ReaderContext, _ connect.Split) (connect.Reader[fed[T]], error) {
	s.in.wake = c.Wake
	return &fedReader[T]{c: c, in: s.in}, nil
}

// fedReader reads an input. The test's goroutine stands still meanwhile.
type fedReader[T any] struct {
	c     connect.ReaderContext
	in    *Input[T]
	pause bool // lets the subtask flush, and send watermarks, before it reads on
}

func (r *fedReader[T]) Read(rows []fed[T]) (int, error) {
	in := r.in
	switch {
	case !in.h.reading:
		return 0, connect.Wait
	case r.pause:
		r.pause = false
		r.c.Wake()
		return 0, connect.Wait
	case len(in.queue) > 0:
		n := copy(rows, in.queue[0])
		if in.queue[0] = in.queue[0][n:]; len(in.queue[0]) == 0 {
			in.queue = in.queue[1:]
			r.pause = true
		}
		return n, nil
	case in.closed:
		return 0, io.EOF
	}
	return 0, connect.Wait
}

func (r *fedReader[T]) Close() error {
	r.in.wake = nil
	return nil
}

package step

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// What drives the steps of a loop is found by these interfaces.
var (
	_ operator.Source  = (*loopHead[int])(nil)
	_ operator.Marker  = (*loopHead[int])(nil)
	_ operator.Stander = (*loopHead[int])(nil)
	_ operator.Marker  = (*loopTail[int])(nil)
	_ operator.Closer  = (*loopTail[int])(nil)

	_ operator.Finisher = (*loopTail[int])(nil)
)

// Loop is a way back for records: those that come to the tail leave the head, of the same
// subtask, in their order. The operators between head and tail are the loop's body, which
// has other inputs, too: at least that of the entry.
//
// The loop is over when all other inputs of its body have ended and no record is in it.
// To find that out, the head sends word round behind its records, lap after lap
// (operator.Lap): a lap has come back to the tail when all records before it have gone
// through the body. Two laps on, during which no record has come back to any tail, none is
// left: what a head sends during a lap is what came back in the one before. It is the way in
// which Misra's marker finds out that a ring of processes is at rest (Detecting
// Termination of Distributed Computations Using Markers, PODC 1983), with all paths from
// heads to tails for the ring.
//
// Event time stands still in the body and behind it as long as the loop goes on, for any
// record may come round again. When the loop is at rest for the first time, event time
// ends; what comes back because of that goes round as it did before, and when the loop is
// at rest again it is over.
type Loop[T any] struct {
	rows *types.Type[T]
}

// NewLoop returns a loop for records of a type.
func NewLoop[T any](rows *types.Type[T]) *Loop[T] { return &Loop[T]{rows} }

// loopKey is what head, tail and entry of a subtask share their queue by.
type loopKey struct {
	loop    any
	subtask int
}

func (l *Loop[T]) queue(ctx *operator.Context) *loopQueue[T] {
	made := func() any {
		nobody := func() {}
		return &loopQueue[T]{element: NewElement(l.rows), wakeHead: nobody, wakeEntry: nobody}
	}
	return ctx.Spec().Shared(loopKey{l, ctx.Subtask()}, made).(*loopQueue[T])
}

// Entry lets records into the loop, unless so many are in it that they do not fit the memory
// of the tail. It must have as many subtasks as the others.
func (l *Loop[T]) Entry() operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &loopEntry[T]{ctx: w.Context, queue: l.queue(w.Context), out: output[T](w, 0), in: w.In(0), sent: w.Out(0)}
		s.queue.wakeEntry = w.Context.Spec().Wake
		return one[T](s), nil
	}
}

type loopEntry[T any] struct {
	ctx      *operator.Context
	queue    *loopQueue[T]
	out      operator.Collector[T]
	in, sent *operator.Stamps
}

func (s *loopEntry[T]) Collect(rows []T) error {
	if s.queue.crowded() {
		times := timesOf(s.in)
		if err := s.ctx.Await(func() bool { return !s.queue.crowded() }); err != nil {
			return err
		}
		if s.in != nil {
			s.in.Times = times
		}
	}
	if s.sent != nil {
		s.sent.Times = s.in.Times
	}
	return s.out.Collect(rows)
}

// Tail takes the records that go back.
func (l *Loop[T]) Tail() operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &loopTail[T]{ctx: w.Context, queue: l.queue(w.Context), in: w.In(0)}
		s.queue.room = room(w.Context)
		return one[T](s), nil
	}
}

type loopTail[T any] struct {
	ctx   *operator.Context
	queue *loopQueue[T]
	in    *operator.Stamps
}

func (s *loopTail[T]) Collect(rows []T) error {
	return s.ctx.Fail(s.queue.put(rows, timesOf(s.in)), -1, nil)
}

// Advance implements operator.Marker: it notes that word has come back.
func (s *loopTail[T]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if in.Lap.Number > 0 {
		s.queue.back(in.Lap)
	}
	return in, nil
}

// Finish implements operator.Finisher. If the head has not come to its end the tail's
// records are none of the loop's: nothing will come back.
func (s *loopTail[T]) Finish() error {
	s.queue.end()
	return nil
}

// Close implements operator.Closer.
func (s *loopTail[T]) Close(bool) error {
	s.queue.close()
	return nil
}

// Head is the source of the records that come back.
func (l *Loop[T]) Head() operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &loopHead[T]{ctx: w.Context, queue: l.queue(w.Context), out: output[T](w, 0), sent: w.Out(0)}
		s.queue.wakeHead = w.Context.Spec().Wake
		return operator.Instance{Body: s}, nil
	}
}

// loopHead sends word round the loop.
type loopHead[T any] struct {
	ctx   *operator.Context
	queue *loopQueue[T]
	out   operator.Collector[T]
	sent  *operator.Stamps

	emitted int64        // records so far
	lap     operator.Lap // the latest that was sent
	came    int64        // how many records had come back when the lap before did
	ending  int64        // the lap at which event time ends; 0: not yet
	over    bool
}

// Poll implements operator.Source.
func (s *loopHead[T]) Poll() (operator.Status, time.Time, error) {
	ended := s.over || s.queue.isEnded() // before it is looked at for the last time
	batch, err := s.queue.take()
	switch {
	case err != nil:
		return 0, time.Time{}, s.ctx.Fail(err, -1, nil)
	case batch != nil:
		return operator.More, time.Time{}, s.send(batch)
	case ended:
		return operator.Ended, time.Time{}, nil
	}
	return operator.Idle, time.Time{}, nil
}

func (s *loopHead[T]) send(batch *operator.Batch[T]) error {
	rows, times := batch.Rows, batch.Times
	s.emitted += int64(len(rows))
	for len(rows) > 0 {
		n := min(len(rows), operator.BatchSize[T]())
		if s.sent != nil {
			s.sent.Times, times = times[:n], times[n:]
		}
		if err := s.out.Collect(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	batch.Release()
	return nil
}

// Advance implements operator.Marker: when a lap is done, and the records that came back
// before it have been sent, the next one begins.
func (s *loopHead[T]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if in.Time == operator.EndOfTime {
		return in, nil // the head has ended
	}
	if back, came := s.queue.state(); s.lap.Number == 0 || back.Number == s.lap.Number && s.emitted >= came {
		s.turn(back, came)
	}
	out := operator.Watermark{Time: operator.NoTime, Lap: s.lap}
	if s.ending > 0 {
		out.Time = operator.EndOfTime
	}
	return out, nil
}

// turn ends a lap and begins the next one.
func (s *loopHead[T]) turn(back operator.Lap, came int64) {
	n := s.lap.Number
	// During the lap before last nothing has come back anywhere.
	if rest := back.Busy <= n-2; rest && n >= 2 {
		switch {
		case s.ending == 0:
			s.ending = n + 1
		case n >= s.ending+1:
			s.over = true
			s.ctx.Spec().Wake()
			s.queue.finish()
			return
		}
	}
	if came > s.came {
		s.lap.Busy = n
	}
	s.came, s.lap.Number = came, n+1
}

// Stand implements operator.Stander.
func (s *loopHead[T]) Stand(st *metrics.Standing) {
	st.Mark, st.Loop = operator.NoTime, s.ending == 0
}

// loopQueue is the records on their way from a tail to its head. Any of both may use it.
//
// Invariant: what is in reading came before what is in writing, and that before fresh.
type loopQueue[T any] struct {
	element             *Element
	wakeHead, wakeEntry func()
	room                outofcore.Room // the tail's

	mu      sync.Mutex
	fresh   *operator.Batch[T]
	writing *outofcore.Blocks // encoded batches; nil: none
	reading *outofcore.Blocks
	buffer  []byte

	came int64        // records so far
	last operator.Lap // the latest that has come back
	upTo int64        // came, when it did; 0 before that

	ended bool // the tail's input has
	over  bool // the loop is
}

// loopFresh is how many batches stay as they are before they are encoded.
const loopFresh = 4

var errLoopOver = errors.New("a record came back to a loop that was over: it was made when all input had ended")

// put appends records, which stay the caller's.
func (q *loopQueue[T]) put(rows []T, times []int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over {
		return errLoopOver
	}
	if q.fresh == nil {
		q.fresh = &operator.Batch[T]{}
	}
	q.came += int64(len(rows))
	q.fresh.Rows, q.fresh.Times = append(q.fresh.Rows, rows...), append(q.fresh.Times, times...)
	if len(q.fresh.Rows) >= loopFresh*operator.BatchSize[T]() {
		if err := q.encode(); err != nil {
			return fmt.Errorf("records of a loop: %w", err)
		}
	}
	q.wakeHead()
	return nil
}

// encode moves what is fresh to writing.
func (q *loopQueue[T]) encode() error {
	if q.writing == nil {
		q.writing = outofcore.NewBlocks(q.room, false)
	}
	rows, times := q.fresh.Rows, q.fresh.Times
	q.fresh = nil
	for len(rows) > 0 {
		n := min(len(rows), operator.BatchSize[T]())
		piece := &operator.Batch[T]{Rows: rows[:n]}
		if len(times) > 0 {
			piece.Times, times = times[:n], times[n:]
		}
		q.buffer = q.element.Encode(q.buffer[:0], piece)
		if err := q.writing.Add(q.buffer); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// take returns the next records, or nil.
func (q *loopQueue[T]) take() (*operator.Batch[T], error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.reading != nil || q.writing != nil {
		if q.reading == nil {
			if err := q.writing.Seal(); err != nil {
				return nil, fmt.Errorf("records of a loop: %w", err)
			}
			q.writing.Rewind()
			q.reading, q.writing = q.writing, nil
		}
		piece, err := q.reading.Next(nil)
		if errors.Is(err, io.EOF) {
			q.reading.Close()
			q.reading = nil
			q.wakeEntry()
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("records of a loop: %w", err)
		}
		batch, err := q.element.Decode(piece)
		if err != nil {
			return nil, fmt.Errorf("records of a loop: %w", err)
		}
		return batch.(*operator.Batch[T]), nil
	}
	batch := q.fresh
	q.fresh = nil
	return batch, nil
}

// crowded reports whether there are more records than the tail has memory for.
func (q *loopQueue[T]) crowded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.writing != nil && q.writing.Spilled() || q.reading != nil && q.reading.Spilled()
}

// back notes that a lap has come back.
func (q *loopQueue[T]) back(lap operator.Lap) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if lap.Number > q.last.Number {
		q.last, q.upTo = lap, q.came
		q.wakeHead()
	}
}

// state returns the latest lap that has come back, and how many records had before it.
func (q *loopQueue[T]) state() (lap operator.Lap, came int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.last, q.upTo
}

// end notes that nothing comes any more.
func (q *loopQueue[T]) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.wakeHead()
}

// isEnded reports whether nothing comes any more.
func (q *loopQueue[T]) isEnded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ended
}

// finish notes that nothing may come any more.
func (q *loopQueue[T]) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over = true
}

// close gives everything up.
func (q *loopQueue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range []*outofcore.Blocks{q.writing, q.reading} {
		if b != nil {
			b.Close()
		}
	}
	q.writing, q.reading, q.fresh = nil, nil, nil
}

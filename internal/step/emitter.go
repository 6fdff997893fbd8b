package step

import "github.com/thalweg/thalweg/internal/operator"

// emitter collects single records into batches for the next link. Push is the
// emit function that user code gets.
//
// One that is held sends nothing by itself, so that what a call has emitted can be
// withdrawn: whoever uses it calls begin before each call of user code, and flush when it
// is full. It grows meanwhile.
type emitter[T any] struct {
	out operator.Collector[T]
	buf []T

	stamps *operator.Stamps // nil: records have no times
	now    int64            // the time of what is pushed
	times  []int64          // of buf

	held bool
	size int // rows of a batch
	mark int // where buf ended at the last begin
}

func newEmitter[T any](out operator.Collector[T]) *emitter[T] {
	size := operator.BatchSize[T]()
	return &emitter[T]{out: out, buf: make([]T, 0, size), size: size}
}

// emitterOf returns an emitter for an output port.
func emitterOf[T any](w operator.Wiring, port int) *emitter[T] {
	return stampedEmitter(output[T](w, port), w.Out(port))
}

// stampedEmitter returns an emitter that puts times into stamps; nil: there are none.
func stampedEmitter[T any](out operator.Collector[T], stamps *operator.Stamps) *emitter[T] {
	e := newEmitter(out)
	if e.stamps = stamps; stamps != nil {
		e.now, e.times = operator.NoTime, make([]int64, 0, cap(e.buf))
	}
	return e
}

// heldEmitterOf is emitterOf, and the emitter is held if the operator puts records aside.
func heldEmitterOf[T any](w operator.Wiring, port int) *emitter[T] {
	e := emitterOf[T](w, port)
	e.held = w.Context.Quarantines()
	return e
}

// push adds a record. If the chain behind fails it unwinds user code.
func (e *emitter[T]) push(v T) {
	e.buf = append(e.buf, v)
	if e.stamps != nil {
		e.times = append(e.times, e.now)
	}
	if len(e.buf) == cap(e.buf) && !e.held {
		if err := e.flush(); err != nil {
			panic(operator.Abort{Err: err})
		}
	}
}

// begin notes that user code is called; withdraw takes back what it has pushed since.
func (e *emitter[T]) begin() { e.mark = len(e.buf) }

func (e *emitter[T]) withdraw() {
	clear(e.buf[e.mark:])
	e.buf = e.buf[:e.mark]
	if e.stamps != nil {
		e.times = e.times[:e.mark]
	}
}

// full reports whether there is a batch to flush.
func (e *emitter[T]) full() bool { return len(e.buf) >= e.size }

// flush hands over what was pushed.
func (e *emitter[T]) flush() error {
	if len(e.buf) == 0 {
		return nil
	}
	if len(e.buf) > e.size {
		return e.flushLong()
	}
	rows := e.buf
	e.buf = e.buf[:0]
	if e.stamps != nil {
		e.stamps.Times, e.times = e.times, e.times[:0]
	}
	return e.out.Collect(rows)
}

// flushLong hands over, in batches, what was pushed to an emitter that is held.
func (e *emitter[T]) flushLong() error {
	rows, times := e.buf, e.times
	e.buf, e.times = make([]T, 0, e.size), make([]int64, 0, e.size)
	for len(rows) > 0 {
		n := min(len(rows), e.size)
		if e.stamps != nil {
			e.stamps.Times, times = times[:n], times[n:]
		}
		if err := e.out.Collect(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

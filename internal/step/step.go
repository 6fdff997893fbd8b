// Package step holds the operators: generic structs, one operator a file, and
// the typed side of edges. It is the only internal package that knows user
// types. Floor 3.
//
// A step is made by a constructor that returns an [operator.Factory]; the
// factory closure holds everything that needs the types. Its hot loop runs over
// a batch and calls the user's function and nothing else.
//
// Invariants:
//
//  1. A step reads the rows it is given and writes only to memory of its own.
//  2. A panic of user code becomes an [operator.Failure] in the step that called
//     it; steps behind it return errors and are not named instead.
package step

import (
	"github.com/thalweg/thalweg/internal/operator"
)

// guard knows which record user code is working on.
type guard struct {
	ctx  *operator.Context
	base int64 // records received before this batch
	at   int   // index in the batch
}

// rescue turns a panic in user code into an error. It is deferred by the method
// that runs a batch.
func rescue[T any](g *guard, rows []T, err *error) {
	if caught := recover(); caught != nil {
		*err = g.ctx.Recovered(caught, g.base+int64(g.at), func() any { return rows[g.at] })
	}
	g.base += int64(len(rows))
}

// settle is rescue for the tightest loops: their index is a variable of the method
// that its deferred function sees, which costs less than a store to the guard for
// every record. caught is what that function has recovered.
func settle[T any](g *guard, caught any, at int, rows []T, err *error) {
	if caught != nil {
		g.at = at
		*err = g.ctx.Recovered(caught, g.base+int64(at), func() any { return rows[at] })
	}
	g.base += int64(len(rows))
}

// protect runs user code that is not about a single record.
func protect(ctx *operator.Context, f func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = ctx.Recovered(caught, -1, nil)
		}
	}()
	return ctx.Fail(f(), -1, nil)
}

// one is the instance of an operator with one input.
func one[T any](c operator.Collector[T]) operator.Instance {
	return operator.Instance{Inputs: []any{c}, Body: c}
}

// output returns the collector of an output port.
func output[T any](w operator.Wiring, port int) operator.Collector[T] {
	return w.Outputs[port].(operator.Collector[T])
}

// emitter collects single records into batches for the next link. Push is the
// emit function that user code gets.
type emitter[T any] struct {
	out operator.Collector[T]
	buf []T

	stamps *operator.Stamps // nil: records have no times
	now    int64            // the time of what is pushed
	times  []int64          // of buf
}

func newEmitter[T any](out operator.Collector[T]) *emitter[T] {
	return &emitter[T]{out: out, buf: make([]T, 0, operator.BatchSize[T]())}
}

// emitterOf returns an emitter for an output port.
func emitterOf[T any](w operator.Wiring, port int) *emitter[T] {
	e := newEmitter(output[T](w, port))
	if e.stamps = w.Out(port); e.stamps != nil {
		e.now, e.times = operator.NoTime, make([]int64, 0, cap(e.buf))
	}
	return e
}

// push adds a record. If the chain behind fails it unwinds user code.
func (e *emitter[T]) push(v T) {
	e.buf = append(e.buf, v)
	if e.stamps != nil {
		e.times = append(e.times, e.now)
	}
	if len(e.buf) == cap(e.buf) {
		if err := e.flush(); err != nil {
			panic(operator.Abort{Err: err})
		}
	}
}

// flush hands over what was pushed.
func (e *emitter[T]) flush() error {
	if len(e.buf) == 0 {
		return nil
	}
	rows := e.buf
	e.buf = e.buf[:0]
	if e.stamps != nil {
		e.stamps.Times, e.times = e.times, e.times[:0]
	}
	return e.out.Collect(rows)
}
